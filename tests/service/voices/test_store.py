from pathlib import Path

import pytest
from pydantic import ValidationError

from service.config import ROOT
from service.errors import Reason, ServiceError
from service.voices import VoiceStore

DESCRIPTION = "display_name: Ana\ndescription: Voz.\nlanguage_codes: [es-419]\n"


def add(folder: Path, voice_id: str, extra: str = "") -> None:
    (folder / voice_id).mkdir()
    (folder / voice_id / "voice.yaml").write_text(DESCRIPTION + extra)


def test_every_voice_of_ours_can_be_cloned_and_speaks_without_cloning() -> None:
    voices = VoiceStore(ROOT / "voices").all()
    assert [voice.id for voice in voices] == ["alex", "base-en", "default", "santa"]
    for voice in voices:
        if voice.id == "base-en":
            continue
        assert voice.presets["kokoro"]
        assert voice.reference is not None
        assert 10 <= voice.reference_seconds <= 30


def test_the_checkpoints_voice_is_only_the_checkpoints() -> None:
    voice = VoiceStore(ROOT / "voices").get("voices/base-en")
    assert voice.presets == {"chatterbox": "base-en"}
    assert (voice.reference, voice.reference_seconds, voice.aliases) == (None, 0, ())
    assert "MIT" in voice.description


@pytest.mark.parametrize("name", ["voices/x", "../voices/default", "voices/default/../alex", "voices/", "", "\0"])
def test_only_known_names_find_a_voice(name: str) -> None:
    with pytest.raises(ServiceError) as caught:
        VoiceStore(ROOT / "voices").get(name)
    assert caught.value.reason is Reason.VOICE_NOT_FOUND
    assert "alex, base-en, default, santa" in caught.value.en
    assert "/" not in caught.value.en.replace(name, "")


def test_an_alias_finds_its_voice(tmp_path: Path) -> None:
    add(tmp_path, "ana", "aliases: [anita]\n")
    assert VoiceStore(tmp_path).get("voices/anita").id == "ana"


def test_a_name_belongs_to_one_voice(tmp_path: Path) -> None:
    add(tmp_path, "ana", "aliases: [luz]\n")
    add(tmp_path, "luz")
    with pytest.raises(ValueError, match="luz"):
        VoiceStore(tmp_path)


def test_a_wrong_description_stops_the_start(tmp_path: Path) -> None:
    add(tmp_path, "ana", "colour: blue\n")
    with pytest.raises(ValidationError):
        VoiceStore(tmp_path)


def test_a_changed_description_changes_the_etag(tmp_path: Path) -> None:
    add(tmp_path, "ana")
    before = VoiceStore(tmp_path).get("voices/ana").etag
    (tmp_path / "ana" / "voice.yaml").write_text(DESCRIPTION + "labels: {gender: female}\n")
    assert VoiceStore(tmp_path).get("voices/ana").etag != before
