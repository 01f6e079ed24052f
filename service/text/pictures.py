"""Emoji read aloud: named once for each run."""

from service.text.emojis import names
from service.text.pieces import ENDERS, Piece, say
from service.text.tokens import Gap, Kind, Tokens

_MOST_NAMED = 3
_MOST_MARKS = 4


def read_emoji(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Names a run of emoji, after a comma where it ends a phrase; before a line it is a bullet and says nothing."""
    stop = index + 1
    while tokens[stop].kind is Kind.PICTURE and tokens[stop].gap <= Gap.SPACE:
        stop += 1
    goes_on = tokens[stop].kind in (Kind.WORD, Kind.DIGITS) and tokens[stop].gap <= Gap.SPACE
    opens = _opens_line(tokens, index)
    if opens and goes_on:
        return [], stop
    pieces: list[Piece] = []
    for name, at in _distinct(tokens, index, stop):
        token = tokens[at]
        if pieces or not (goes_on or opens or tokens[index - 1].is_mark(ENDERS)):
            pieces.append(Piece(",", token.start, token.start, Gap.NONE))
        pieces += say(name, [token])
    if pieces and goes_on and tokens[index - 1].is_mark(ENDERS):
        pieces.append(Piece(".", pieces[-1].end, pieces[-1].end, Gap.NONE))
    return pieces, stop


def _opens_line(tokens: Tokens, index: int) -> bool:
    """Whether at most a few marks, or the number of an item, stand before on the line."""
    for at in range(index, index - _MOST_MARKS, -1):
        if tokens[at].gap >= Gap.LINE:
            return True
        if tokens[at - 1].kind not in (Kind.MARK, Kind.DIGITS):
            return False
    return False


def _distinct(tokens: Tokens, index: int, stop: int) -> list[tuple[str, int]]:
    """The first few different names of a run, each with the index of its first token."""
    found: dict[str, int] = {}
    for at in range(index, stop):
        name = names().get(tokens[at].text, "")
        if name and len(found) < _MOST_NAMED:
            found.setdefault(name, at)
    return list(found.items())
