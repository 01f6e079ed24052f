"""Errors as gRPC says them: a code, a sentence, and google.rpc details."""

from typing import NoReturn

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details_pb2
from google.rpc import status_pb2

from service.api.context import REQUEST_ID, current
from service.api.interception import Context
from service.errors import Reason, ServiceError

DOMAIN = "eslatam.tts"
SPANISH = "es-419"

_CODES = {code.value[0]: code for code in grpc.StatusCode}


async def abort(context: Context, error: ServiceError) -> NoReturn:
    """Ends the RPC with the error."""
    status = to_status(error, current().request_id)
    trailers = ((REQUEST_ID, current().request_id), ("grpc-status-details-bin", status.SerializeToString()))
    await context.abort(_CODES[error.code], error.en, trailers)


def to_status(error: ServiceError, request_id: str) -> status_pb2.Status:
    details: list[Message] = [
        details_pb2.ErrorInfo(reason=error.reason.name, domain=DOMAIN),
        details_pb2.RequestInfo(request_id=request_id),
        details_pb2.LocalizedMessage(locale=SPANISH, message=error.es),
    ]
    if error.fields:
        details.append(_bad_request(error))
    if error.resource:
        kind = error.resource.partition("/")[0].removesuffix("s").capitalize()
        details.append(details_pb2.ResourceInfo(resource_type=f"{DOMAIN}/{kind}", resource_name=error.resource))
    if error.reason is Reason.QUOTA_EXCEEDED:
        violation = details_pb2.QuotaFailure.Violation(subject=f"caller:{current().name}", description=error.en)
        details.append(details_pb2.QuotaFailure(violations=[violation]))
    if error.retry_after is not None:
        details.append(details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=round(error.retry_after))))
    status = status_pb2.Status(code=error.code.value, message=error.en)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _bad_request(error: ServiceError) -> details_pb2.BadRequest:
    return details_pb2.BadRequest(
        field_violations=[
            details_pb2.BadRequest.FieldViolation(
                field=violation.field,
                description=violation.en,
                reason=violation.rule,
                localized_message=details_pb2.LocalizedMessage(locale=SPANISH, message=violation.es),
            )
            for violation in error.fields
        ]
    )
