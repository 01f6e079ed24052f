import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Route

from rest_bridge.metrics import name_routes

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEECH = {"model": "tts-1", "input": "Hola"}


async def read(http):
    """Every sample of /metrics, by its name and labels."""
    reply = await http.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_route_and_status(http, service):
    before = await read(http)
    await http.post("/v1/audio/speech", json=SPEECH)
    await http.post("/v1/audio/speech", json={})
    after = await read(http)
    for status in ("200", "400"):
        key = ("http_requests_total", *sorted(("/v1/audio/speech", status, "POST")))
        assert after[key] - before.get(key, 0) == 1
    assert after[("http_request_duration_seconds_count", "/v1/audio/speech", "POST")] >= 2


async def test_a_path_that_someone_sent_is_no_label(http, service):
    await http.get("/v1/models/some-model-of-mine")
    await http.get("/secret/path")
    await http.request("PROPFIND", "/coffee")
    await http.get("/api/v1/voices/some-voice-of-mine")
    text = (await http.get("/metrics")).text
    assert "of-mine" not in text
    assert "secret" not in text
    assert "PROPFIND" not in text
    assert 'route="/v1/models/{id}"' in text
    assert 'route="/api/v1/voices/{name}"' in text
    assert 'method="other",route="unmatched"' in text


async def test_first_audio_and_active_streams(http, service):
    service.after_first.close()
    async with http.stream("POST", "/v1/audio/speech", json=SPEECH) as reply:
        await anext(reply.aiter_raw())
        during = await read(http)
        service.after_first.open()
        await reply.aclose()
    assert during[("tts_bridge_active_streams", "/v1/audio/speech")] == 1
    count = during[("tts_bridge_first_byte_seconds_count", "/v1/audio/speech")]
    await http.post("/v1/audio/speech", json={**SPEECH, "stream_format": "sse"})
    await http.post("/v1/audio/speech", json={**SPEECH, "stream": False})
    assert (await read(http))[("tts_bridge_first_byte_seconds_count", "/v1/audio/speech")] == count + 2


async def test_an_error_is_no_audio(http, service, fail):
    before = await read(http)
    service.failure = fail(grpc.StatusCode.INTERNAL)
    await http.post("/tts", json={"text": "Hola"})
    key = ("tts_bridge_first_byte_seconds_count", "/tts")
    assert (await read(http)).get(key, 0) == before.get(key, 0)


async def test_a_reply_that_was_read_to_its_end_is_no_disconnect(http, service):
    before = await read(http)
    await http.post("/v1/audio/speech", json=SPEECH)
    await http.post("/v1/audio/speech", json={**SPEECH, "stream": False})
    key = ("tts_bridge_disconnects_total", "/v1/audio/speech")
    assert (await read(http)).get(key, 0) == before.get(key, 0)


async def test_routes_are_named_by_their_templates():
    async def endpoint(request): ...

    name = name_routes([Route("/a", endpoint), Route("/b/{x}", endpoint)])
    assert [name(path) for path in ("/a", "/b/1", "/b/1/2", "/A")] == ["/a", "/b/{x}", "unmatched", "unmatched"]
