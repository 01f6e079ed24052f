"""The door: a text in, segments to be spoken out."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from service.errors import Reason, ServiceError
from service.text.cuts import Cut, Parts, find_cuts, write
from service.text.limits import MAX_CHARACTERS, Limits
from service.text.reading import read
from service.text.segmenting import segment, settle
from service.text.source import clean
from service.text.tables import table
from service.text.tokens import scan

TARGET_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text spoken in one go, and the silence after it in seconds.

    `offset` and `length` are the span of the caller's text it came from, in code points.
    """

    text: str
    offset: int
    length: int
    pause_after: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text ready to be spoken. No segment: there is nothing to say.

    `character_count` counts what is spoken; `target_characters` is the target that was in force.
    """

    segments: tuple[Segment, ...]
    character_count: int
    target_characters: int


def prepare(
    text: str,
    language: str = "es-419",
    *,
    split: bool = True,
    target_characters: int | None = None,
    cost: Callable[[str], int] = len,
    max_cost: int = 10**9,
    start: int = 0,
    more: bool = False,
) -> Prepared:
    """Normalises a text and cuts it into segments of at most MAX_CHARACTERS and `max_cost`.

    `language` is a BCP-47 tag of Spanish. With `split` sentences are cut apart, and long ones near the target;
    without, cuts are made only where a limit demands it. ServiceError if the language is another.

    What lies before `start`, where a sentence starts, is read but not given. With `more` the text ends after a whole
    word and goes on: only the first segments are given, those that no more of it can change.
    """
    _check_language(language)
    target = max(1, min(target_characters or TARGET_CHARACTERS, MAX_CHARACTERS))
    limits = Limits(cost, max_cost)
    parts = [part for part in find_cuts(read(scan(clean(text), more=more))) if part.piece.start >= start]
    if more:
        runs = settle(parts, limits, target, opening=not start) if split else []
    else:
        runs = segment(parts, limits, target, opening=not start) if split else list(limits.fit(parts))
    segments = tuple(_segment(run, after) for run, after in zip(runs, chain(runs[1:], [None]), strict=False))
    segments = segments[:-1] if more else segments
    return Prepared(segments, sum(len(segment.text) for segment in segments), target)


def _check_language(language: str) -> None:
    if language.replace("_", "-").split("-")[0].lower() != "es":
        raise ServiceError(
            Reason.UNSUPPORTED_OPTION,
            en="This service reads Spanish only: use a language code such as es-419 or es-MX.",
            es="Este servicio solo lee español: usar un código de idioma como es-419 o es-MX.",
        )


def _segment(run: Parts, after: Parts | None) -> Segment:
    first, last = run[0].piece, run[-1].piece
    return Segment(write(run), first.start, last.end - first.start, _pause(after[0].cut if after else None))


def _pause(cut: Cut | None) -> float:
    """Seconds of silence at a cut, or at the end of the text for None."""
    name = "end" if cut is None else cut.name.lower() if cut >= Cut.CLAUSE else "word"
    seconds: float = table().mapping("pauses")[name]
    return seconds
