"""What the engine is asked to do. Values only; nothing here changes once made."""

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

MAX_LEAD = 30.0
"""Played seconds that audio may be ahead of its listener: what is made while there is room, nobody lacks later."""

Samples = NDArray[np.float32]
"""Mono audio, shape [n], in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A voice the model brings with it, by the model's own name for it."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording to imitate. `digest` is the SHA-256 of what the caller sent."""

    samples: Samples
    sample_rate: int
    digest: str


VoiceSource = Preset | Clip


@dataclass(frozen=True, slots=True)
class Sampling:
    """Knobs of the acoustic model. None leaves the model's own default."""

    temperature: float | None = None
    exaggeration: float | None = None
    cfg_weight: float | None = None
    min_p: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None


class Priority(IntEnum):
    """Whom a request keeps waiting; the least goes first."""

    INTERACTIVE = 0
    """Someone is listening."""
    STANDARD = 1
    """Someone is waiting."""
    BATCH = 2
    """Nobody is waiting."""

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Job:
    """One request: everything but its text. Times are in seconds.

    `speaking_rate` is applied after the engine; it is here because the engine counts played time. At `deadline`, on
    the engine's clock, the caller gives up.
    """

    request_id: str
    caller: str
    voice: VoiceSource
    language: str
    seed: int
    sampling: Sampling = field(default_factory=Sampling)
    speaking_rate: float = 1.0
    max_lead: float = MAX_LEAD
    priority: Priority = Priority.INTERACTIVE
    deadline: float = math.inf


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How characters of a segment's text, `length` from `offset`, are said, in IPA."""

    offset: int
    length: int
    phonemes: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text spoken in one go, and the silence before and after it in seconds.

    `rate` is its own speed, beside that of its job; `pronunciations` are for models that take phonemes.
    """

    text: str
    pause_after: float = 0.0
    pause_before: float = 0.0
    rate: float = 1.0
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A segment with all that the model needs to speak it. Two rows never share anything that changes.

    `conditioning` is what the same model's `enrol` returned. Compared and hashed by identity.
    """

    text: str
    language: str
    conditioning: object
    sampling: Sampling
    seed: int
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True)
class WordTime:
    """When a word of the segment's text is said, in samples from the segment's start at the model's rate."""

    offset: int
    length: int
    start_sample: int
    end_sample: int
