"""The door: a text in, segments to be spoken out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from service.text.cuts import Cut, Parts, cut_after, find_cuts, write
from service.text.lexicon import Lexicon, annotate, leave_words, shipped
from service.text.limits import MAX_CHARACTERS, Limits, measure
from service.text.pauses import check_pauses, split_at_pauses
from service.text.pieces import Piece
from service.text.prepared import Prepared, Segment, Word
from service.text.regions import find_region
from service.text.script import Passage
from service.text.segmenting import segment, settle_runs
from service.text.settling import settle
from service.text.ssml import read_ssml
from service.text.tables import table
from service.text.unfinished import leave_unfinished

TARGET_CHARACTERS = 120


def prepare(
    text: str,
    language: str = "es-419",
    *,
    ssml: bool = False,
    lexicons: Sequence[Lexicon] | None = None,
    split: bool = True,
    target_characters: int | None = None,
    max_characters: int = MAX_CHARACTERS,
    cost: Callable[[str], int] = len,
    max_cost: int = 10**9,
    start: int = 0,
    more: bool = False,
) -> Prepared:
    """Normalises a text and cuts it into segments of at most `max_characters` and `max_cost`.

    `language` is a BCP-47 tag of Spanish. `lexicons`, the first before the others, replace our own. With `split`
    sentences are cut apart, and long ones near the target; without, cuts are made only where a limit demands it.
    ServiceError if the language is another, or, about the field `text`, if the text asks for what there is not.

    What lies before `start`, where a sentence starts, is read but not given. With `more` the text ends after a whole
    word and goes on: only the first segments are given, those that no more of it can change.
    """
    region = find_region(language)
    target = settle_target(target_characters, max_characters)
    limits = Limits(max_characters, cost, max_cost)
    lexicons = (shipped(),) if lexicons is None else lexicons
    said: list[Parts] = []
    segments: list[Segment] = []
    lead = 0.0
    text = leave_unfinished(text) if more else text
    passages = list(check_pauses(read_ssml(text, region) if ssml else split_at_pauses(text, region)))
    for passage in passages:
        goes_on = more and passage is passages[-1]
        parts = [part for part in _read(passage, lexicons, more=goes_on) if part.piece.start >= start]
        runs = _cut(parts, limits, target if split else None, opening=not said and not start, more=goes_on)
        said += runs
        segments += _place(runs, passage)
        if passage.pause and not segments:
            lead += passage.pause
        elif passage.pause and not runs:
            segments[-1] = replace(segments[-1], pause_after=segments[-1].pause_after + passage.pause)
    if more:
        said, segments = said[:-1], segments[:-1]
    elif segments:
        segments[-1] = replace(segments[-1], pause_after=max(segments[-1].pause_after, _silence("end")))
    if segments and not start:  # what comes later was told as the pause of the segment before
        segments[0] = replace(segments[0], pause_before=lead)
    return Prepared(tuple(segments), _join(said, segments), target)


def settle_target(asked: int | None, max_characters: int = MAX_CHARACTERS) -> int:
    """The length of a segment that is aimed for: never more than the longest."""
    return max(1, min(asked or TARGET_CHARACTERS, max_characters))


def _read(passage: Passage, lexicons: Sequence[Lexicon], *, more: bool) -> Parts:
    """What is said of a passage; of one that goes on, what no more of it can change."""
    passage = annotate(passage, lexicons)
    if more:
        passage = leave_words(passage, max(lexicon.reach for lexicon in lexicons) if lexicons else 0)
    return find_cuts(settle(passage, more=more))


def _cut(parts: Parts, limits: Limits, target: int | None, *, opening: bool, more: bool) -> list[Parts]:
    """The parts in runs near the target; without one, cut only where a limit demands it."""
    if target is None:
        return [] if more else list(limits.fit(parts))
    return (settle_runs if more else segment)(parts, limits, target, opening=opening)


def _place(runs: Sequence[Parts], passage: Passage) -> Iterator[Segment]:
    """The runs of a passage as segments, each with the pause that what follows asks for."""
    for index, run in enumerate(runs):
        last = index == len(runs) - 1
        pause = passage.pause if last else None
        cut = cut_after(run) if last else runs[index + 1][0].cut
        name = cut.name.lower() if cut >= Cut.CLAUSE else "word"
        yield _segment(run, _silence(name) if pause is None else pause, passage.rate)


def _join(runs: Sequence[Parts], segments: Sequence[Segment]) -> str:
    """The segments with a space between two, unless they are one word."""
    spaces = ("" if run[0].cut is Cut.GLUED else " " for run in runs)
    return "".join(space + segment.text for space, segment in zip(spaces, segments, strict=True)).lstrip()


def _segment(run: Parts, pause: float, rate: float) -> Segment:
    first, last = run[0].piece, run[-1].piece
    words = tuple(_word(part.piece, end) for part, end in zip(run, measure(run), strict=True) if part.is_word)
    return Segment(write(run), first.start, last.end - first.start, pause, words, rate)


def _word(piece: Piece, end: int) -> Word:
    size = len(piece.text)
    return Word(end - size, size, piece.start, piece.end - piece.start, piece.rule, piece.tied, piece.phonemes)


def _silence(name: str) -> float:
    """Seconds of silence at a cut, or at the `end` of the text."""
    seconds: float = table().mapping("pauses")[name]
    return seconds
