"""What is measured: the unit's name, one or several, by the number before it."""

from service.text.numerals import say_integer
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens
from service.text.units import Unit, find_other, find_unit

_PARTS = ("2", "3", "4", "5", "8", "10", "16")  # what things measured are parted in


def read_unit(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "5 km", "21 °C", "6'", "los km recorridos", "personas/km²"."""
    before, token = tokens[index - 1], tokens[index]
    counted = before.kind is Kind.DIGITS or before.is_mark("½¼¾")
    if not counted or token.gap > Gap.SPACE or token.is_mark("/"):
        return _read_without_number(tokens, index)
    unit = find_unit(tokens, index)
    if unit is None:
        return None
    words, stop = _count(tokens, index - 1, unit), unit.stop
    bearing = tokens[stop]
    if token.kind is Kind.MARK and bearing.gap <= Gap.SPACE and bearing.text in table().mapping("unit_rules.bearings"):
        words += " " + table().mapping("unit_rules.bearings")[bearing.text]
        stop += 1
    return say(words, [token, tokens[stop - 1]]), _skip_point(tokens, stop)


def read_temperature(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the number of "20ºC", which is no ordinal."""
    sign, scale = tokens[index + 1], tokens[index + 2]
    if not (sign.is_mark("º") and sign.glued and scale.glued and scale.text in table().mapping("unit_rules.degrees")):
        return None
    return say_integer(tokens, index), index + 1


def _read_without_number(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    token = tokens[index]
    if token.is_mark("/"):
        return _read_ratio(tokens, index)
    if not _is_sure(token):
        return None
    unit = find_unit(tokens, index)
    if unit is None:
        return None
    singular = tokens[unit.stop].kind is Kind.DIGITS or table().has("unit_rules.each", tokens[index - 1].text.lower())
    words = unit.one if singular else unit.several
    return say(words, [token, tokens[unit.stop - 1]]), _skip_point(tokens, unit.stop)


def _read_ratio(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "/kg" of "$20/kg" and the "/km²" of "personas/km²"."""
    before, sign, after = tokens[index - 1], tokens[index], tokens[index + 1]
    glued = sign.glued and after.glued and before.kind in (Kind.WORD, Kind.DIGITS)
    if not glued or not (_is_sure(after) or table().has("unit_rules.per", after.text)):
        return None
    other = find_other(tokens, index + 1)
    return (say(f"por {other.one}", [sign, tokens[other.stop - 1]]), other.stop) if other else None


def _is_sure(token: Token) -> bool:
    """Whether a symbol is a unit though no number stands before it."""
    return any(table().has("unit_rules.sure", name) for name in (token.text, token.text[:1].lower() + token.text[1:]))


def _count(tokens: Tokens, index: int, unit: Unit) -> str:
    """The unit as counted by the number that ends at `index`."""
    digits, before = tokens[index], tokens[index - 1]
    if digits.kind is Kind.MARK:
        return unit.one if digits.text == "½" else f"de {unit.one}"
    first = tokens[index - 2] if before.is_mark("/.,") and digits.glued and before.glued else before
    if first is before or first.kind is not Kind.DIGITS:
        return unit.one if digits.text == "1" else unit.several
    proper = digits.text in _PARTS and int(first.text[:3]) < int(digits.text)
    if not before.is_mark("/") or not proper or tokens[index - 3].kind is Kind.DIGITS:
        return unit.several
    return unit.one if (first.text, digits.text) == ("1", "2") else f"de {unit.one}"


def _skip_point(tokens: Tokens, stop: int) -> int:
    """The index after the point of a unit that is written as an abbreviation, unless it ends the sentence."""
    point, following = tokens[stop], tokens[stop + 1]
    goes_on = following.kind is Kind.WORD and following.gap is Gap.SPACE and following.text[0].islower()
    return stop + 1 if point.is_mark(".") and point.glued and goes_on else stop
