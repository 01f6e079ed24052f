import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from eslatam import AsyncClient
from prometheus_client import REGISTRY

from tests.service.conftest import StartServer

SYNTHESIZE = "/eslatam.tts.v1.SpeechService/Synthesize"
STREAM = "/eslatam.tts.v1.SpeechService/SynthesizeStream"


async def nothing() -> AsyncIterator[bytes]:
    """A request that has begun and does not come."""
    await asyncio.Event().wait()
    yield b""


async def nobody() -> AsyncIterator[bytes]:
    return
    yield b""


def handled(method: str, code: str) -> float:
    kind = {"Synthesize": "unary", "SynthesizeStream": "server_stream"}[method]
    labels = {"grpc_type": kind, "grpc_service": "eslatam.tts.v1.SpeechService", "grpc_method": method}
    return REGISTRY.get_sample_value("grpc_server_handled_total", {**labels, "grpc_code": code}) or 0


async def until_handled(method: str, code: str, count: float) -> None:
    """A reply may arrive before it is counted."""
    while handled(method, code) != count:  # noqa: ASYNC110
        await asyncio.sleep(0)


@pytest.mark.parametrize("path", [SYNTHESIZE, STREAM])
async def test_a_request_that_does_not_arrive_is_given_up_and_its_place_freed(
    start_server: StartServer, path: str
) -> None:
    server = await start_server(limits={"receive_seconds": 0.05, "concurrent_streams": 1})
    method = path.rpartition("/")[2]
    before = handled(method, "DeadlineExceeded")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.stream_unary(path)(nothing())
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert caught.value.details() == "The request did not arrive whole within 0.05 s. Send it in one go."
    await until_handled(method, "DeadlineExceeded", before + 1)
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        assert (await client.synthesize("Hola.")).audio


@pytest.mark.parametrize("path", [SYNTHESIZE, STREAM])
async def test_a_call_without_a_message_is_told_so(start_server: StartServer, path: str) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.stream_unary(path)(nobody())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_bytes_that_are_no_message_are_the_callers_fault(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary(SYNTHESIZE)(b"\xff\xff\xff")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "Traceback" not in caplog.text
