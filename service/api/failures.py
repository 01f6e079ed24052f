"""Turns exceptions into statuses. A bug tells the caller nothing but its request id."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from service.api.interception import Call, Context, Interceptor
from service.api.status import abort
from service.errors import Reason, ServiceError
from service.telemetry import metrics

log = logging.getLogger(__name__)

REFUSALS = {
    Reason.QUOTA_EXCEEDED: "quota",
    Reason.OVERLOADED: "overloaded",
    Reason.DEADLINE_UNREACHABLE: "deadline",
    Reason.NOT_READY: "draining",
}


class Failures(Interceptor):
    """Ends failed RPCs with a status, and those whose peer has gone without a word."""

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        try:
            yield context
        except grpc.aio.BaseError:
            raise
        except ServiceError as error:
            if error.reason in REFUSALS:
                metrics.REJECTED.labels(REFUSALS[error.reason]).inc()
            await abort(context, error)
        except DecodeError:
            await abort(context, garbled())
        except NotImplementedError:
            await abort(context, not_implemented())
        except Exception:
            log.exception("%s failed", call.method)
            await abort(context, internal())


def garbled() -> ServiceError:
    return ServiceError(
        Reason.INVALID_FIELD,
        en="The request is not a message of the contract. Use the stubs of eslatam.tts.v1.",
        es="La solicitud no es un mensaje del contrato. Use los stubs de eslatam.tts.v1.",
    )


def not_implemented() -> ServiceError:
    return ServiceError(
        Reason.NOT_IMPLEMENTED,
        en="This version of the server does not do that yet.",
        es="Esta versión del servidor aún no hace eso.",
    )


def internal() -> ServiceError:
    return ServiceError(
        Reason.INTERNAL,
        en="The server failed. Try again; if it fails again, report the request id.",
        es="El servidor falló. Intente de nuevo; si vuelve a fallar, informe el id de solicitud.",
    )
