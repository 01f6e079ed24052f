"""Punctuation: which marks are kept, and how Spanish writes them."""

from service.text.numerals import say_integer
from service.text.pieces import CLAUSES, CLOSERS, DASH, ENDERS, OPENERS, Piece
from service.text.tokens import Gap, Kind, Tokens

_SAME = str.maketrans("[]„‟‹›–―‒‐‑。、‥؟⸺→⇒", "()““«»———--.,…?———")
_KEPT = frozenset((*OPENERS, *CLOSERS, *ENDERS, *CLAUSES, DASH, "-"))
_BULLETS = "-*+•·–▪◦●‣→►>"
_MAX_LISTED = 3  # digits of "12." before an item of a list


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


def read_table_bar(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """The bar between two cells is a comma; at the ends of a row it is nothing."""
    bar, following = tokens[index], tokens[index + 1]
    if not bar.is_mark("|"):
        return None
    ends = bar.gap >= Gap.LINE or following.gap >= Gap.LINE
    return [] if ends else [Piece(",", bar.start, bar.end, Gap.NONE)], index + 1


def read_mark(tokens: Tokens, index: int) -> list[Piece]:
    """The mark as it is kept, or nothing."""
    token = tokens[index]
    text = token.text.translate(_SAME)
    if text == '"':
        text = _quote(tokens, index)
    elif text == "-":
        text = _hyphen(tokens, index)
    return [Piece(text, token.start, token.end, Gap.NONE)] if text and text in _KEPT else []


def _quote(tokens: Tokens, index: int) -> str:
    token, before, after = tokens[index], tokens[index - 1], tokens[index + 1]
    if after.glued and (not token.glued or before.is_mark(OPENERS + DASH)):
        return "“"
    return "”" if token.glued else ""


def _hyphen(tokens: Tokens, index: int) -> str:
    """A hyphen joins two words; alone or repeated it is a dash."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if token.glued and before.is_mark("-"):
        return ""
    if not token.glued or (after.glued and after.is_mark(f"-{ENDERS}{CLAUSES}")):
        return DASH
    return "-" if before.kind is Kind.WORD and after.kind is Kind.WORD and after.glued else ""
