"""Sentences into segments: near a target length, the first one short, none very short."""

from collections.abc import Iterable, Iterator
from math import ceil

from service.text.cuts import Cut, Part, Parts
from service.text.limits import MAX_CHARACTERS, Limits, measure

_SHORT_SENTENCE = 25  # characters; models speak single words badly
_SHORTEST_CLAUSE = 20
_LONGEST_OPENING = 120  # a sentence loses its melody when it is cut
_IDEAL_OPENING = 60


def segment(parts: Parts, limits: Limits, target: int, *, opening: bool) -> list[Parts]:
    """Runs to be spoken one after another. `target` is in characters; an `opening` starts with a short one."""
    clauses = (run for sentence in _sentences(parts) for run in _clauses(sentence, target))
    runs = [run for clause in _sayable(clauses) for run in limits.fit(clause)]
    runs = _join_short(runs, limits, target)
    if runs and opening:
        runs[:1] = [run for opening in _open(runs[0]) for run in limits.fit(opening)]
    return runs


def _sentences(parts: Parts) -> Iterator[Parts]:
    start = 0
    for index in range(1, len(parts) + 1):
        if index == len(parts) or parts[index].cut >= Cut.SENTENCE:
            yield parts[start:index]
            start = index


def _sayable(runs: Iterable[Parts]) -> Iterator[Parts]:
    """The runs with words; the one after a silent run takes its pause."""
    cut = Cut.GLUED
    for run in runs:
        cut = max(cut, run[0].cut)
        if any(part.is_word for part in run):
            yield [Part(run[0].piece, cut), *run[1:]]
            cut = Cut.GLUED


def _clauses(sentence: Parts, target: int) -> Iterator[Parts]:
    """A sentence, if longer than the target cut into about even runs between clauses."""
    ends = measure(sentence) if sentence else [0]
    start, offset = 0, 0
    while ends[-1] - offset > target:
        remaining = ends[-1] - offset
        stop = _best_clause(sentence, ends, start, remaining / ceil(remaining / target), target)
        if stop is None:
            break
        yield sentence[start:stop]
        start, offset = stop, ends[stop] - len(sentence[stop].piece.text)
    yield sentence[start:]


def _best_clause(parts: Parts, ends: list[int], start: int, ideal: float, longest: int) -> int | None:
    """The cut between clauses that gives a run nearest the ideal length, if possible not beyond `longest`."""
    offset = ends[start] - len(parts[start].piece.text)
    best, lowest = None, float("inf")
    for stop in range(start + 1, len(parts)):
        length, rest = ends[stop - 1] - offset, ends[-1] - ends[stop - 1] - 1
        if rest < _SHORTEST_CLAUSE or (length > MAX_CHARACTERS and best is not None):
            break
        if parts[stop].cut < Cut.CLAUSE or length < _SHORTEST_CLAUSE:
            continue
        score = abs(length - ideal) + (longest if length > longest else 0)
        if score < lowest:
            best, lowest = stop, score
    return best


def _join_short(runs: list[Parts], limits: Limits, target: int) -> list[Parts]:
    joined: list[Parts] = []
    for run in runs:
        if joined and (_is_short(joined[-1]) or _is_short(run)) and _may_join(joined[-1], run, limits, target):
            joined[-1] = [*joined[-1], *run]
        else:
            joined.append(run)
    return joined


def _is_short(run: Parts) -> bool:
    return measure(run)[-1] < _SHORT_SENTENCE


def _may_join(left: Parts, right: Parts, limits: Limits, target: int) -> bool:
    both = [*left, *right]
    return right[0].cut < Cut.TURN and measure(both)[-1] <= target and limits.hold(both)


def _open(run: Parts) -> list[Parts]:
    """A first run that starts soon: cut at a clause if it is long."""
    ends = measure(run)
    stop = _best_clause(run, ends, 0, _IDEAL_OPENING, _LONGEST_OPENING) if ends[-1] > _LONGEST_OPENING else None
    if stop is None or ends[stop - 1] > _LONGEST_OPENING:
        return [run]
    return [run[:stop], run[stop:]]
