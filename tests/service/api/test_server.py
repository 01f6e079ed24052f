import asyncio
import shutil
import subprocess
from pathlib import Path

import grpc
import pytest
from eslatam import TLS, AsyncClient, UnavailableError
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prometheus_client import REGISTRY

from service.api.health import LIVE
from service.api.server import SERVICES, Server
from service.models import registry
from service.models.fake import FakeModel
from tests.service.conftest import StartServer, make_settings
from tests.service.engine.test_states import Held, Sleeper

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def health(port: int, service: str) -> int:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        reply = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))
    return int(reply.status)


@pytest.mark.parametrize("service", ["", *SERVICES, LIVE])
async def test_a_service_that_speaks_is_healthy(start_server: StartServer, service: str) -> None:
    server = await start_server()
    assert await health(server.port, service) == SERVING


@pytest.mark.slow
@pytest.mark.parametrize("state", ["loading", "warming"])
async def test_while_the_model_loads_and_warms_it_lives_but_does_not_serve(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    loading = Held()

    def load() -> FakeModel:
        if state == "loading":
            loading()
        return Sleeper(warm_up=loading)

    monkeypatch.setattr(registry, "loaders", lambda settings: {"fake": load})
    server = Server(make_settings())
    starting = asyncio.create_task(server.start())
    await loading.wait()
    while await health(server.port, LIVE) != SERVING:
        pass
    assert await health(server.port, "") == NOT_SERVING
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        assert [model.state for model in await client.models()] == [state, "not_installed"]
        with pytest.raises(UnavailableError) as caught:
            await client.synthesize("Hola.")
        assert caught.value.reason == "NOT_READY"
        loading.open.set()
        await starting
        await client.synthesize("Hola.")
    assert await health(server.port, "") == SERVING
    await server.stop()


async def test_a_model_that_sleeps_and_wakes_says_so_and_serves(start_server: StartServer) -> None:
    waking = Held()
    server = await start_server(Sleeper(wake=waking), models={"idle_timeout_sec": 1e-6})
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        while (await client.models())[0].state != "sleeping":
            pass
        assert await health(server.port, "") == SERVING
        speaking = asyncio.create_task(client.synthesize("Hola."))
        await waking.wait()
        assert (await client.models())[0].state == "waking"
        assert await health(server.port, "") == SERVING
        waking.open.set()
        assert (await speaking).audio


async def test_a_model_that_does_not_load_is_told(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> FakeModel:
        raise OSError("no weights")

    monkeypatch.setattr(registry, "loaders", lambda settings: {"fake": load})
    server = await start_server()
    assert await health(server.port, "") == NOT_SERVING
    assert await health(server.port, LIVE) == NOT_SERVING
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        assert [model.state for model in await client.models()] == ["failed", "not_installed"]


@pytest.mark.parametrize("on", [True, False])
async def test_reflection_is_a_setting(start_server: StartServer, on: bool) -> None:
    server = await start_server(grpc={"reflection": on})
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
        if on:
            listed = (await call.read()).list_services_response.service
            assert {service.name for service in listed} >= set(SERVICES)
        else:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call.read()
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_every_rpc_is_counted_under_the_usual_names(start_server: StartServer) -> None:
    server = await start_server()
    labels = {
        "grpc_type": "server_stream",
        "grpc_service": "eslatam.tts.v1.SpeechService",
        "grpc_method": "SynthesizeStream",
    }

    def handled(code: str) -> float:
        return REGISTRY.get_sample_value("grpc_server_handled_total", {**labels, "grpc_code": code}) or 0

    before = {code: handled(code) for code in ("OK", "InvalidArgument", "Canceled")}
    sent = REGISTRY.get_sample_value("grpc_server_msg_sent_total", labels) or 0
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        async with client.stream("Hola.") as stream:
            chunks = [chunk async for chunk in stream]
        with pytest.raises(Exception, match=r"utterance\.text"):
            async with client.stream("") as stream:
                pass
        assert handled("OK") == before["OK"] + 1
        assert handled("InvalidArgument") == before["InvalidArgument"] + 1
        assert REGISTRY.get_sample_value("grpc_server_msg_sent_total", labels) == sent + len(chunks) + 2
        async with client.stream("a" * 280) as stream:
            await anext(aiter(stream))
        while handled("Canceled") == before["Canceled"]:  # noqa: ASYNC110
            await asyncio.sleep(0)


def make_certificates(folder: Path) -> None:
    """A certificate authority, and a certificate of it for this host and another for a client."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    for name in ("server", "client"):
        files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        subprocess.run([*openssl, *names, *files], check=True, capture_output=True)


@pytest.mark.system
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the program openssl")
async def test_mutual_tls_lets_in_who_shows_a_certificate(start_server: StartServer, tmp_path: Path) -> None:
    make_certificates(tmp_path)
    tls = {name: tmp_path / f"server.{ending}" for name, ending in (("certificate", "pem"), ("key", "key"))}
    server = await start_server(grpc={"tls": {**tls, "client_ca": tmp_path / "client.pem"}})
    address, roots = f"localhost:{server.port}", tmp_path / "server.pem"
    known = TLS(roots, certificate=tmp_path / "client.pem", private_key=tmp_path / "client.key")
    async with AsyncClient(address, tls=known) as client:
        assert (await client.synthesize("Hola.")).audio
    async with AsyncClient(address, tls=TLS(roots)) as client:
        with pytest.raises(UnavailableError):
            await client.synthesize("Hola.", timeout=5)
