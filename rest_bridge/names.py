"""The names people give voices and models, turned into those of the contract. A name never becomes a path."""

import re

from rest_bridge import messages
from rest_bridge.config import BridgeSettings
from rest_bridge.errors import BridgeError

_EXTENSION = re.compile(r"\.(wav|mp3|flac|ogg|opus|m4a|aac)\Z")
_VOICE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MODEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def resolve_voice(name: str, settings: BridgeSettings) -> str:
    """The voice, as "voices/{voice}", that an id, a file's name, an alias or one of OpenAI's names means.

    BridgeError 404, always the same, for what cannot be a name.
    """
    voice = _EXTENSION.sub("", name.strip().lower())
    voice = settings.voices.get(voice, voice)
    if not _VOICE.fullmatch(voice):
        raise BridgeError(404, "VOICE_NOT_FOUND", messages.NO_VOICE, field="voice")
    return f"voices/{voice}"


def resolve_model(name: str, settings: BridgeSettings) -> str:
    """The model, as "models/{model}", or nothing for the server's default, which every alias means.

    BridgeError 404 for what cannot be a name.
    """
    model = name.strip().lower().removeprefix("models/")
    if model in settings.model_aliases:
        return ""
    if not _MODEL.fullmatch(model):
        raise BridgeError(404, "MODEL_NOT_FOUND", messages.NO_MODEL, field="model")
    return f"models/{model}"


def shorten(name: str) -> str:
    """The last part of "voices/{voice}" or "models/{model}"."""
    return name.rpartition("/")[2]
