"""What a client sees, and what the service is told, while audio is on its way."""

import asyncio
import base64
import json

import grpc
import httpx
import pytest
from eslatam.tts.v1.audio_pb2 import AudioEncoding as E

from rest_bridge import streaming

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEECH = {"model": "tts-1", "input": "Hola", "voice": "alloy", "response_format": "pcm"}
ROUTES = [
    ("/v1/audio/speech", SPEECH),
    ("/v1/audio/speech", {**SPEECH, "stream": False}),
    ("/v1/audio/speech", {**SPEECH, "stream_format": "sse"}),
    ("/tts", {"text": "Hola", "stream": True}),
    ("/tts", {"text": "Hola"}),
    ("/api/v1/speech:synthesize", {"utterance": {"text": "Hola"}}),
    ("/api/v1/speech:synthesizeStream", {"utterance": {"text": "Hola"}}),
]
STREAMS = [ROUTES[0], ROUTES[2], ROUTES[3], ROUTES[6]]


def read_disconnects(metrics):
    lines = [line for line in metrics.splitlines() if line.startswith("tts_bridge_disconnects_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


@pytest.mark.parametrize(("path", "body"), ROUTES)
async def test_a_client_that_leaves_before_the_audio_cancels_the_rpc(http, bridge, service, path, body):
    before = read_disconnects((await http.get("/metrics")).text)
    service.before_audio.close()
    async with httpx.AsyncClient(base_url=bridge, timeout=None) as client:
        asking = asyncio.create_task(client.post(path, json=body))
        await service.before_audio.reached.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await service.cancelled.wait()

    while read_disconnects((await http.get("/metrics")).text) != before + 1:
        pass  # the bridge counts within a turn or two of its loop; the test's time limit ends this if it never does


@pytest.mark.parametrize(("path", "body"), STREAMS)
async def test_a_client_that_leaves_in_the_middle_cancels_the_rpc(http, service, path, body):
    service.after_first.close()
    async with http.stream("POST", path, json=body) as reply:
        assert reply.status_code == 200
        await anext(reply.aiter_raw())
    await service.cancelled.wait()


@pytest.mark.parametrize(("path", "body"), STREAMS)
async def test_a_client_that_leaves_while_audio_keeps_coming_cancels_the_rpc(http, service, path, body):
    service.endless = True
    async with http.stream("POST", path, json=body) as reply:
        await anext(reply.aiter_raw())
    await service.cancelled.wait()


@pytest.mark.parametrize(("path", "body"), STREAMS)
async def test_audio_leaves_as_it_is_made(http, service, path, body):
    service.after_first.close()
    async with http.stream("POST", path, json=body) as reply:
        pieces = reply.aiter_raw()
        assert await anext(pieces)
        service.after_first.open()
        assert [piece async for piece in pieces]


@pytest.mark.parametrize(("path", "body"), [ROUTES[0], ROUTES[3]])
@pytest.mark.parametrize("how", ["broken", "cut"])
async def test_raw_audio_that_breaks_off_has_no_end(http, service, fail, path, body, how):
    service.failure = fail(grpc.StatusCode.INTERNAL, "INTERNAL") if how == "broken" else None
    service.break_after = 2 if how == "broken" else None
    service.cut_after = 2 if how == "cut" else None
    async with http.stream("POST", path, json=body) as reply:
        assert reply.status_code == 200
        assert "content-length" not in reply.headers
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await reply.aread()


@pytest.mark.parametrize("how", ["broken", "cut"])
async def test_events_that_break_off_end_with_an_error(http, service, fail, tone_of, how):
    service.failure = fail(grpc.StatusCode.UNAVAILABLE, "NOT_READY", es="Reiniciando.") if how == "broken" else None
    service.break_after = 2 if how == "broken" else None
    service.cut_after = 2 if how == "cut" else None
    reply = await http.post("/v1/audio/speech", json={**SPEECH, "stream_format": "sse"})
    *deltas, error = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
    audio = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
    assert len(deltas) == 2
    assert tone_of(E.AUDIO_ENCODING_PCM_S16LE).startswith(audio)
    assert error["type"] == "error"
    assert error["error"]["type"] == "server_error"
    assert error["error"]["code"] == ("not_ready" if how == "broken" else "audio_cut")
    assert error["error"]["message"].startswith("Reiniciando." if how == "broken" else "El audio se cortó")


@pytest.mark.parametrize("body", [SPEECH, {**SPEECH, "stream_format": "sse"}])
async def test_a_failure_before_the_audio_keeps_its_status(http, service, fail, body):
    service.failure = fail(grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
    reply = await http.post("/v1/audio/speech", json=body)
    assert reply.status_code == 504
    assert reply.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("body", [SPEECH, {**SPEECH, "stream_format": "sse"}])
async def test_a_stream_cut_before_the_audio_is_a_failure(http, service, body):
    service.cut_after = 0
    reply = await http.post("/v1/audio/speech", json=body)
    assert reply.status_code == 500
    assert reply.json()["error"]["code"] == "audio_cut"


async def test_silence_is_filled_with_comments(http, service, monkeypatch):
    monkeypatch.setattr(streaming, "SILENCE", 0.01)
    service.after_first.close()
    async with http.stream("POST", "/v1/audio/speech", json={**SPEECH, "stream_format": "sse"}) as reply:
        lines = reply.aiter_lines()
        while not (await anext(lines)).startswith(":"):
            pass
        service.after_first.open()
        rest = [line async for line in lines]
    data = [json.loads(line[6:]) for line in rest if line.startswith("data: ")]
    assert [event["type"] for event in data] == ["speech.audio.delta"] * 4 + ["speech.audio.done"]
