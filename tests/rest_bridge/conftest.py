"""A real bridge on a real port, in front of a real gRPC server that speaks a tone.

Everything runs in the loop of the test module. Another service can stand behind the bridge: the fixture `bridge` wants
nothing of `service` but `target`.
"""

import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
import pytest_asyncio
import uvicorn
from eslatam.tts.v1 import models_pb2_grpc, speech_pb2_grpc, voices_pb2_grpc
from grpc_health.v1 import health_pb2_grpc

from rest_bridge.__main__ import configure_server
from rest_bridge.config import BridgeSettings
from tests.rest_bridge.tone import Failure, Service, decode, encode_tone


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tone() -> AsyncIterator[Service]:
    """The service, for the whole module."""
    service = Service()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    speech_pb2_grpc.add_SpeechServiceServicer_to_server(service, server)
    voices_pb2_grpc.add_VoiceServiceServicer_to_server(service, server)
    models_pb2_grpc.add_ModelServiceServicer_to_server(service, server)
    health_pb2_grpc.add_HealthServicer_to_server(service.health, server)
    service.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield service
    finally:
        await server.stop(None)


@pytest_asyncio.fixture(loop_scope="module")
async def service(tone: Service) -> Service:
    """The service, as a test finds it."""
    tone.reset()
    await tone.set_serving(True)
    return tone


@asynccontextmanager
async def run_bridge(settings: BridgeSettings) -> AsyncIterator[str]:
    """The address of a bridge that runs until the block ends."""
    config = configure_server(settings)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        scheme = "https" if settings.ssl else "http"
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])


@pytest.fixture
def serve() -> Callable[[BridgeSettings], Any]:
    """Runs another bridge, with settings of its own."""
    return run_bridge


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bridge(tone: Service) -> AsyncIterator[str]:
    """The address of a bridge in front of the service, for the whole module."""
    async with run_bridge(BridgeSettings(target=tone.target)) as address:
        yield address


def open_client(address: str, **more: Any) -> httpx.AsyncClient:
    """A client of a bridge. It asks for nothing that a test does not ask for."""
    # Reading the machine's certificates would take longer than most tests.
    client = httpx.AsyncClient(base_url=address, timeout=60, **{"verify": False, **more})
    for name in ("accept", "accept-encoding", "user-agent"):
        del client.headers[name]
    return client


@pytest_asyncio.fixture(loop_scope="module")
async def http(service: Service, bridge: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the bridge in front of the service."""
    async with open_client(bridge) as client:
        yield client


@pytest.fixture
def http_at() -> Callable[..., httpx.AsyncClient]:
    """Opens a client of another bridge."""
    return open_client


@pytest.fixture
def count_samples() -> Callable[[bytes], int]:
    return decode


@pytest.fixture
def tone_of() -> Callable[[int], bytes]:
    return encode_tone


@pytest.fixture
def fail() -> type[Failure]:
    return Failure


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1, and its key."""

    cert: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("needs the program openssl")
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *names, "-out", made.cert, "-keyout", made.key], check=True, capture_output=True)
    return made
