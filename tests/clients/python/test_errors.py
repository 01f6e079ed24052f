import pickle
from typing import Any

import eslatam
import grpc
import pytest
from eslatam import AsyncClient, SpeechError
from eslatam._errors import read_error
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2


async def fail(server: Any, code: grpc.StatusCode, *details: Any, message: str = "") -> SpeechError:
    server.behaviour.fail(code, *details, message=message, times=4)
    async with AsyncClient(server.target) as client:
        with pytest.raises(SpeechError) as caught:
            await client.synthesize("Hola")
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, eslatam.InvalidRequestError),
        (grpc.StatusCode.NOT_FOUND, eslatam.NotFoundError),
        (grpc.StatusCode.FAILED_PRECONDITION, eslatam.ConflictError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, eslatam.OverloadedError),
        (grpc.StatusCode.UNAVAILABLE, eslatam.UnavailableError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, eslatam.DeadlineExceededError),
        (grpc.StatusCode.UNAUTHENTICATED, eslatam.UnauthenticatedError),
        (grpc.StatusCode.PERMISSION_DENIED, eslatam.PermissionDeniedError),
        (grpc.StatusCode.UNIMPLEMENTED, eslatam.UnsupportedError),
        (grpc.StatusCode.INTERNAL, eslatam.InternalError),
        (grpc.StatusCode.CANCELLED, SpeechError),
    ],
)
async def test_each_status_has_its_error(speech_server: Any, code: grpc.StatusCode, kind: type[SpeechError]) -> None:
    error = await fail(speech_server, code, message="It did not work.")
    assert type(error) is kind
    assert (error.code, error.message, str(error)) == (code, "It did not work.", "It did not work.")
    assert (error.reason, error.request_id, error.retry_after, error.violations) == ("", "", None, ())


async def test_every_detail_is_read(speech_server: Any) -> None:
    violation = error_details_pb2.BadRequest.FieldViolation(
        field="utterance.text", description="is empty", reason="string.min_len"
    )
    violation.localized_message.message = "está vacío"
    error = await fail(
        speech_server,
        grpc.StatusCode.INVALID_ARGUMENT,
        error_details_pb2.ErrorInfo(reason="INVALID_FIELD", domain="eslatam.tts"),
        error_details_pb2.BadRequest(field_violations=[violation]),
        error_details_pb2.RequestInfo(request_id="r-1"),
        error_details_pb2.LocalizedMessage(locale="es-419", message="El texto está vacío."),
        error_details_pb2.RetryInfo(retry_delay=Duration(seconds=2, nanos=500_000_000)),
        message="The text is empty.",
    )
    assert (error.reason, error.request_id, error.retry_after) == ("INVALID_FIELD", "r-1", 2.5)
    assert error.localized_message == "El texto está vacío."
    assert error.violations == (eslatam.FieldViolation("utterance.text", "string.min_len", "is empty", "está vacío"),)


async def test_streams_fail_with_the_same_details(speech_server: Any) -> None:
    info = error_details_pb2.ErrorInfo(reason="OVERLOADED", domain="eslatam.tts")
    speech_server.behaviour.fail(grpc.StatusCode.RESOURCE_EXHAUSTED, info)
    async with AsyncClient(speech_server.target) as client:
        with pytest.raises(eslatam.OverloadedError) as caught:
            async with client.stream("Hola"):
                pass
    assert caught.value.reason == "OVERLOADED"


async def test_reasons_of_other_domains_are_not_ours(speech_server: Any) -> None:
    info = error_details_pb2.ErrorInfo(reason="OVERLOADED", domain="proxy.example.com")
    assert (await fail(speech_server, grpc.StatusCode.INTERNAL, info)).reason == ""


@pytest.mark.parametrize("packed", [b"\xff\xff", "not bytes"])
def test_details_that_cannot_be_read_do_not_hide_the_error(packed: Any) -> None:
    metadata = grpc.aio.Metadata(("grpc-status-details-bin", packed))
    error = read_error(grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, None, metadata, "No such voice."))
    assert (type(error), str(error)) == (eslatam.NotFoundError, "No such voice.")


def test_errors_survive_pickling() -> None:
    error = eslatam.OverloadedError("Full.", code=grpc.StatusCode.RESOURCE_EXHAUSTED, retry_after=2.0)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, vars(copy)) == (type(error), error.args, vars(error))
