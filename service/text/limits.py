"""Hard limits: characters, and the model's own cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

from service.text.cuts import Cut, Part, Parts, separator, write
from service.text.tables import table

MAX_CHARACTERS = 280
_PENALTIES = {Cut.GLUED: 2.0, Cut.TIED: 1.0, Cut.WORD: 0.6, Cut.CLAUSE: 0.15}
_AFTER_FUNCTION_WORD = 0.2
_BEFORE_CONJUNCTION = -0.15


@dataclass(frozen=True, slots=True)
class Limits:
    """What no segment may pass. `cost` measures a text in the unit of `max_cost`."""

    max_characters: int
    cost: Callable[[str], int]
    max_cost: int

    def hold(self, parts: Parts) -> bool:
        text = write(parts)
        return len(text) <= self.max_characters and self.cost(text) <= self.max_cost

    def fit(self, parts: Parts) -> Iterator[Parts]:
        """The parts in as few runs as the limits allow, about even. What cannot be said within them is dropped."""
        if not any(part.is_word for part in parts):
            return
        text = write(parts)
        size = len(text)
        if size > self.max_characters:
            limit = self.max_characters
        elif (cost := self.cost(text)) > self.max_cost:
            limit = min(size - 1, size * max(self.max_cost, 0) // cost)
        else:
            yield parts
            return
        if size > 1:
            for run in divide(parts, max(limit, 1)):
                yield from self.fit(run)


def measure(parts: Parts) -> list[int]:
    """Where each part ends, in characters of the written text."""
    ends: list[int] = []
    end = 0
    for index, part in enumerate(parts):
        end += len(part.piece.text) + len(separator(parts, index))
        ends.append(end)
    return ends


def divide(parts: Parts, limit: int) -> Iterator[Parts]:
    """Runs of at most `limit` characters, about even, cut where it hurts least."""
    parts = [short for part in parts for short in _shorten(part, limit)]
    ends = measure(parts)
    start, offset = 0, 0
    while ends[-1] - offset > limit:
        remaining = ends[-1] - offset
        stop = _best_stop(parts, ends, start, offset, remaining / ceil(remaining / limit), limit)
        yield parts[start:stop]
        offset = ends[stop] - len(parts[stop].piece.text)
        start = stop
    yield parts[start:]


def _shorten(part: Part, limit: int) -> Iterator[Part]:
    size = len(part.piece.text)
    count = ceil(size / limit)
    if count == 1:
        yield part
        return
    for index in range(count):
        piece = part.piece.slice(index * size // count, (index + 1) * size // count)
        yield Part(piece, Cut.GLUED if index else part.cut)


def _best_stop(parts: Parts, ends: list[int], start: int, offset: int, ideal: float, limit: int) -> int:
    best, lowest = start + 1, float("inf")
    for stop in range(start + 1, len(parts)):
        length = ends[stop - 1] - offset
        if length > limit:
            break
        score = abs(length - ideal) / ideal + _penalty(parts, stop)
        if score < lowest:
            best, lowest = stop, score
    return best


def _penalty(parts: Parts, index: int) -> float:
    penalty = _PENALTIES.get(parts[index].cut, 0.0)
    if parts[index].cut is Cut.WORD:
        if table().has("function_words", parts[index - 1].piece.text.lower()):
            penalty += _AFTER_FUNCTION_WORD
        if table().has("conjunctions", parts[index].piece.text):
            penalty += _BEFORE_CONJUNCTION
    return penalty
