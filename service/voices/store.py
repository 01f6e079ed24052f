"""The built-in voices: a folder for each, read once at start."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import soundfile
import yaml
from pydantic import BaseModel, ConfigDict, Field

from service.errors import Reason, ServiceError


class _Description(BaseModel):
    """A `voice.yaml`. `models` binds a family of models to the name of a voice it brings with it."""

    model_config = ConfigDict(extra="forbid")

    display_name: str
    description: str
    language_codes: tuple[str, ...]
    labels: dict[str, str] = Field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    models: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice. `reference` is the clip that models which clone imitate, `presets` its names in those that do not."""

    id: str
    display_name: str
    description: str
    language_codes: tuple[str, ...]
    labels: Mapping[str, str]
    aliases: tuple[str, ...]
    presets: Mapping[str, str]
    reference: Path | None
    reference_seconds: float
    etag: str

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"voices/{self.id}"


class VoiceStore:
    """Every voice of a folder. ValueError if two share an id or an alias."""

    def __init__(self, folder: Path) -> None:
        self._voices = {path.parent.name: _read(path) for path in sorted(folder.glob("*/voice.yaml"))}
        self._ids = {voice_id: voice_id for voice_id in self._voices}
        for voice in self._voices.values():
            for alias in voice.aliases:
                if self._ids.setdefault(alias, voice.id) != voice.id:
                    raise ValueError(f"two voices are called {alias!r}")

    def all(self) -> list[Voice]:
        """Every voice, by id."""
        return [self._voices[voice_id] for voice_id in sorted(self._voices)]

    def get(self, name: str) -> Voice:
        """The voice named "voices/{id or alias}". Raises VOICE_NOT_FOUND."""
        voice_id = self._ids.get(name.removeprefix("voices/"))
        if voice_id is None:
            known = ", ".join(sorted(self._voices))
            raise ServiceError(
                Reason.VOICE_NOT_FOUND,
                en=f"There is no such voice. The voices are: {known}.",
                es=f"No existe esa voz. Las voces son: {known}.",
                resource=name,
            )
        return self._voices[voice_id]


def _read(path: Path) -> Voice:
    content = path.read_bytes()
    described = _Description.model_validate(yaml.safe_load(content))
    reference = path.with_name("reference.wav")
    seconds = soundfile.info(reference).duration if reference.exists() else 0.0
    return Voice(
        id=path.parent.name,
        display_name=described.display_name,
        description=described.description,
        language_codes=described.language_codes,
        labels=described.labels,
        aliases=described.aliases,
        presets=described.models,
        reference=reference if reference.exists() else None,
        reference_seconds=seconds,
        etag=hashlib.sha256(content).hexdigest()[:16],
    )
