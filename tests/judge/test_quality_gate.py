"""The default voice, through the whole service, stays as good as it is promised to be."""

import io
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from eslatam import AsyncClient

from service.api.server import Server
from service.config import Settings
from tests.judge.recordings import read_recording
from tests.judge.sentences import read_sentences
from tests.judge.verdicts import Recording, total

if TYPE_CHECKING:
    from tests.judge.judge import Judge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TEXTS = list(read_sentences().values())[::3]


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """Of a service on a free port, with the embedded voice."""
    server = Server(
        Settings.model_validate(
            {"grpc": {"port": 0, "drain_seconds": 0}, "models": {"loaded": ["kokoro-es"], "default": "kokoro-es"}}
        )
    )
    await server.start()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        yield client
    await server.stop()


async def test_the_default_voice_holds_its_gates(client: AsyncClient, judge: "Judge") -> None:
    speeches = [await client.synthesize(text) for text in TEXTS]
    recordings = [
        Recording(read_recording(io.BytesIO(speech.audio)), text) for speech, text in zip(speeches, TEXTS, strict=True)
    ]
    totals = total(judge.judge(recordings))
    assert len(recordings) == 12
    assert totals.wer <= 0.10, totals
    assert totals.pcer <= 0.03, totals
    assert totals.dnsmos >= 3.0, totals
    assert totals.distillmos >= 3.8, totals
    assert totals.likeness >= 0.85, totals
