"""What holds for every route."""

import html.parser
import ssl

import pytest
from starlette.routing import Route

from rest_bridge.app import create_app
from rest_bridge.config import HTTPS, BridgeSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_page_names_every_route_and_asks_for_nothing(http):
    reply = await http.get("/")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    for route in create_app(BridgeSettings()).routes:
        assert isinstance(route, Route)
        assert route.path in reply.text
    attributes = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, given: attributes.extend(name for name, _ in given)
    parser.feed(reply.text)
    assert not {"src", "href", "action", "onclick"} & set(attributes)
    assert (await http.head("/")).status_code == 200


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


@pytest.mark.parametrize("path", ["/health", "/v1/audio/speech", "/nothing", "/metrics"])
async def test_a_sane_request_id_is_kept_and_any_other_replaced(http, service, path):
    reply = await http.get(path, headers={"X-Request-Id": "abc-1.2_3"})
    assert reply.headers["x-request-id"] == "abc-1.2_3"
    made = set()
    for bad in ("a b", "", "x" * 129, "á", '"><script>'):
        reply = await http.get(path, headers={"X-Request-Id": bad.encode()})
        made.add(reply.headers["x-request-id"])
        assert len(reply.headers["x-request-id"]) == 32
    assert len(made) == 5
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_the_callers_id_trace_key_and_deadline_are_passed_on(http, service):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"X-Request-Id": "r-1", "traceparent": trace, "Authorization": "Bearer k", "Cookie": "a=b"}
    await http.post("/tts", json={"text": "Hola"}, headers=headers)
    (call,) = service.calls
    assert call.metadata["x-request-id"] == "r-1"
    assert call.metadata["traceparent"] == trace
    assert call.metadata["authorization"] == "Bearer k"
    assert "cookie" not in call.metadata
    assert 3500 < call.time_remaining < 3700  # gRPC rounds it up


async def test_headers_that_cannot_be_metadata_are_left(http, service):
    headers = {"traceparent": "x", "Authorization": b"Bearer \xf1"}
    assert (await http.post("/tts", json={"text": "Hola"}, headers=headers)).status_code == 200
    assert {"traceparent", "authorization"}.isdisjoint(service.calls[-1].metadata)


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
