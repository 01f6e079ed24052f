"""Punctuation: which marks are kept, and how Spanish writes them."""

from dataclasses import replace

from service.text.numerals import say_integer
from service.text.pieces import CLAUSES, CLOSERS, DASH, ENDERS, OPENERS, Piece
from service.text.tokens import Gap, Kind, Token, Tokens

_SAME = str.maketrans("[{]}„‟‹›–―‒‐‑。、‥؟⸺", "(())““«»———--.,…?—")
_KEPT = frozenset(OPENERS + CLOSERS + ENDERS + CLAUSES + DASH)
_BULLETS = "-*•·–▪◦●‣>"
_MAX_LISTED = 3  # digits of "12." before an item of a list
_MAX_OPENERS = 3


def read_list_marker(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Bullets are not said; "2. Pan" is "dos, Pan"."""
    token, point = tokens[index], tokens[index + 1]
    if token.gap < Gap.LINE:
        return None
    if token.is_mark(_BULLETS) and point.gap is Gap.SPACE:
        return [], index + 1
    numbered = token.kind is Kind.DIGITS and len(token.text) <= _MAX_LISTED and point.glued and point.is_mark(".)")
    if not numbered or tokens[index + 2].gap is not Gap.SPACE:
        return None
    return [*say_integer(tokens, index), Piece(",", point.start, point.end, Gap.NONE)], index + 2


def read_mark(tokens: Tokens, index: int) -> list[Piece]:
    """The mark as it is kept, or nothing."""
    token, following = tokens[index], tokens[index + 1]
    text = token.text.translate(_SAME)
    if text == '"':
        text = _quote(token, following)
    if text in ("-", DASH):
        return _dash(tokens, index, text)
    if text not in _KEPT:
        return []
    return [Piece(text, token.start, token.end, Gap.NONE, holds=text in OPENERS)]


def _quote(token: Token, following: Token) -> str:
    if not token.glued and following.glued:
        return "“"
    return "”" if token.glued else ""


def _dash(tokens: Tokens, index: int, text: str) -> list[Piece]:
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if text == "-" and token.glued and (after.glued or before.is_mark("-")):
        joins = before.kind is Kind.WORD and after.kind is Kind.WORD
        return [Piece(text, token.start, token.end, Gap.NONE, holds=True)] if joins else []
    if text == "-" and token.glued:
        return []
    opens = not token.glued and (after.glued or token.gap >= Gap.LINE)
    return [Piece(DASH, token.start, token.end, Gap.NONE if token.glued else Gap.SPACE, holds=opens)]


def append_mark(pieces: list[Piece], mark: Piece, gap: Gap) -> Gap:
    """Adds a mark after `gap`, unless it repeats or has nothing to stand by. Returns the gap still to come."""
    last = pieces[-1] if pieces else None
    if mark.holds:
        return _append_opening(pieces, mark, gap)
    if last is None or gap >= Gap.LINE or last.holds:
        return gap
    if last.text == mark.text or (_points(last) and _points(mark) and not _pairs(pieces, mark)):
        text = "…" if last.text == mark.text == "." and gap is Gap.NONE else last.text
        pieces[-1] = replace(last, text=text, end=mark.end)
        return Gap.NONE
    pieces.append(mark)
    return Gap.NONE


def _append_opening(pieces: list[Piece], mark: Piece, gap: Gap) -> Gap:
    last = pieces[-1] if pieces else None
    if last is not None and last.text == mark.text and last.holds and gap < Gap.LINE:
        pieces[-1] = replace(last, end=mark.end)
        return Gap.NONE
    if len(pieces) >= _MAX_OPENERS and all(piece.holds for piece in pieces[-_MAX_OPENERS:]):
        return gap
    glued = mark.text == "-" or (last is not None and last.holds and gap < Gap.LINE)
    pieces.append(replace(mark, gap=Gap.NONE if glued else max(gap, Gap.SPACE)))
    return Gap.NONE


def _points(piece: Piece) -> bool:
    return piece.is_mark(ENDERS + CLAUSES)


def _pairs(pieces: list[Piece], mark: Piece) -> bool:
    """Whether a second mark may follow: "?!", "?…", "!,"."""
    last = pieces[-1]
    if len(pieces) > 1 and _points(pieces[-2]):
        return False
    return last.is_mark("!?") or mark.is_mark("!?")
