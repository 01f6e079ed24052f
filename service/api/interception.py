"""One way to stand around an RPC, whatever its kind."""

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf import descriptor_pool

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Behaviour = Callable[[Any, Context], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """An RPC by its names, and its kind as in grpc_type: unary, client_stream, server_stream or bidi_stream."""

    service: str
    method: str
    kind: str


class Interceptor(grpc.aio.ServerInterceptor):
    """Runs `around` every RPC: its body before the handler, the rest after, and in case of errors.

    Each request message passes `receive` before the handler has it, be it the only one or one of a stream. `around`
    yields the context the handler gets. Streaming handlers are driven inside it, in the RPC's own task: a
    generator left to the garbage collector would be closed in another (grpc.aio does that when a peer leaves).
    """

    def around(self, call: Call, request: Any, context: Context) -> AbstractAsyncContextManager[Context]:
        raise NotImplementedError

    def receive(self, call: Call, message: Any) -> None:
        """Sees a request message. What it raises ends the RPC."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any] | None"]],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(details)
        if handler is None:
            return None
        call = _call(details.method)
        sides = (handler.request_streaming, handler.response_streaming)
        name = "_".join("stream" if streaming else "unary" for streaming in sides)
        inner = _drive(getattr(handler, name))

        async def behaviour(request: Any, context: Context) -> Any:
            async with self.around(call, request, context) as inward:
                see = partial(self.receive, call)
                if handler.request_streaming:
                    return await inner(Messages(request, see), inward)
                see(request)
                return await inner(request, inward)

        make = getattr(grpc, f"{name}_rpc_method_handler")
        return make(behaviour, handler.request_deserializer, handler.response_serializer)


class Messages:
    """The messages of a request stream; each is seen first.

    The stream is opened with the first one taken: gRPC warns of one that was opened and never read.
    """

    def __init__(self, messages: AsyncIterable[Any], see: Callable[[Any], None]) -> None:
        self._messages = messages
        self._see = see
        self._opened: AsyncIterator[Any] | None = None

    def __aiter__(self) -> "Messages":
        return self

    async def __anext__(self) -> Any:
        self._opened = self._opened or aiter(self._messages)
        message = await anext(self._opened)
        self._see(message)
        return message


class Delegate:
    """A context whose `write` does something first."""

    def __init__(self, context: Context, before_write: Callable[[], Awaitable[None]]) -> None:
        self._context = context
        self._before_write = before_write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: Any) -> None:
        await self._before_write()
        await self._context.write(message)


def _drive(behaviour: Any) -> Behaviour:
    """A generator as a coroutine that writes."""
    if not inspect.isasyncgenfunction(behaviour):
        return behaviour  # type: ignore[no-any-return]

    async def driven(request: Any, context: Context) -> None:
        replies: AsyncIterator[Any]
        async with aclosing(behaviour(request, context)) as replies:
            async for reply in replies:
                await context.write(reply)

    return driven


def _call(path: str) -> Call:
    """By the method's descriptor: a handler may take what the contract calls one message as a stream."""
    service, _, method = path.removeprefix("/").partition("/")
    described = descriptor_pool.Default().FindMethodByName(f"{service}.{method}")
    kinds = {(False, False): "unary", (True, False): "client_stream", (False, True): "server_stream"}
    return Call(service, method, kinds.get((described.client_streaming, described.server_streaming), "bidi_stream"))
