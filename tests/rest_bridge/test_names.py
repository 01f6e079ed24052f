import pytest
from hypothesis import given
from hypothesis import strategies as st

from rest_bridge.config import BridgeSettings
from rest_bridge.errors import BridgeError
from rest_bridge.names import resolve_model, resolve_voice, shorten

SETTINGS = BridgeSettings()


@pytest.mark.parametrize("extension", ["", ".wav", ".mp3", ".FLAC", ".ogg", ".opus", ".m4a", ".aac"])
def test_an_extension_does_not_count(extension):
    assert resolve_voice(f"mi-voz{extension}", SETTINGS) == "voices/mi-voz"


@pytest.mark.parametrize("name", SETTINGS.voices)
def test_every_name_of_openai_has_a_voice(name):
    assert resolve_voice(name.title(), SETTINGS) in {"voices/default", "voices/alex", "voices/santa"}


@given(st.text(st.characters(codec=None), max_size=80) | st.from_regex(r"(\.\./|/|\\|\.){1,4}[a-z.]{0,9}"))
def test_no_name_becomes_a_path(name):
    try:
        voice = resolve_voice(name, SETTINGS)
    except BridgeError:
        return
    identifier = voice.removeprefix("voices/")
    assert identifier.isascii()
    assert identifier.replace("-", "").isalnum()


@pytest.mark.parametrize("name", ["../default", "", "a/b", "-a", "ñ", "a" * 64])
def test_what_cannot_be_a_name_is_not_found(name):
    with pytest.raises(BridgeError) as caught:
        resolve_voice(name, SETTINGS)
    assert (caught.value.status, caught.value.reason) == (404, "VOICE_NOT_FOUND")


@pytest.mark.parametrize("name", SETTINGS.model_aliases)
def test_an_alias_is_the_servers_default(name):
    assert resolve_model(name.upper(), SETTINGS) == ""


def test_a_models_full_name_is_taken():
    assert resolve_model("models/kokoro-es", SETTINGS) == "models/kokoro-es"
    assert shorten("models/kokoro-es") == "kokoro-es"
