"""The connection to the gRPC service, and calls over it that end when the HTTP client leaves."""

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from eslatam import TLS, open_channel
from eslatam.tts.v1.models_pb2_grpc import ModelServiceStub
from eslatam.tts.v1.speech_pb2_grpc import SpeechServiceStub
from eslatam.tts.v1.voices_pb2_grpc import VoiceServiceStub
from grpc_health.v1.health_pb2_grpc import HealthStub
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.types import Receive

from rest_bridge.config import BridgeSettings, ServiceTLS
from rest_bridge.context import read_context
from rest_bridge.errors import read_error

T = TypeVar("T")

_AUTHORIZATION = re.compile(r"[\x20-\x7e]{1,4096}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Upstream:
    """The service: its settings, its channel, and a stub for each of its parts."""

    settings: BridgeSettings
    channel: grpc.aio.Channel
    speech: SpeechServiceStub
    voices: VoiceServiceStub
    models: ModelServiceStub
    health: Any


def connect(settings: BridgeSettings) -> Upstream:
    """Opens the one channel of the bridge. Call it in the running event loop."""
    channel = open_channel(settings.target, tls=_read_tls(settings.tls))
    return Upstream(
        settings,
        channel,
        SpeechServiceStub(channel),
        VoiceServiceStub(channel),
        ModelServiceStub(channel),
        HealthStub(channel),
    )


def _read_tls(tls: bool | ServiceTLS) -> bool | TLS:
    return tls if isinstance(tls, bool) else TLS(tls.root_certificates, tls.certificate, tls.private_key)


def find_upstream(request: HTTPConnection) -> Upstream:
    """The connection that the application opened at its start."""
    upstream = request.app.state.upstream
    assert isinstance(upstream, Upstream)  # noqa: S101
    return upstream


def describe_call(request: HTTPConnection, deadline: float | None = None) -> dict[str, Any]:
    """What every RPC made for a request carries: its deadline, and the caller's id, host, trace and key."""
    metadata = [("x-request-id", read_context(request.scope).request_id)]
    if request.client:
        metadata.append(("x-eslatam-caller", request.client.host))
    for name, pattern in (("authorization", _AUTHORIZATION), ("traceparent", _TRACEPARENT)):
        value = request.headers.get(name, "")
        if pattern.fullmatch(value):
            metadata.append((name, value))
    return {"timeout": deadline or find_upstream(request).settings.timeout, "metadata": metadata}


async def ask(request: Request, method: Any, message: Any, *, deadline: float | None = None) -> Any:
    """The reply of a unary RPC, cancelled when the client leaves. Raises BridgeError, ClientDisconnect."""
    try:
        return await until_disconnect(request.receive, method(message, **describe_call(request, deadline)))
    except grpc.aio.AioRpcError as error:
        raise read_error(error) from error


async def until_disconnect(receive: Receive, work: Awaitable[T]) -> T:
    """Awaits work, or cancels it and raises ClientDisconnect when the client leaves first."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
