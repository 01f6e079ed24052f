from pathlib import Path

import pytest
import soundfile

from service.cli import build_parser
from service.commands import say
from tests.service.conftest import StartServer

KOKORO = {"models": {"loaded": ["kokoro-es"], "default": "kokoro-es", "fallback": None}}


@pytest.mark.parametrize(
    ("name", "model", "head"), [("a.srt", KOKORO, "1\n00:00:0"), ("a.vtt", {}, "WEBVTT\n\n00:00:0")]
)
async def test_subtitles_are_saved_beside_the_recording(
    start_server: StartServer, tmp_path: Path, name: str, model: dict[str, object], head: str
) -> None:
    server = await start_server(**model)
    file, subtitles = tmp_path / "a.wav", tmp_path / name
    arguments = ["say", "Son 25 pesos.", str(file), "--srt", str(subtitles), "--server", f"127.0.0.1:{server.port}"]
    assert await say.run(build_parser().parse_args(arguments)) == 0
    assert soundfile.info(file).duration > 0.3
    text = subtitles.read_text(encoding="utf-8")
    assert text.startswith(head)
    assert text.rstrip().endswith("Son 25 pesos.")
