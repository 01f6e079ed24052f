"""Many callers at once through the real server: what each gets is its own, and who is let in."""

import asyncio

import numpy as np
import pytest
from eslatam import AsyncClient, OverloadedError, SpeechError
from prometheus_client import REGISTRY

from benchmarks.many_callers import expected
from service.models.fake import FakeModel
from tests.service.api.test_speech import TEXT, floats, until_active
from tests.service.conftest import StartServer
from tests.service.engine.test_local import Gate

UNITS = {"decode_seconds": 0.0014, "decode_row_seconds": 0.000045}
"""A tenth of what the benchmark `many_callers` takes."""


@pytest.mark.slow
async def test_callers_of_a_busy_server_get_their_own_audio_or_a_refusal(start_server: StartServer) -> None:
    server = await start_server(FakeModel(slots=8, **UNITS), engine={"queue_seconds": 0.5})
    text = f"{TEXT} " * 3

    async with AsyncClient(f"127.0.0.1:{server.port}") as client:

        async def listen(seed: int) -> bytes:
            async with client.stream(text, seed=seed, encoding="pcm_f32le", max_lead=3600) as stream:
                return b"".join([chunk.data async for chunk in stream])

        told = await asyncio.gather(*(listen(seed) for seed in range(1, 301)), return_exceptions=True)
    refused = [each for each in told if isinstance(each, BaseException)]
    assert all(isinstance(each, OverloadedError) and (each.retry_after or 0) >= 1 for each in refused)
    assert 0 < len(refused) < 300 - 8
    for seed, audio in enumerate(told, 1):
        if isinstance(audio, bytes):
            np.testing.assert_array_equal(floats(audio), expected(text, seed))


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_embedded_voice_says_in_company_what_it_says_alone(start_server: StartServer) -> None:
    texts = [f"Son las {hour}." for hour in ("cinco", "seis", "ocho", "nueve", "once")]
    manners = [("default", 1.0), ("alex", 1.0), ("santa", 1.0), ("default", 1.25)]
    server = await start_server(
        models={"loaded": ["kokoro-es"], "default": "kokoro-es"}, engine={"queue_seconds": 3600, "queue_limit": 100}
    )
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:

        async def say(text: str, voice: str, rate: float) -> bytes:
            return (await client.synthesize(text, voice=voice, speaking_rate=rate, encoding="pcm", timeout=600)).audio

        alone = {(text, *manner): await say(text, *manner) for text in texts for manner in manners}
        asked = [(text, *manner) for manner in manners for text in texts * 4]
        together = await asyncio.gather(*(say(*each) for each in asked))
    assert len(set(alone.values())) == len(alone)
    assert [heard == alone[each] for each, heard in zip(asked, together, strict=True)] == [True] * 80


@pytest.mark.parametrize("priority", ["interactive", "standard", "batch"])
async def test_the_class_a_caller_names_is_the_one_it_waits_in(start_server: StartServer, priority: str) -> None:
    def waited() -> float:
        return REGISTRY.get_sample_value("tts_queue_seconds_count", {"priority": priority}) or 0

    server = await start_server()
    before = waited()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        await client.synthesize("Hola.", priority=priority)  # type: ignore[arg-type]
    assert waited() == before + 1


async def test_a_deadline_that_cannot_be_met_is_refused_at_once(start_server: StartServer) -> None:
    gate = Gate()
    gate.open.set()
    server = await start_server(FakeModel(slots=1, decode_seconds=0.039, before_unit=gate))
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        await client.synthesize("Hola a todos.")
        gate.open.clear()
        gate.reached.clear()
        speaking = [asyncio.create_task(client.synthesize("a" * 250)) for _ in range(2)]
        await gate.wait()
        await until_active(2)
        with pytest.raises(SpeechError) as caught:
            await client.synthesize("Hola.", timeout=5.0)
        gate.open.set()
        for each in speaking:
            each.cancel()
        await asyncio.gather(*speaking, return_exceptions=True)
    assert caught.value.reason == "DEADLINE_UNREACHABLE"
    assert (caught.value.retry_after or 0) >= 1
