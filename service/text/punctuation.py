"""The marks between two words, written the one way Spanish writes them: what is written is read back the same."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from service.text.pieces import CLAUSES, CLOSERS, DASH, ENDERS, OPENERS, Piece
from service.text.tokens import Gap

_MOST_OPENERS = 3
_MOST_CLOSERS = 4
_TONES = "?!"
_DOTS = re.compile(r"\.{2,}")
_HYPHEN = "-"
_PAIRS = dict(zip(")»”", "(«“", strict=True))


def punctuate(pieces: Iterable[Piece]) -> list[Piece]:
    """Words and marks as they came, each with the gap before it, as they are to be written."""
    out: list[Piece] = []
    marks: list[Piece] = []
    for piece in pieces:
        if piece.is_word:
            out += _write_joint(out[-1] if out else None, marks, piece)
            marks = []
        else:
            marks.append(piece)
    return out + _write_joint(out[-1], marks, None) if out else []


@dataclass(slots=True)
class _Joint:
    """What stands between two words: closing marks at the left one, a lone dash, opening marks at the right one."""

    fresh: bool
    """Whether nothing stands before on this line."""
    left: list[Piece] = field(default_factory=list)
    dash: Piece | None = None
    right: list[Piece] = field(default_factory=list)

    def add(self, mark: Piece, following: Piece | None) -> None:
        if mark.gap >= Gap.LINE:
            self.fresh, self.dash, self.right = True, None, []
        if mark.is_mark(OPENERS):
            self._open(mark)
        elif mark.is_mark(DASH):
            self._add_dash(mark, following)
        elif mark.is_mark(CLOSERS) and self.right:
            if self.right[-1].text == _PAIRS[mark.text]:
                self.right.pop()
        elif not self.fresh and not mark.is_mark(_HYPHEN):
            self.left.append(mark)

    def _open(self, mark: Piece) -> None:
        if not self.right or self.right[-1].text != mark.text:
            self.right.append(mark)

    def _add_dash(self, mark: Piece, following: Piece | None) -> None:
        glued = following is not None and following.gap is Gap.NONE
        opens = glued and following is not None and (following.is_word or following.is_mark(OPENERS))
        if self.right or self.fresh:
            if opens or not self.right:
                self._open(mark)
        elif (mark.gap is Gap.NONE or glued) and not opens:
            self.left.append(mark)
        elif opens and (mark.gap is not Gap.NONE or self.left):
            self._open(mark)
        else:
            self.dash = mark


def _write_joint(previous: Piece | None, marks: list[Piece], word: Piece | None) -> list[Piece]:
    """The marks between two words, either of which may be missing, and the second word."""
    if not marks and previous and word and word.gap < Gap.LINE:
        return [word.put(Gap.SPACE)]
    if previous and word and len(marks) == 1 and marks[0].text == _HYPHEN and marks[0].gap is word.gap is Gap.NONE:
        return [marks[0].put(Gap.NONE, holds=True), word]
    joint = _Joint(fresh=previous is None)
    followers: list[Piece | None] = [*marks, word][1:]
    for mark, following in zip(marks, followers, strict=True):
        joint.add(mark, following)
    left = _settle_closing(joint.left) if previous else []
    if word is None:
        return left
    gap = max(Gap.SPACE, word.gap, *(mark.gap for mark in marks))
    if gap >= Gap.LINE and previous and not any(mark.is_mark(ENDERS + CLAUSES) for mark in left):
        left.append(_stop_after(previous, left))
    right = [mark.put(Gap.NONE, holds=True) for mark in joint.right[:_MOST_OPENERS]]
    dash = joint.dash
    if dash and gap < Gap.LINE and not any(mark.is_mark(DASH) for mark in (*left[-1:], *right[:1])):
        left.append(dash.put(Gap.SPACE))
    if not right:
        return _in_order([*left, word.put(gap)])
    return _in_order([*left, right[0].put(gap, holds=True), *right[1:], word.put(Gap.NONE)])


def _in_order(pieces: list[Piece]) -> list[Piece]:
    """The pieces, none with a span beyond the next one's: a mark may have moved before others."""
    for at in range(len(pieces) - 2, -1, -1):
        piece, limit = pieces[at], pieces[at + 1].start
        if piece.end > limit:
            pieces[at] = replace(piece, start=min(piece.start, limit), end=limit)
    return pieces


def _stop_after(word: Piece, closing: list[Piece]) -> Piece:
    """What ends a line that has no mark: a full stop, but a letter with one would be an initial."""
    end = closing[-1].end if closing else word.end
    return Piece("." if closing or len(word.text) > 1 else ",", end, end, Gap.NONE)


def _settle_closing(marks: list[Piece]) -> list[Piece]:
    """Closing marks without repeats, and between two of them one point, or a tone and a point."""
    out: list[Piece] = []
    points: list[Piece] = []
    closers = 0
    for mark in marks:
        if not mark.is_mark(CLOSERS + DASH):
            points.append(mark)
        elif closers < _MOST_CLOSERS and (points or not out or out[-1].text != mark.text):
            out += _settle_points(points)
            out.append(mark.put(Gap.NONE))
            points, closers = [], closers + 1
    return out + _settle_points(points)


def _settle_points(points: list[Piece]) -> list[Piece]:
    """Points in a row as one: "?!" and "…," stay, "..." is "…", "!!!" is "!", ",." is "."."""
    written = _DOTS.sub("…", "".join(point.text for point in points))
    tones = "".join(tone for tone in dict.fromkeys(written) if tone in _TONES)
    if tones:
        last = written[-1] if written[-1] in f"…{CLAUSES}" else ""
        text = ("…" if written[0] == "…" else "") + tones + last
    elif "…" in written:
        text = "…" + (written[-1] if written[-1] in CLAUSES else "")
    else:
        text = "." if "." in written else written[:1]
    return [Piece(mark, points[-1 if at else 0].start, points[-1].end, Gap.NONE) for at, mark in enumerate(text)]
