"""Postal addresses: numbers of houses, codes of the post, inner numbers and extensions."""

from service.text.cardinals import spell_cardinal, spell_digits
from service.text.figures import say_figures
from service.text.letters import spell_letters
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_LONG = 4  # figures: a telephone's
_REACH = 12  # tokens before "Ext." in which a telephone is looked for


def read_house(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "45A-23" of "Cra. 7 # 45A-23" as "cuarenta y cinco a veintitrés": it is no range."""
    if tokens[index].kind is not Kind.DIGITS or not _after_sign(tokens, index):
        return None
    words, at = [_number(tokens[index])], index + 1
    while tokens[at].kind is Kind.WORD and (tokens[at].glued or tokens[at].gap is Gap.SPACE) and at - index < 3:
        bis = tokens[at].text.lower() == "bis"
        if not bis and not (len(tokens[at].text) == 1 and tokens[at].text.isupper()):
            return None
        words.append("bis" if bis else spell_letters(tokens[at].text, tokens.region) or tokens[at].text)
        at += 1
    dash, second = tokens[at], tokens[at + 1]
    if not dash.is_mark("-–") or second.kind is not Kind.DIGITS or max(dash.gap, second.gap) > Gap.SPACE:
        return None
    words.append(_number(second))
    return say(" ".join(words), [tokens[index], second]), at + 2


def read_street(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "4A" of "Cra. 4A" as "cuatro a": it is no ordinal."""
    number, letter, at = tokens[index], tokens[index + 1], index - 1
    at -= tokens[at].is_mark(".")
    if not table().has("numbered_streets", tokens[at].text.lower()) or not letter.glued or len(letter.text) != 1:
        return None
    if not letter.text.isupper() or (tokens[index + 2].glued and tokens[index + 2].kind is not Kind.MARK):
        return None
    return say(f"{_number(number)} {spell_letters(letter.text, tokens.region)}", [number, letter]), index + 2


def read_postcode(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "44100" of "C.P. 44100", figure by figure."""
    token, at = tokens[index], index - 1
    if token.kind is not Kind.DIGITS or not 4 <= len(token.text) <= 6 or token.gap > Gap.SPACE:
        return None
    while at > index - 4 and tokens[at].is_mark(".:"):
        at -= 1
    cue = tokens[at].text.lower()
    dotted = cue == "p" and tokens[at - 2].text.lower() == "c"
    if not dotted and not table().has("postcodes", cue):
        return None
    return say_figures(token), index + 1


def read_inner(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "Int. 5" after a house's number as "interior", "Ext. 5" as "exterior" where no telephone came before."""
    name = table().mapping("house_parts").get(tokens[index].text)
    stop = index + 1 + (tokens[index + 1].is_mark(".") and tokens[index + 1].glued)
    if name is None or tokens[stop].kind is not Kind.DIGITS or tokens[stop].gap > Gap.SPACE:
        return None
    before = range(max(index - _REACH, 0), index)
    if any(table().has("telephone_cues", tokens[at].text.lower()) for at in before):
        return None
    numbers = [at for at in before if tokens[at].kind is Kind.DIGITS]
    house = any(_after_sign(tokens, at) for at in numbers)
    if not house and any(len(tokens[at].text) >= _LONG for at in numbers):
        return None
    return say(name, [tokens[index], tokens[stop - 1]]), stop


def _after_sign(tokens: Tokens, index: int) -> bool:
    """Whether "#", "No." or a fellow of theirs stands before."""
    at = index - 1
    if tokens[at].is_mark(".º°") and tokens[at].glued:
        at -= 1
    if tokens[at].is_mark(".") and tokens[at].glued:
        at -= 1
    return table().has("houses", tokens[at].text.lower()) and tokens[index].gap <= Gap.SPACE


def _number(token: Token) -> str:
    """A number as said; with a zero before, or of many figures, figure by figure."""
    code = (token.text[0] == "0" and len(token.text) > 1) or len(token.text) > 4
    return spell_digits(token.text) if code else spell_cardinal(int(token.text))
