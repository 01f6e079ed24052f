"""Where a text may be cut, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from service.text.pieces import CLAUSES, CLOSERS, DASH, ENDERS, Piece
from service.text.tokens import Gap

_MAX_MARKS = 4  # marks in a row that are looked through


class Cut(IntEnum):
    """What lies before a piece, from the worst place to cut to the best."""

    GLUED = 0
    TIED = 1
    WORD = 2
    CLAUSE = 3
    SENTENCE = 4
    ELLIPSIS = 5
    LINE = 6
    ITEM = 7
    TURN = 8
    PARAGRAPH = 9
    HEADING = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A piece and what lies before it."""

    piece: Piece
    cut: Cut

    @property
    def is_word(self) -> bool:
        return self.piece.is_word


Parts = Sequence[Part]


def find_cuts(pieces: Sequence[Piece]) -> list[Part]:
    """Every piece with what lies before it. The first starts a paragraph."""
    return [Part(piece, _cut_before(pieces, index)) for index, piece in enumerate(pieces)]


def write(parts: Parts) -> str:
    """The parts as text."""
    return "".join(separator(parts, index) + part.piece.text for index, part in enumerate(parts))


def separator(parts: Parts, index: int) -> str:
    """What is written between a part and the one before."""
    return " " if index and parts[index].piece.gap is not Gap.NONE else ""


def cut_after(parts: Parts) -> Cut:
    """What the last marks of some parts would be before more of the same line."""
    mark, _ = _mark_before([part.piece for part in parts], len(parts))
    if mark.text == "…":
        return Cut.ELLIPSIS
    return Cut.SENTENCE if mark.is_mark(ENDERS) else Cut.CLAUSE if mark.is_mark(CLAUSES + DASH) else Cut.WORD


def _cut_before(pieces: Sequence[Piece], index: int) -> Cut:
    piece = pieces[index]
    if index == 0:
        return Cut.PARAGRAPH
    if piece.gap >= Gap.LINE:
        return Cut[piece.gap.name]
    if piece.gap is Gap.NONE:
        return Cut.GLUED
    if piece.tied:
        return Cut.TIED
    mark, closed = _mark_before(pieces, index)
    if mark.is_mark(ENDERS):
        if _goes_on(pieces, index, mark, closed):
            return Cut.CLAUSE
        return Cut.ELLIPSIS if mark.text == "…" else Cut.SENTENCE
    if closed or piece.holds or mark.is_mark(CLAUSES + DASH) or piece.is_mark(DASH):
        return Cut.CLAUSE
    return Cut.WORD


def _mark_before(pieces: Sequence[Piece], index: int) -> tuple[Piece, bool]:
    """The last piece before `index` that closes nothing, and whether something was closed after it."""
    at = index - 1
    while at > max(0, index - _MAX_MARKS) and pieces[at].is_mark(CLOSERS + DASH) and pieces[at].gap is Gap.NONE:
        at -= 1
    return pieces[at], at < index - 1


def _goes_on(pieces: Sequence[Piece], index: int, mark: Piece, closed: bool) -> bool:
    """Whether the sentence goes on after a mark that ends most."""
    following = next((piece for piece in pieces[index : index + _MAX_MARKS] if piece.is_word), None)
    if following is None or not following.text[0].islower() or pieces[index].is_mark("¿¡"):
        return False
    return closed or mark.text == "…" or pieces[index].is_mark(DASH)
