"""Takes a request in: its message, within a time, and a place among those of its caller until it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from eslatam.tts.v1 import speech_pb2

from service.api.context import current
from service.api.interception import Call, Context, Interceptor
from service.api.quotas import Places
from service.errors import Reason, ServiceError

SPEECH: str = speech_pb2.DESCRIPTOR.services_by_name["SpeechService"].full_name


class Admittance(Interceptor):
    """Holds a place for each call of SpeechService, from its headers to its end, whatever way it ends."""

    def __init__(self, places: Places) -> None:
        self._places = places

    @asynccontextmanager
    async def around(self, call: Call, request: Any, context: Context) -> AsyncIterator[Context]:
        if call.service != SPEECH:
            yield context
            return
        with self._places.take(current().name):
            yield context


class Reception(grpc.aio.ServerInterceptor):
    """Reads the one message of a call that has one, and writes its one reply, in the call's own task.

    gRPC itself would wait for the message without end, and log a traceback where the peer leaves before the reply. So
    every handler is one of streams, which no client can tell.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any] | None"]],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(details)
        if handler is None:
            return None
        one_in, one_out = not handler.request_streaming, not handler.response_streaming
        serve: Any = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream

        async def served(requests: AsyncIterator[Any], context: Context) -> None:
            reply = await serve(await self._receive(requests) if one_in else requests, context)
            if one_out:
                await context.write(reply)

        return grpc.stream_stream_rpc_method_handler(served, handler.request_deserializer, handler.response_serializer)

    async def _receive(self, requests: AsyncIterator[Any]) -> Any:
        """Raises DEADLINE_EXCEEDED for a message that is late, INVALID_FIELD where there is none."""
        try:
            async with asyncio.timeout(self._seconds):
                return await anext(requests)
        except TimeoutError:
            raise _late(self._seconds) from None
        except StopAsyncIteration:
            raise _empty() from None


def _late(seconds: float) -> ServiceError:
    return ServiceError(
        Reason.DEADLINE_EXCEEDED,
        en=f"The request did not arrive whole within {seconds:g} s. Send it in one go.",
        es=f"La solicitud no llegó completa en {seconds:g} s. Envíela de una vez.",
    )


def _empty() -> ServiceError:
    return ServiceError(
        Reason.INVALID_FIELD, en="The call has no message. Send one.", es="La llamada no trae mensaje. Envíe uno."
    )
