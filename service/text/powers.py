"""Powers and scientific notation: "10^6", "10⁻³", "1.5e10"."""

from service.text.cardinals import spell_cardinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_MAX_DIGITS = 4
_MINUS = "-−"
_NAMES = {2: "al cuadrado", 3: "al cubo"}


def read_power(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the exponent of "10^6" or "10⁶" as "a la seis"; a raised 1 is a call for a note and is not said."""
    base = tokens[index - 1]
    letter = base.kind is Kind.WORD and len(base.text) == 1
    if not tokens[index].glued or not (base.kind is Kind.DIGITS or letter or base.is_mark(")")):
        return None
    exponent, stop = _caret(tokens, index + 1) if tokens[index].text == "^" else _raised(tokens, index)
    if exponent is None:
        return None
    if exponent == 1 and tokens[index].text != "^":
        return [], stop
    words = _NAMES.get(exponent) or f"a la {spell_cardinal(exponent)}"
    return say(words, [tokens[index], tokens[stop - 1]]), stop


def read_scientific(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "e10" of "1.5e10" as "por diez a la diez"."""
    token = tokens[index]
    if token.text not in ("e", "E") or not token.glued or tokens[index - 1].kind is not Kind.DIGITS:
        return None
    exponent, stop = _caret(tokens, index + 1)
    if exponent is None or (tokens[stop].glued and tokens[stop].kind is Kind.WORD):
        return None
    if token.text == "E" and not (tokens[index - 2].is_mark(".,") or tokens[index + 1].is_mark("+" + _MINUS)):
        return None
    return say(f"por diez a la {spell_cardinal(exponent)}", [token, tokens[stop - 1]]), stop


def _caret(tokens: Tokens, index: int) -> tuple[int | None, int]:
    """A whole number with its sign glued at `index`, and the index after it."""
    sign = tokens[index]
    signed = sign.is_mark("+" + _MINUS) and sign.glued
    digits = tokens[index + signed]
    if digits.kind is not Kind.DIGITS or not digits.glued or len(digits.text) > _MAX_DIGITS:
        return None, index
    value = int(digits.text)
    return (-value if signed and sign.text != "+" else value), index + signed + 1


def _raised(tokens: Tokens, index: int) -> tuple[int | None, int]:
    """The number of the raised characters at `index`, and the index after them."""
    raised, written, stop = table().mapping("superscripts"), "", index
    while tokens[stop].text in raised and tokens[stop].gap is Gap.NONE and len(written) <= _MAX_DIGITS:
        written += raised[tokens[stop].text]
        stop += 1
    return (int(written) if written.removeprefix("-").isdecimal() else None), stop
