"""Sentences into segments: near a target length, the first one short, none very short."""

from collections.abc import Iterable, Iterator
from math import ceil

from service.text.cuts import Cut, Part, Parts
from service.text.limits import MAX_CHARACTERS, Limits, measure

_SHORT_SENTENCE = 25  # characters; models speak single words badly
_SHORTEST_CLAUSE = 20
_LONGEST_OPENING = 120  # a sentence loses its melody when it is cut
_IDEAL_OPENING = 60


def segment(parts: Parts, limits: Limits, target: int, *, opening: bool = True) -> list[Parts]:
    """Runs to be spoken one after another. `target` is in characters; with `opening` the first run starts a speech."""
    runs = _make_runs(parts, limits, target)
    return _open_first(runs, limits) if opening else runs


def settle_runs(parts: Parts, limits: Limits, target: int, *, opening: bool = True) -> list[Parts]:
    """Of a text that goes on: the first runs, which no more of it can change, and the start of one after them.

    That one starts a sentence, so that what follows can be cut without knowing what came before. A word of over a
    hundred letters may still give the last run another end.
    """
    runs = _make_runs(parts, limits, target)
    if not runs:
        return []
    *_, tail = _sentences(parts)
    count = min(sum(run[-1].piece.start < tail[0].piece.start for run in runs), len(runs) - 1)
    if count and _may_grow(runs[count - 1], tail, runs[count][0].cut, target):
        count -= 1
    while count and runs[count][0].cut < Cut.SENTENCE:
        count -= 1
    return _open_first(runs[: count + 1], limits) if opening and count else runs[: count + 1]


def _make_runs(parts: Parts, limits: Limits, target: int) -> list[Parts]:
    clauses = (run for sentence in _sentences(parts) for run in _clauses(sentence, target))
    return _join_short([run for clause in _sayable(clauses) for run in limits.fit(clause)], limits, target)


def _open_first(runs: list[Parts], limits: Limits) -> list[Parts]:
    return [run for opening in runs[:1] for part in _open(opening) for run in limits.fit(part)] + runs[1:]


def _may_grow(run: Parts, tail: Parts, cut: Cut, target: int) -> bool:
    """Whether a run can be joined with what begins the sentence after it, of which `tail` is known so far."""
    ends = measure(tail)
    stops = (stop for stop in range(1, len(tail)) if tail[stop].cut >= Cut.CLAUSE)
    shortest = tail[: next((stop for stop in stops if ends[stop - 1] >= _SHORTEST_CLAUSE), len(tail))]
    short = _is_short(run) or _is_short(shortest)
    return short and cut < Cut.PARAGRAPH and measure([*run, *shortest])[-1] <= target


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
