"""Which model speaks: the one asked for, its stand-in, or none, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.engine.engine import Engine, State
from service.engine.failures import not_ready
from service.engine.model import ModelInfo
from service.errors import Reason, ServiceError


@dataclass(frozen=True, slots=True)
class Entry:
    """A model by name. Without an engine it is not installed, and `en` and `es` say why."""

    name: str
    display_name: str
    engine: Engine | None
    en: str = ""
    es: str = ""

    @property
    def info(self) -> ModelInfo | None:
        """What the model can do, once it is loaded."""
        if self.engine is None or self.engine.state in (State.LOADING, State.FAILED):
            return None
        return self.engine.info


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that speaks, the model that was asked for, and why another speaks ("" if none does)."""

    engine: Engine
    requested: str
    fallback_reason: str


class Catalog:
    """Every model by name. `default` speaks when none is named; `fallback` stands in for one not installed."""

    def __init__(self, entries: Mapping[str, Entry], *, default: str, fallback: str | None) -> None:
        for name in (default, *([fallback] if fallback else [])):
            if name not in entries:
                raise ValueError(f"the settings name the model {name!r}, which is not one of {', '.join(entries)}")
        self.entries = entries
        self.default = default
        self.fallback = fallback

    def get(self, name: str) -> Entry:
        """Raises MODEL_NOT_FOUND."""
        entry = self.entries.get(name)
        if entry is None:
            known = ", ".join(sorted(self.entries))
            raise ServiceError(
                Reason.MODEL_NOT_FOUND,
                en=f"There is no such model. The models are: {known}.",
                es=f"No existe ese modelo. Los modelos son: {known}.",
                resource=f"models/{name}",
            )
        return entry

    def stand_in(self, entry: Entry) -> Entry | None:
        """What speaks in the place of a model that is not installed."""
        return None if entry.engine or self.fallback is None else self.entries[self.fallback]

    def choose(self, name: str, *, cloning: bool) -> Choice:
        """The engine for a request that names a model, or "" for the default. A stand-in never clones."""
        entry = self.get(name or self.default)
        speaker = (None if cloning else self.stand_in(entry)) or entry
        if speaker.engine is None:
            raise ServiceError(
                Reason.MODEL_NOT_INSTALLED,
                en=f"The model {entry.name} is not installed. {entry.en}",
                es=f"El modelo {entry.name} no está instalado. {entry.es}",
                resource=f"models/{entry.name}",
            )
        if speaker.info is None:
            raise not_ready()
        return Choice(speaker.engine, entry.name, "" if speaker is entry else f"{entry.name} is not installed")

    def can_speak(self) -> bool:
        """Whether a request that names no model would be taken."""
        entry = self.entries[self.default]
        engine = (self.stand_in(entry) or entry).engine
        return engine is not None and engine.state.serves
