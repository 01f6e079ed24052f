import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from starlette.requests import ClientDisconnect

from rest_bridge.config import BridgeSettings, ServiceTLS
from rest_bridge.upstream import until_disconnect

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_callers_id_trace_key_and_deadline_are_passed_on(http, service):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"X-Request-Id": "r-1", "traceparent": trace, "Authorization": "Bearer k", "Cookie": "a=b"}
    await http.post("/tts", json={"text": "Hola"}, headers=headers)
    (call,) = service.calls
    assert call.metadata["x-request-id"] == "r-1"
    assert call.metadata["x-eslatam-caller"] == "127.0.0.1"
    assert call.metadata["traceparent"] == trace
    assert call.metadata["authorization"] == "Bearer k"
    assert "cookie" not in call.metadata
    assert 3500 < call.time_remaining < 3700  # gRPC rounds it up


async def test_a_caller_does_not_choose_whom_it_is(http, service):
    headers = {"X-Eslatam-Caller": "somebody-else", "X-Forwarded-For": "192.0.2.9"}
    await http.post("/tts", json={"text": "Hola"}, headers=headers)
    assert service.calls[-1].metadata["x-eslatam-caller"] == "127.0.0.1"


async def test_a_trusted_proxy_tells_who_its_caller_is(service, serve, http_at):
    settings = BridgeSettings(target=service.target, trusted_proxies=["127.0.0.1/32"])
    async with serve(settings) as address, http_at(address) as client:
        await client.post("/tts", json={"text": "Hola"}, headers={"X-Forwarded-For": "198.51.100.1, 192.0.2.9"})
    assert service.calls[-1].metadata["x-eslatam-caller"] == "192.0.2.9"


async def test_headers_that_cannot_be_metadata_are_left(http, service):
    headers = {"traceparent": "x", "Authorization": b"Bearer \xf1"}
    assert (await http.post("/tts", json={"text": "Hola"}, headers=headers)).status_code == 200
    assert {"traceparent", "authorization"}.isdisjoint(service.calls[-1].metadata)


async def test_work_that_ends_first_gives_its_result():
    gone = asyncio.Event()

    async def receive():
        await gone.wait()

    async def work():
        return 3

    assert await until_disconnect(receive, work()) == 3


async def test_work_is_cancelled_and_awaited_when_the_client_leaves():
    ended = []

    async def receive():
        return {"type": "http.disconnect"}

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(ClientDisconnect):
        await until_disconnect(receive, work())
    assert ended


async def test_what_work_raises_is_raised():
    async def receive():
        await asyncio.Event().wait()

    async def work():
        raise KeyError("x")

    with pytest.raises(KeyError):
        await until_disconnect(receive, work())


@pytest.mark.system
@pytest.mark.parametrize("mutual", [False, True])
async def test_the_service_can_be_reached_over_tls(serve, http_at, certificate, mutual):
    pair = (certificate.key.read_bytes(), certificate.cert.read_bytes())
    roots = certificate.cert.read_bytes() if mutual else None
    server = grpc.aio.server()
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair], roots, require_client_auth=mutual))
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    await health.set("eslatam.tts.v1.SpeechService", health_pb2.HealthCheckResponse.SERVING)
    await server.start()
    tls = ServiceTLS(
        root_certificates=certificate.cert,
        certificate=certificate.cert if mutual else None,
        private_key=certificate.key if mutual else None,
    )
    try:
        async with serve(BridgeSettings(target=f"127.0.0.1:{port}", tls=tls)) as address, http_at(address) as client:
            assert (await client.get("/ready")).status_code == 200
        async with serve(BridgeSettings(target=f"127.0.0.1:{port}")) as address, http_at(address) as client:
            assert (await client.get("/ready")).status_code == 503
    finally:
        await server.stop(None)
