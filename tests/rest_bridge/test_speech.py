import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


def body(**more):
    return {"model": "tts-1", "input": "Hola", "voice": "alloy", **more}


async def test_every_audio_reply_says_what_spoke(http, service):
    for more in ({}, {"stream": False}, {"stream_format": "sse"}):
        reply = await http.post("/v1/audio/speech", json=body(voice="alex", seed=7, **more))
        assert reply.status_code == 200
        assert reply.headers["x-tts-model"] == "kokoro-es"
        assert reply.headers["x-tts-voice"] == "alex"
        assert reply.headers["x-tts-seed"] == "7"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-accel-buffering"] == "no"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-request-id"]
        assert "x-tts-fallback" not in reply.headers


async def test_another_model_that_spoke_is_named_with_its_reason(http, service):
    service.fallback_reason = "El modelo «x» no está instalado\r\nSet-Cookie: a=b"
    reply = await http.post("/v1/audio/speech", json=body())
    assert reply.headers["x-tts-fallback"] == "El modelo x no esta instalado  Set-Cookie: a=b"
    assert "set-cookie" not in reply.headers
