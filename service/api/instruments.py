"""The RPCs of the server as metrics, under the names of go-grpc-middleware."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from service.api.interception import Call, Context, Delegate, Interceptor
from service.telemetry import metrics


class Instruments(Interceptor):
    """Counts and times every RPC."""

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        labels = (call.kind, call.service, call.method)
        metrics.GRPC_STARTED.labels(*labels).inc()
        started = time.monotonic()
        code = grpc.StatusCode.OK

        async def count() -> None:
            metrics.GRPC_SENT.labels(*labels).inc()

        try:
            yield Delegate(context, count)  # type: ignore[misc]
        except asyncio.CancelledError:
            expired = (context.time_remaining() or 1) <= 0
            code = grpc.StatusCode.DEADLINE_EXCEEDED if expired else grpc.StatusCode.CANCELLED
            raise
        except grpc.aio.AbortError:
            code = status_code(context)
            raise
        except BaseException:
            code = grpc.StatusCode.CANCELLED
            raise
        finally:
            metrics.GRPC_HANDLED.labels(*labels, camel(code)).inc()
            metrics.GRPC_HANDLING.labels(*labels).observe(time.monotonic() - started)

    def receive(self, call: Call, message: Any) -> None:
        metrics.GRPC_RECEIVED.labels(call.kind, call.service, call.method).inc()


def status_code(context: Context) -> grpc.StatusCode:
    """The code an aborted RPC ended with; `context.code()` gives its number."""
    number = context.code()
    return next((code for code in grpc.StatusCode if number in (code, code.value[0])), grpc.StatusCode.UNKNOWN)


def camel(code: grpc.StatusCode) -> str:
    """The code as go-grpc-middleware spells it: INVALID_ARGUMENT is InvalidArgument."""
    if code is grpc.StatusCode.CANCELLED:
        return "Canceled"
    return "OK" if code is grpc.StatusCode.OK else code.name.title().replace("_", "")
