"""The whole product told to stop while it speaks."""

import asyncio
import signal

import httpx
import pytest
from eslatam import AsyncClient, AsyncStream, UnavailableError

from benchmarks.running import FAKE, Service, serve
from service.models.fake import TOKEN_SAMPLES

pytestmark = pytest.mark.slow

SLOW = {"ESLATAM_MODELS__FAKE__DECODE_SECONDS": "0.05"}
TEXT = "a" * 200
SAMPLES = len(TEXT) * TOKEN_SAMPLES
BODY = {"model": "tts-1", "voice": "default", "input": TEXT, "response_format": "pcm"}


async def until_refused(client: AsyncClient) -> UnavailableError:
    while True:
        try:
            await client.synthesize("Hola.")
        except UnavailableError as error:
            return error


async def drain(stream: AsyncStream) -> int:
    return sum([chunk.sample_count async for chunk in stream])


async def stop_and_listen(service: Service) -> None:
    async with (
        AsyncClient(service.target) as grpc,
        httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=120) as rest,
        grpc.stream(TEXT) as stream,
        rest.stream("POST", "/v1/audio/speech", json=BODY) as reply,
    ):
        heard = (await anext(stream)).sample_count
        service.process.send_signal(signal.SIGTERM)
        refused = await until_refused(grpc)
        assert refused.reason == "NOT_READY"
        assert (refused.retry_after or 0) >= 1
        newcomer = await rest.post("/v1/audio/speech", json={**BODY, "input": "Hola."})
        assert newcomer.status_code == 503
        assert int(newcomer.headers["Retry-After"]) >= 1
        # A silence follows the text.
        assert heard + await drain(stream) == stream.summary.sample_count > SAMPLES
        assert stream.summary.finish_reason == "complete"
        assert len(await reply.aread()) == 2 * stream.summary.sample_count
    assert await asyncio.to_thread(service.process.wait, 60) == 0


async def test_streams_end_whole_and_newcomers_are_told_to_come_back() -> None:
    with serve({**FAKE, **SLOW}) as service:
        await stop_and_listen(service)
