from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_damaged_file_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.judge.recognition import join_whisper

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = join_whisper() / "model.bin"
    size = model.stat().st_size
    with model.open("r+b") as stream:
        stream.write(b"damage")
    damaged = model.read_bytes()
    assert join_whisper() == model.parent
    assert model.stat().st_size == size
    assert model.read_bytes() != damaged
    assert sorted(file.name for file in model.parent.iterdir()) == [
        "config.json",
        "model.bin",
        "tokenizer.json",
        "vocabulary.txt",
    ]
