"""The door: a text in, segments to be spoken out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from service.text.cuts import Cut, Parts, find_cuts, write
from service.text.limits import MAX_CHARACTERS, Limits, measure
from service.text.pieces import Piece
from service.text.reading import settle
from service.text.regions import find_region
from service.text.segmenting import segment
from service.text.tables import table

TARGET_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `start` of a segment's text, and the span of the caller's text it came from, in code points.

    A `tied` word came from the same expression as the one before. `rule` read it; "" if nothing changed it.
    """

    start: int
    length: int
    offset: int
    source_length: int
    rule: str = ""
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text spoken in one go, and the silence after it in seconds.

    `offset` and `length` are the span of the caller's text it came from, in code points.
    """

    text: str
    offset: int
    length: int
    pause_after: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text ready to be spoken. No segment: there is nothing to say.

    `text` is all that is said, `target_characters` the target that was in force.
    """

    segments: tuple[Segment, ...]
    text: str
    target_characters: int

    @property
    def character_count(self) -> int:
        """Characters that are spoken, those between segments apart."""
        return sum(len(segment.text) for segment in self.segments)


def prepare(
    text: str,
    language: str = "es-419",
    *,
    split: bool = True,
    target_characters: int | None = None,
    cost: Callable[[str], int] = len,
    max_cost: int = 10**9,
) -> Prepared:
    """Normalises a text and cuts it into segments of at most MAX_CHARACTERS and `max_cost`.

    `language` is a BCP-47 tag of Spanish. With `split` sentences are cut apart, and long ones near the target;
    without, cuts are made only where a limit demands it. ServiceError if the language is another.
    """
    region = find_region(language)
    target = max(1, min(target_characters or TARGET_CHARACTERS, MAX_CHARACTERS))
    limits = Limits(cost, max_cost)
    parts = find_cuts(settle(text, region))
    runs = segment(parts, limits, target) if split else list(limits.fit(parts))
    segments = tuple(_segment(run, after) for run, after in zip(runs, chain(runs[1:], [None]), strict=False))
    return Prepared(segments, _join(runs, segments), target)


def _join(runs: Sequence[Parts], segments: Sequence[Segment]) -> str:
    """The segments with a space between two, unless they are one word."""
    spaces = ("" if run[0].cut is Cut.GLUED else " " for run in runs)
    return "".join(space + segment.text for space, segment in zip(spaces, segments, strict=True)).lstrip()


def _segment(run: Parts, after: Parts | None) -> Segment:
    first, last = run[0].piece, run[-1].piece
    return Segment(
        text=write(run),
        offset=first.start,
        length=last.end - first.start,
        pause_after=_pause(after[0].cut if after else None),
        words=tuple(_word(part.piece, end) for part, end in zip(run, measure(run), strict=True) if part.is_word),
    )


def _word(piece: Piece, end: int) -> Word:
    size = len(piece.text)
    return Word(end - size, size, piece.start, piece.end - piece.start, piece.rule, piece.tied)


def _pause(cut: Cut | None) -> float:
    """Seconds of silence at a cut, or at the end of the text for None."""
    name = "end" if cut is None else cut.name.lower() if cut >= Cut.CLAUSE else "word"
    seconds: float = table().mapping("pauses")[name]
    return seconds
