"""The seam between the engine and the models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from service.engine.jobs import Row, Samples, VoiceSource, WordTime
from service.errors import ServiceError


class Watermark(Protocol):
    """Marks the audio of one stream, at the model's rate. Called off the engine's thread, in order."""

    def mark(self, samples: Samples) -> Samples:
        """The marked samples that are certain by now, possibly none."""
        ...

    def finish(self) -> Samples:
        """The rest: in all as many samples as came in."""
        ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is and can do.

    `cost` measures a text in the unit of `max_cost`, the most one row may have. `slots` rows may be open
    at once and `render_batch` windows go into one `render`. `options` are the fields of GenerationOptions it honours,
    `phonemes` the symbols of IPA that it can say. `watermark` opens one for a stream; None for a model that leaves no
    mark.
    """

    name: str
    family: str
    display_name: str
    revision: str
    languages: tuple[str, ...]
    sample_rate: int
    device: str
    cost: Callable[[str], int]
    max_cost: int
    slots: int
    render_batch: int = 1
    options: frozenset[str] = frozenset()
    can_clone: bool = False
    has_word_times: bool = False
    phonemes: frozenset[str] = frozenset()
    watermark: Callable[[], Watermark] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A run of a row's audio that can be rendered now. Its bounds depend on token indexes only, never on load."""

    row: Row
    index: int


class Ending(Enum):
    """Why a row's audio ends where it does. All but COMPLETE may have left out the end of its text."""

    COMPLETE = "complete"
    LENGTH = "length"
    """It reached the most tokens that a row, or its text, may have."""
    SILENCE = "silence"
    """It fell silent and did not stop."""
    REPETITION = "repetition"
    """It said the same few tokens over and over."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one call gave for a window: audio, or none yet while the window is still due.

    `last` closes the row; then `tokens`, `ending` and `words` tell of the whole row, or `error` why it failed.
    """

    row: Row
    samples: Samples
    last: bool
    tokens: int = 0
    ending: Ending = Ending.COMPLETE
    words: tuple[WordTime, ...] = ()
    error: ServiceError | None = None


class Model(Protocol):
    """Turns rows into audio. Called from one thread only; a call is one unit of work and is never interrupted.

    Any exception fails the rows of that call and no others. A row that fails alone, one without tokens for instance,
    wants no more tokens, is due, and is told by `render` with an `error`.
    """

    @property
    def info(self) -> ModelInfo: ...

    def warm_up(self) -> Row | None:
        """Called once, before any other: does what would make the first row slower than those after it.

        A row to time the model with, in every slot at once; None if traffic may as well tell.
        """
        ...

    def enrol(self, source: VoiceSource) -> object:
        """Conditioning for a voice: opaque, immutable, shared by rows. ServiceError if the source cannot be used."""
        ...

    def open(self, row: Row) -> bool:
        """Takes a slot. True if the row has tokens to decode; False if its windows are due at once."""
        ...

    def drop(self, row: Row) -> None:
        """Frees the slot of a row, finished or not."""
        ...

    def decode(self, rows: Sequence[Row]) -> Sequence[bool]:
        """One token for each row. True for a row that wants more."""
        ...

    def due(self) -> Sequence[Window]:
        """The windows ready to be rendered, oldest row first; the engine orders them by urgency."""
        ...

    def render(self, windows: Sequence[Window]) -> Sequence[Rendered]:
        """A bounded piece of work on at most `render_batch` windows; a window may take several calls."""
        ...

    def sleep(self) -> None:
        """Frees the accelerator's memory. No row is open. Called only if `info.device` is not "cpu"."""
        ...

    def wake(self) -> None:
        """Undoes `sleep`, whole or broken off. If it fails the model is asleep still, and may be woken again."""
        ...
