"""Telephone and account numbers: digit by digit, a comma between groups."""

from service.text.numerals import say_code
from service.text.pieces import Piece
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MAX_GROUPS = 6
_DIGITS = range(7, 20)
_YEARS = range(1000, 2200)


def read_telephone(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "55 1234 5678", "555-1234", or any long number after "teléfono" or "marque"."""
    if tokens[index].kind is not Kind.DIGITS:
        return None
    groups = _groups(tokens, index)
    pieces: list[Piece] = []
    if not _is_telephone(tokens, index, [tokens[at] for at in groups]):
        return None
    for at in groups:
        if pieces:
            pieces.append(Piece(",", tokens[at].start, tokens[at].start, Gap.NONE))
        pieces += say_code(tokens[at])
    return pieces, groups[-1] + 1


def _groups(tokens: Tokens, index: int) -> list[int]:
    """Indexes of groups of digits with a space or a hyphen between."""
    groups, at = [index], index + 1
    while len(groups) < _MAX_GROUPS:
        if tokens[at].is_mark("-") and tokens[at].glued and tokens[at + 1].glued:
            at += 1
        elif tokens[at].gap is not Gap.SPACE:
            break
        if tokens[at].kind is not Kind.DIGITS or len(tokens[at].text) > 5:
            break
        groups.append(at)
        at += 1
    return groups


def _is_telephone(tokens: Tokens, index: int, groups: list[Token]) -> bool:
    sizes = [len(group.text) for group in groups]
    if sum(sizes) not in _DIGITS:
        return False
    if _has_cue(tokens, index):
        return True
    if len(groups) < 2 or sizes[-1] != 4 or sizes[-2] not in (3, 4):
        return False
    if len(groups) == 2 and all(int(group.text) in _YEARS for group in groups):
        return False
    return len(groups) > 2 or groups[1].glued


def _has_cue(tokens: Tokens, index: int) -> bool:
    """Whether one of the three words or marks before says that a telephone follows."""
    for at in range(index - 1, index - 4, -1):
        if tokens[at].kind is Kind.WORD and table().has("telephone_cues", tokens[at].text.lower()):
            return True
    return False
