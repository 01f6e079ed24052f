"""What a call can fail with, by what the caller can do about it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

_DOMAIN = "eslatam.tts"


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of the request that broke a rule, by its path from the request's root."""

    field: str
    rule: str
    message: str
    localized_message: str = ""


class SpeechError(Exception):
    """A call failed.

    `reason` is stable and made for programs, `message` is English, `localized_message` Spanish (or empty).
    `retry_after` is in seconds, None if the server named no time.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        localized_message: str = "",
        violations: tuple[FieldViolation, ...] = (),
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.localized_message = localized_message
        self.violations = violations
        self.request_id = request_id
        self.retry_after = retry_after


class InvalidRequestError(SpeechError):
    """Change the request: `violations` tells what."""


class NotFoundError(SpeechError):
    """Name a voice or a model that exists."""


class ConflictError(SpeechError):
    """What is asked for does not fit what the server has now: a model that is not installed, say."""


class UnauthenticatedError(SpeechError):
    """Give a valid key or certificate."""


class PermissionDeniedError(SpeechError):
    """Ask for the right to do this."""


class OverloadedError(SpeechError):
    """Come back in `retry_after` seconds, or with a longer deadline."""


class UnavailableError(SpeechError):
    """The server cannot be reached or is not ready, even after retries. Try again later."""


class DeadlineExceededError(SpeechError):
    """Allow more time, or ask for less."""


class UnsupportedError(SpeechError):
    """Use a server that has this method."""


class InternalError(SpeechError):
    """Report it with its `request_id`: the server failed."""


class StreamCutError(SpeechError):
    """Drop the audio or ask again: the stream ended before its text did."""


class ClosedError(RuntimeError):
    """The client is closed."""

    def __init__(self) -> None:
        super().__init__("The client is closed.")


_KINDS: dict[grpc.StatusCode, type[SpeechError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequestError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidRequestError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: ConflictError,
    grpc.StatusCode.ALREADY_EXISTS: ConflictError,
    grpc.StatusCode.ABORTED: ConflictError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: OverloadedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.UNIMPLEMENTED: UnsupportedError,
    grpc.StatusCode.INTERNAL: InternalError,
    grpc.StatusCode.UNKNOWN: InternalError,
    grpc.StatusCode.DATA_LOSS: InternalError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raises gRPC's errors as ours. A call that ended because its client was closed is a ClosedError."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise read_error(error) from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ClosedError from None


def read_error(error: grpc.aio.AioRpcError) -> SpeechError:
    """Our error for gRPC's, with what its trailing metadata tells."""
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    request, retry = error_details_pb2.RequestInfo(), error_details_pb2.RetryInfo()
    localized = error_details_pb2.LocalizedMessage()
    _read_details(error, info, bad_request, request, retry, localized)
    return _KINDS.get(error.code(), SpeechError)(
        error.details() or "",
        code=error.code(),
        reason=info.reason if info.domain == _DOMAIN else "",
        localized_message=localized.message,
        violations=tuple(_read_violation(violation) for violation in bad_request.field_violations),
        request_id=request.request_id,
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None,
    )


def _read_details(error: grpc.aio.AioRpcError, *wanted: Message) -> None:
    """Fills each wanted message. Details that cannot be read must not hide the error they belong to."""
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    with suppress(DecodeError, TypeError):
        for detail in status_pb2.Status.FromString(packed).details:
            for message in wanted:
                detail.Unpack(message)


def _read_violation(violation: error_details_pb2.BadRequest.FieldViolation) -> FieldViolation:
    return FieldViolation(violation.field, violation.reason, violation.description, violation.localized_message.message)
