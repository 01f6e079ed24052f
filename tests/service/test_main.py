import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping

import pytest
from eslatam import AsyncClient, UnavailableError

from service.models.fake import TOKEN_SAMPLES, token_count

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run(environment: Mapping[str, str]) -> Process:
    settings = {
        "ESLATAM_METRICS__PORT": str(free_port()),
        "ESLATAM_MODELS__LOADED": '["fake"]',
        "ESLATAM_MODELS__DEFAULT": "fake",
        "ESLATAM_MODELS__FALLBACK": "null",
        "LANG": "es_MX.UTF-8",
        **environment,
    }
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", env={**environ, **settings}, stdout=PIPE, stderr=PIPE
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"ESLATAM_GRPC__PORT": "70000"}, "grpc.port"),
        ({"ESLATAM_GRPC__PROT": "1"}, "grpc.prot"),
        ({"ESLATAM_CONFIG": "/nowhere.yaml"}, "/nowhere.yaml"),
        ({"ESLATAM_MODELS__DEFAULT": "nothing"}, "'nothing'"),
        ({"ESLATAM_GRPC__TLS": '{"certificate": "/no.pem", "key": "/no.pem"}'}, "/no.pem"),
    ],
)
async def test_wrong_settings_stop_the_start_with_a_sentence(environment: Mapping[str, str], named: str) -> None:
    process = await run({"ESLATAM_GRPC__PORT": "0", **environment})
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in errors
    assert errors.decode().startswith("El servicio no puede iniciar")
    assert named in errors.decode()


async def test_a_port_in_use_stops_the_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await run({"ESLATAM_GRPC__PORT": str(taken.getsockname()[1])})
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert "no puede iniciar" in errors.decode()


async def test_sigterm_lets_a_running_stream_end() -> None:
    port = free_port()
    process = await run({"ESLATAM_GRPC__PORT": str(port), "ESLATAM_MODELS__FAKE__DECODE_SECONDS": "0.01"})
    text = "a" * 250
    async with AsyncClient(f"127.0.0.1:{port}") as client:
        await until_it_speaks(process, client)
        async with client.stream(text, encoding="pcm") as stream:
            chunks = aiter(stream)
            size = len((await anext(chunks)).data)
            process.send_signal(signal.SIGTERM)
            size += sum([len(chunk.data) async for chunk in chunks])
    assert size == 2 * (token_count(text) * TOKEN_SAMPLES + 3600)
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors


async def until_it_speaks(process: Process, client: AsyncClient) -> None:
    """Tries until the service takes a request; the client waits between tries."""
    while process.returncode is None:
        with contextlib.suppress(UnavailableError):
            await client.synthesize("Hola.")
            return
    raise AssertionError("the service ended")
