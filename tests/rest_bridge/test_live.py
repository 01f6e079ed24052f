"""The WebSocket, with a client that knows nothing of the bridge."""

import json
from contextlib import asynccontextmanager

import grpc
import pytest
import websockets
from websockets.asyncio.client import connect

from rest_bridge.config import BridgeSettings
from tests.rest_bridge.test_metrics import read

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = {"config": {"options": {"voice": {"name": "voices/alex"}, "generation": {"seed": "7"}}}}


@asynccontextmanager
async def live(address, *messages, **more):
    """A session that has sent some messages."""
    async with connect(f"ws{address.removeprefix('http')}/api/v1/speech:live", proxy=None, **more) as socket:
        for message in messages:
            await socket.send(json.dumps(message))
        yield socket


async def hear(socket):
    """All that comes until the session ends: messages, and audio as bytes."""
    return [frame if isinstance(frame, bytes) else json.loads(frame) async for frame in socket]


async def hear_failure(socket):
    """The error a session ends with, and its close code."""
    frames = []
    with pytest.raises(websockets.ConnectionClosedError) as closed:
        await collect(socket, frames)
    return (json.loads(frames[-1])["error"] if frames else None), closed.value.rcvd.code


async def collect(socket, frames):
    while True:
        frames.append(await socket.recv())


async def test_text_goes_in_and_audio_comes_out(bridge, service, tone_of):
    messages = [CONFIG, {"text": "Hola, "}, {"text": "Ána"}, {"flush": {"flushId": "a"}}, {"interrupt": {}}]
    async with live(bridge, *messages, {"text": "Adiós."}, {"end": {}}) as socket:
        header, first, flushed, interrupted, second, summary = await hear(socket)
        assert socket.close_code == 1000
    piece = tone_of(0)[: len(tone_of(0)) // 5]
    assert header["header"]["voice"] == "voices/alex"
    assert header["header"]["audioFormat"]["sampleRateHertz"] == 24_000
    assert first == second == piece
    assert flushed == {"flushed": {"flushId": "a"}}
    assert interrupted == {"interrupted": {"nextSample": "4800"}}
    assert summary["summary"]["sampleCount"] == "9600"
    (call,) = service.calls
    assert [request.WhichOneof("event") for request in call.request] == [
        "config", "text", "text", "flush", "interrupt", "text",
    ]  # fmt: skip
    assert call.request[2].text == "Ána"


async def test_a_zero_is_said(bridge, service):
    async with live(bridge, CONFIG, {"interrupt": {}}, {"end": {}}) as socket:
        _, interrupted, _ = await hear(socket)
    assert interrupted == {"interrupted": {"nextSample": "0"}}


async def test_the_call_is_made_in_the_callers_name(bridge, service):
    headers = {"X-Request-Id": "abc-1", "Authorization": "Bearer k", "Accept-Language": "en"}
    async with live(bridge, CONFIG, {"end": {}}, additional_headers=headers) as socket:
        header, *_ = await hear(socket)
        assert socket.response.headers["x-request-id"] == header["header"]["requestId"] == "abc-1"
    assert service.calls[0].metadata["authorization"] == "Bearer k"


@pytest.mark.parametrize(
    ("frame", "reason", "field"),
    [
        ("{", "BAD_JSON", ""),
        ("[1]", "INVALID_FIELD", ""),
        ('{"txt": "Hola"}', "INVALID_FIELD", "txt"),
        ('{"text": 5}', "INVALID_FIELD", "text"),
        ('{"text": "\\ud800"}', "INVALID_FIELD", "text"),
        ("[" * 100_000, "BAD_JSON", ""),
        (b"\x00\x01", "BAD_MESSAGE", ""),
    ],
)
async def test_a_wrong_message_ends_it_with_a_sentence(bridge, service, frame, reason, field):
    async with live(bridge, CONFIG) as socket:
        await socket.recv()
        await socket.send(frame)
        error, code = await hear_failure(socket)
    assert (error["reason"], error["field"], error["code"], code) == (reason, field, 400, 1008)
    assert error["message"]
    await service.cancelled.wait()


@pytest.mark.parametrize(
    ("status", "code", "close"),
    [
        ("INVALID_ARGUMENT", 400, 1008),
        ("RESOURCE_EXHAUSTED", 429, 1013),
        ("UNAVAILABLE", 503, 1013),
        ("INTERNAL", 500, 1011),
    ],
)
async def test_a_failure_of_the_service_is_told(bridge, service, fail, status, code, close):
    service.failure = fail(grpc.StatusCode[status], "REASON", retry=2.0)
    async with live(bridge, CONFIG) as socket:
        error, closed = await hear_failure(socket)
    assert (error["code"], error["reason"], closed) == (code, "REASON", close)
    assert error.get("retryAfter") == (2 if code in (429, 503) else None)


async def test_a_session_without_its_summary_was_cut(bridge, service):
    service.cut_after = 0
    async with live(bridge, CONFIG, {"end": {}}) as socket:
        error, code = await hear_failure(socket)
    assert (error["reason"], code) == ("AUDIO_CUT", 1011)


async def test_a_client_that_leaves_cancels_the_call(bridge, service):
    async with live(bridge, CONFIG, {"text": "Hola"}, {"flush": {}}) as socket:
        await socket.recv()
        await socket.recv()
    await service.cancelled.wait()


async def test_a_client_that_breaks_off_cancels_the_call(bridge, service):
    async with live(bridge, CONFIG) as socket:
        await socket.recv()
        socket.transport.abort()
        await service.cancelled.wait()


async def test_a_message_too_large_ends_it(serve, service, tone):
    async with serve(BridgeSettings(target=tone.target, max_native_body_bytes=2048)) as address:
        async with live(address, CONFIG, {"text": "a" * 1000}) as socket:
            await socket.recv()
            await socket.send(json.dumps({"text": "a" * 3000}))
            error, code = await hear_failure(socket)
        assert (error, code) == (None, 1009)
        await service.cancelled.wait()


async def test_pages_of_other_origins_are_refused_unless_named(bridge, serve, service, tone):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with live(bridge, origin="http://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with live(bridge, CONFIG, {"end": {}}, origin=bridge) as socket:
        assert len(await hear(socket)) == 2
    for origins in (("http://tavern.example",), ("*",)):
        async with (
            serve(BridgeSettings(target=tone.target, cors_origins=origins)) as address,
            live(address, CONFIG, {"end": {}}, origin="http://tavern.example") as socket,
        ):
            assert len(await hear(socket)) == 2


async def test_another_path_is_no_socket(bridge, service):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(f"ws{bridge.removeprefix('http')}/tts", proxy=None):
            pass
    assert refused.value.response.status_code == 403


async def test_sessions_are_counted(bridge, http, service):
    route = "/api/v1/speech:live"
    before = await read(http)
    async with live(bridge, CONFIG, {"text": "Hola"}, {"flush": {}}) as socket:
        for _ in range(3):
            await socket.recv()
        during = await read(http)
        await socket.send(json.dumps({"end": {}}))
        await hear(socket)
    async with live(bridge, CONFIG) as socket:
        await socket.recv()
    await service.cancelled.wait()
    after = await read(http)
    key = ("http_requests_total", *sorted((route, "101", "WEBSOCKET")))
    assert after[key] - before.get(key, 0) == 2
    assert during[("tts_bridge_active_streams", route)] == 1
    assert after[("tts_bridge_active_streams", route)] == 0
    first, left = ("tts_bridge_first_byte_seconds_count", route), ("tts_bridge_disconnects_total", route)
    assert after[first] - before.get(first, 0) == 1
    assert after[left] - before.get(left, 0) == 1
