"""A passage read until reading what is said of it changes nothing: what one rule says, another may know."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from service.text.pieces import Piece
from service.text.reading import read
from service.text.regions import Region
from service.text.script import CUE, Cue, Passage, share
from service.text.source import clean
from service.text.tokens import Gap, scan

_MOST_READINGS = 4


def settle(passage: Passage) -> list[Piece]:
    """Everything that is said of a passage: read on its own, none of it would be said otherwise."""
    pieces = _read(passage)
    for _ in range(_MOST_READINGS):
        again = _read(_write(pieces, passage.region))
        if _texts(again) == _texts(pieces):
            break
        pieces = _carry_over(pieces, again)
    return pieces


def _read(passage: Passage) -> list[Piece]:
    return read(scan(clean(passage), passage.region))


def _texts(pieces: Sequence[Piece]) -> list[str]:
    return [piece.text if piece.gap is Gap.NONE else f" {piece.text}" for piece in pieces]


def _write(pieces: Sequence[Piece], region: Region) -> Passage:
    """What is said as a passage, each character with its share of the span its piece came from."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    cues: list[Cue] = []
    for piece in pieces:
        text = piece.text
        if piece.phonemes:
            text = CUE
            cues.append(Cue(piece.text, piece.text, piece.rule, piece.phonemes))
        bounds = share(piece.start, piece.end, len(text))
        if piece.gap is not Gap.NONE:
            text, bounds = f" {text}", [piece.start, *bounds]
        chars.append(text)
        starts += bounds[:-1]
        ends += bounds[1:]
    return Passage("".join(chars), starts, ends, region, tuple(cues))


def _carry_over(pieces: Sequence[Piece], again: Sequence[Piece]) -> list[Piece]:
    """The second reading, with what only the first knew: where lines broke, and how words that stay were read."""
    known = {(piece.text, piece.start, piece.end): piece for piece in pieces}
    breaks = deque(piece for piece in pieces if piece.gap >= Gap.LINE)
    out = []
    for piece in again:
        gap = piece.gap
        while gap is not Gap.NONE and breaks and breaks[0].start <= piece.start:
            gap = max(gap, breaks.popleft().gap)
        same = known.get((piece.text, piece.start, piece.end), piece)
        out.append(replace(piece, gap=gap, rule=same.rule, tied=same.tied))
    return out
