import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from service.cli import main

VOICE = "voices/default/reference.wav"


def run(*arguments: str) -> object:
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main(["watermark", *arguments])
    return ended.value.code


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "service.models.chatterbox.watermark", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


@pytest.mark.slow
def test_a_plain_recording_is_not_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(VOICE) == 1
    assert capsys.readouterr().out == f"{VOICE}: not marked (confidence 1.00)\n"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["wav", "mp3", "ogg"])
def test_a_marked_one_is_found_whatever_its_format(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.models.chatterbox.watermark import Perth

    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    samples, rate = soundfile.read(VOICE, dtype="float32")
    marker = Perth().open()
    file = tmp_path / f"marcada.{form}"
    soundfile.write(file, np.concatenate([marker.mark(samples), marker.finish()]), rate)
    assert run(str(file)) == 0
    assert "con marca de agua (confianza 0.9" in capsys.readouterr().out.replace("1.00", "0.99")


@pytest.mark.parametrize("content", [b"", b"not audio at all"])
def test_what_is_no_recording_is_an_error(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nada.wav"
    file.write_bytes(content)
    assert run(str(file)) == 2
    assert capsys.readouterr().err == f"eslatam: {file} is not a recording of at most an hour.\n"


def test_a_file_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("/nowhere/hola.wav") == 2
    assert "/nowhere/hola.wav" in capsys.readouterr().err


@pytest.mark.usefixtures("no_extra")
def test_without_the_extra_it_says_which_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(VOICE) == 2
    assert "uv sync --extra chatterbox" in capsys.readouterr().err
