"""Figures said one by one: what papers, accounts and machines are numbered with."""

from collections.abc import Container
from math import ceil

from service.text.cardinals import spell_cardinal, spell_digits
from service.text.letters import spell_letters
from service.text.pieces import Piece, say
from service.text.script import share
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MOST_TOKENS = 24
_CUE_REACH = 8  # tokens before figures in which what announces them is looked for
_FEW = 3
_AT_ONCE = 6  # figures said without a pause
_GROUP = 4


def read_cued(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads figures one by one after "vuelo", "NIT", "CLABE": a comma stands for what parts them."""
    if tokens[index].kind is not Kind.DIGITS or goes_on(tokens, index):
        return None
    if not find_cue(tokens, index, "plates") and not find_cue(tokens, index, "figures"):
        return None
    stop = index + 1
    while stop - index < _MOST_TOKENS and _continues(tokens, stop):
        stop += 1 if tokens[stop].kind is Kind.DIGITS else 2
    parts = [token for token in tokens[index:stop] if token.kind is Kind.DIGITS]
    count = sum(len(token.text) for token in parts)
    if tokens[stop].kind is Kind.WORD and tokens[stop].glued:
        return None
    if count < _FEW:
        return None
    pieces: list[Piece] = []
    for token in parts:
        if pieces:
            pieces.append(Piece(",", token.start, token.start, Gap.NONE))
        pieces += say_figures(token)
    return pieces, stop


def read_network(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "192.168.0.1" of an IP, which no rule of thousands holds for."""
    if tokens[index].kind is not Kind.DIGITS or not find_cue(tokens, index, "networks"):
        return None
    parts = tokens[index : index + 7]
    numbers = [token for token in parts[::2] if token.kind is Kind.DIGITS and len(token.text) <= len("255")]
    points = [token for token in parts[1::2] if token.is_mark(".")]
    if len(numbers) != 4 or len(points) != 3 or not all(token.glued for token in parts[1:]):
        return None
    words = " punto ".join(spell_cardinal(int(token.text)) for token in numbers)
    return say(words, [parts[0], parts[-1]]), index + 7


def read_check_digit(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "-9" or "-K" of "RUT 12.345.678-9"."""
    dash, check = tokens[index], tokens[index + 1]
    if not (dash.is_mark("-") and dash.glued and check.glued and find_cue(tokens, index, "checked")):
        return None
    if len(check.text) > 1 or check.kind is Kind.MARK:
        return None
    name = spell_digits(check.text) if check.kind is Kind.DIGITS else spell_letters(check.text, tokens.region)
    return say(f"guion {name}", [dash, check]), index + 2


def say_figures(token: Token) -> list[Piece]:
    """The digits of a token one by one, commas between about even groups if they are many."""
    count = len(token.text)
    groups = ceil(count / _GROUP) if count > _AT_ONCE else 1
    return say_digits(token, {group * count // groups for group in range(1, groups)})


def say_digits(token: Token, pauses: Container[int]) -> list[Piece]:
    """The digits of a token one by one, a comma before those at `pauses`."""
    bounds = share(token.start, token.end, len(token.text))
    pieces: list[Piece] = []
    for at, digit in enumerate(token.text):
        if at in pauses:
            pieces.append(Piece(",", bounds[at], bounds[at], Gap.NONE))
        pieces.append(Piece(spell_digits(digit), bounds[at], bounds[at + 1], Gap.SPACE))
    return pieces


def find_cue(tokens: Tokens, index: int, kind: str) -> str:
    """The word of a kind that announces what stands at `index`, or "": only words that go between may go between."""
    for at in range(index - 1, max(index - _CUE_REACH, 0) - 1, -1):
        token, word = tokens[at], tokens[at].text.lower()
        if table().has(f"codes.{kind}", word):
            return word
        of = word == "de" and table().has("codes.between", tokens[at + 1].text.lower())
        if not (of or token.is_mark(".:-#º°") or table().has("codes.between", word) or _is_past(token, kind)):
            return ""
    return ""


def _is_past(token: Token, kind: str) -> bool:
    """Whether a token is the number that a check digit or a year comes after."""
    return token.kind is Kind.DIGITS and kind in ("checked", "laws")


def goes_on(tokens: Tokens, index: int) -> bool:
    """Whether what stands at `index` goes on with what came before."""
    before = tokens[index - 1]
    return tokens[index].glued and (before.kind is not Kind.MARK or (before.is_mark(".,-/") and before.glued))


def _continues(tokens: Tokens, index: int) -> bool:
    """Whether figures go on at `index`, after a space, a hyphen or a point."""
    token, after = tokens[index], tokens[index + 1]
    if token.kind is Kind.DIGITS:
        return token.gap is Gap.SPACE and len(token.text) > 1
    return token.is_mark("-.") and token.glued and after.glued and after.kind is Kind.DIGITS
