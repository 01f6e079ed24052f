"""What holds for every route."""

import ssl

import pytest

from rest_bridge.config import HTTPS, BridgeSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/v1/nothing", 404, {"error"}),
        ("GET", "/v1/audio/speech", 405, {"error"}),
        ("GET", "/nothing", 404, {"detail"}),
        ("GET", "/tts", 405, {"detail"}),
        ("GET", "/api/v1/nothing", 404, {"error"}),
        ("POST", "/api/v1/voices", 405, {"error"}),
        ("GET", "/v1/models/../../etc/passwd", 404, {"error"}),
        ("GET", "/api/v1/voices/..%2f..%2fetc", 404, {"error"}),
    ],
)
async def test_what_is_not_there_is_said_in_the_routes_shape(http, service, method, path, status, body):
    reply = await http.request(method, path)
    assert reply.status_code == status
    assert set(reply.json()) in (body, {"detail"})
    assert reply.headers["x-request-id"]
    if status == 405:
        assert reply.headers["allow"]


async def test_other_origins_are_refused_unless_named(http, service, serve, http_at, tone):
    asked = {"Origin": "http://tavern.example", "Access-Control-Request-Method": "POST"}
    reply = await http.options("/tts", headers=asked)
    assert "access-control-allow-origin" not in reply.headers
    settings = BridgeSettings(target=tone.target, cors_origins=("http://tavern.example",))
    async with serve(settings) as address, http_at(address) as client:
        reply = await client.options("/tts", headers={**asked, "Access-Control-Request-Headers": "content-type"})
        assert reply.status_code == 200
        assert reply.headers["access-control-allow-origin"] == "http://tavern.example"
        assert "access-control-allow-credentials" not in reply.headers
        reply = await client.post("/tts", json={"text": "Hola"}, headers={"Origin": "http://tavern.example"})
        assert "X-TTS-Seed" in reply.headers["access-control-expose-headers"]
        reply = await client.post("/tts", json={}, headers={"Origin": "http://tavern.example"})
        assert reply.headers["access-control-allow-origin"] == "http://tavern.example"
        reply = await client.options("/tts", headers={**asked, "Origin": "http://evil.example"})
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.system
async def test_https_by_setting(service, serve, http_at, tone, certificate):
    settings = BridgeSettings(target=tone.target, ssl=HTTPS(certfile=certificate.cert, keyfile=certificate.key))
    trusted = ssl.create_default_context(cafile=certificate.cert)
    async with serve(settings) as address, http_at(address, verify=trusted) as client:
        assert address.startswith("https://")
        reply = await client.post("/v1/audio/speech", json={"model": "tts-1", "input": "Hola"})
        assert reply.status_code == 200


async def test_settings_reach_the_routes(service, serve, http_at, tone):
    settings = BridgeSettings(
        target=tone.target,
        max_body_bytes=1024,
        max_openai_characters=3,
        max_tts_characters=5,
        voices={"amiga": "santa"},
        model_aliases=("voz-1",),
        timeout=7,
    )
    async with serve(settings) as address, http_at(address) as client:
        speech = {"model": "voz-1", "voice": "Amiga"}
        assert (await client.post("/v1/audio/speech", json={**speech, "input": "Sol"})).status_code == 200
        assert service.utterance.options.voice.name == "voices/santa"
        assert service.calls[-1].time_remaining <= 8
        assert (await client.post("/v1/audio/speech", json={**speech, "input": "Hola"})).status_code == 400
        assert (await client.post("/tts", json={"text": "Hola"})).status_code == 200
        assert (await client.post("/tts", json={"text": "Saludos"})).status_code == 400
        assert (await client.post("/tts", json={"text": "a" * 1100})).status_code == 413
        assert (await client.post("/v1/audio/speech", json={"model": "tts-1", "input": "Sol"})).status_code == 404
