"""Puts an API key on every call of a channel."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

import grpc

Request = TypeVar("Request")
Response = TypeVar("Response")

Requests = AsyncIterable[Request] | Iterable[Request]
Details = grpc.aio.ClientCallDetails


class ApiKey:
    """An API key, sent as `authorization: Bearer` with each call that has no authorization of its own."""

    def __init__(self, key: str) -> None:
        self._header = ("authorization", f"Bearer {key}")

    def interceptors(self) -> list[grpc.aio.ClientInterceptor]:
        """One for each kind of call, since gRPC takes an interceptor for the first kind it declares only."""
        return [_UnaryUnary(self), _UnaryStream(self), _StreamUnary(self), _StreamStream(self)]

    def sign(self, details: Details) -> Details:
        """The same call, with the key."""
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        if not metadata.get_all("authorization"):
            metadata.add(*self._header)
        return grpc.aio.ClientCallDetails(
            details.method, details.timeout, metadata, details.credentials, details.wait_for_ready
        )


class _Signed:
    def __init__(self, key: ApiKey) -> None:
        self._sign = key.sign


class _UnaryUnary(_Signed, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(
        self,
        continuation: Callable[[Details, Request], Awaitable[grpc.aio.UnaryUnaryCall[Request, Response]]],
        client_call_details: Details,
        request: Request,
    ) -> Response | grpc.aio.UnaryUnaryCall[Request, Response]:
        return await continuation(self._sign(client_call_details), request)


class _UnaryStream(_Signed, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self,
        continuation: Callable[[Details, Request], Awaitable[grpc.aio.UnaryStreamCall[Request, Response]]],
        client_call_details: Details,
        request: Request,
    ) -> AsyncIterator[Response] | grpc.aio.UnaryStreamCall[Request, Response]:
        return await continuation(self._sign(client_call_details), request)


class _StreamUnary(_Signed, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self,
        continuation: Callable[[Details, Requests[Request]], Awaitable[grpc.aio.StreamUnaryCall[Request, Response]]],
        client_call_details: Details,
        request_iterator: Requests[Request],
    ) -> grpc.aio.StreamUnaryCall[Request, Response]:
        return await continuation(self._sign(client_call_details), request_iterator)


class _StreamStream(_Signed, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(
        self,
        continuation: Callable[[Details, Requests[Request]], Awaitable[grpc.aio.StreamStreamCall[Request, Response]]],
        client_call_details: Details,
        request_iterator: Requests[Request],
    ) -> AsyncIterator[Response] | grpc.aio.StreamStreamCall[Request, Response]:
        return await continuation(self._sign(client_call_details), request_iterator)
