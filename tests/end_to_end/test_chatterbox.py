"""Chatterbox behind the real service, on random weights in the real files: what is promised whatever the voice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from eslatam import AsyncClient

from benchmarks.random_weights.checkpoint import write_checkpoint
from service.api.server import Server
from service.config import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VOICES = ("default", "alex", "santa", "base-en")
TEXT = "Buenos días. ¿Cómo amaneció la familia?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(folder, seed=0, layers=2, typical_tokens=60)
    return folder


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[AsyncClient]:
    settings = {
        "grpc": {"port": 0, "drain_seconds": 0},
        "models": {
            "loaded": ["chatterbox-es-latam"],
            "default": "chatterbox-es-latam",
            "fallback": None,
            "chatterbox": {"folder": str(folder), "profile": "fast", "device": "cpu"},
        },
    }
    server = Server(Settings.model_validate(settings))
    await server.start()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        yield client
    await server.stop()


async def say(client: AsyncClient, voice: str, seed: int) -> tuple[bytes, str, bool]:
    """Samples, the model that spoke, and whether it says that they are marked."""
    async with client.stream(TEXT, voice=voice, seed=seed, encoding="pcm") as stream:
        data = b"".join([chunk.data async for chunk in stream])
        return data, stream.header.model, stream.header.watermarked


async def test_four_voices_side_by_side_each_say_what_they_say_alone(client: AsyncClient) -> None:
    alone = [await say(client, voice, seed) for seed, voice in enumerate(VOICES)]
    together = await asyncio.gather(*(say(client, voice, seed) for seed, voice in enumerate(VOICES)))
    assert together == alone
    assert len({data for data, _, _ in alone}) == len(VOICES)
    assert {(model, marked) for _, model, marked in alone} == {("chatterbox-es-latam", True)}


async def test_whole_and_streamed_are_the_same_samples(client: AsyncClient) -> None:
    streamed, _, _ = await say(client, "default", 3)
    whole = await client.synthesize(TEXT, voice="default", seed=3, encoding="pcm")
    assert whole.audio == streamed
