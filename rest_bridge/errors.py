"""What the service or the bridge refuses, as one exception."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from rest_bridge.messages import Message, describe_status

DOMAIN = "eslatam.tts"

_STATUSES = {
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One field of the request that broke a rule: where it is, the rule's name, what it must be."""

    location: tuple[str, ...]
    rule: str
    message: Message


class BridgeError(Exception):
    """A failure the caller may see. `status` is HTTP's, `retry_after` is in seconds.

    `field` names the field at error, by the contract's path or the body's own name.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: Message,
        *,
        field: str = "",
        retry_after: float | None = None,
        violations: Sequence[Violation] = (),
        name: str = "",
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.message = message
        self.field = field
        self.retry_after = retry_after
        self.violations = tuple(violations)
        self.name = name or _NAMES.get(status, "INTERNAL")

    @property
    def headers(self) -> dict[str, str]:
        if self.status in (429, 503):
            return {"Retry-After": str(max(1, math.ceil(self.retry_after or 0)))}
        return {"X-Should-Retry": "false"} if self.status in (501, 504) else {}


def refuse(violations: Sequence[Violation]) -> BridgeError:
    """The error of a body whose fields break rules; the first one gives the message."""
    first = violations[0]
    name = ".".join(first.location)
    message = Message(f"'{name}' {first.message.en}.", f"'{name}' {first.message.es}.") if name else first.message
    return BridgeError(400, "INVALID_FIELD", message, field=name, violations=violations)


def read_error(error: grpc.aio.AioRpcError) -> BridgeError:
    """What a failed RPC is to an HTTP caller. Only words that the service meant for people are passed on."""
    status = _STATUSES.get(error.code(), 500)
    info, localized = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    request, retry = error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    for detail in _read_status(error).details:
        for message in (info, localized, request, retry):
            detail.Unpack(message)
    ours = info.domain == DOMAIN and status != 500
    generic = describe_status(status)
    return BridgeError(
        status,
        info.reason or error.code().name,
        Message(error.details() or generic.en, localized.message or generic.es) if ours else generic,
        field=request.field_violations[0].field if request.field_violations else "",
        retry_after=retry.retry_delay.ToTimedelta().total_seconds(),
        name=error.code().name,
    )


def _read_status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                break
    return status_pb2.Status()
