"""A text and its directions: what is to be read, where, how fast, and what is said otherwise than it is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import Reason, ServiceError, invalid
from service.text.regions import Region

CUE = "\ue000"
"""Stands in a passage for the next of its cues. Private use: in a caller's own text it says nothing."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said in the place of `written`: `words`, or `written` itself by its `phonemes` in IPA.

    `rule` names who asked for it.
    """

    written: str
    words: str
    rule: str
    phonemes: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of a text that is read in one way. `starts[i]` and `ends[i]` bound, in code points of the caller's text,
    what `chars[i]` was. `pause` is the silence after it in seconds, None for what its own marks give.
    """

    chars: str
    starts: Sequence[int]
    ends: Sequence[int]
    region: Region
    cues: tuple[Cue, ...] = ()
    rate: float = 1.0
    pause: float | None = None


def plain(text: str, region: Region, start: int = 0) -> Passage:
    """A text without directions, at `start` of the caller's."""
    size = len(text)
    return Passage(text.replace(CUE, " "), range(start, start + size), range(start + 1, start + size + 1), region)


def share(start: int, end: int, parts: int) -> list[int]:
    """The bounds of a span's parts, about even."""
    return [start + at * (end - start) // parts for at in range(parts + 1)] if parts else [start]


def refuse(rule: str, en: str, es: str) -> ServiceError:
    """An error about the caller's text."""
    return invalid(Reason.INVALID_FIELD, "text", rule=rule, en=en, es=es)
