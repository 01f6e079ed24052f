"""What is measured: the unit's name, one or several, by the number before it."""

from service.text.numerals import say_integer
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens
from service.text.units import Unit, find_unit


def read_unit(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "5 km", "21 °C", "6'", "los km recorridos", "personas/km²"."""
    before, token = tokens[index - 1], tokens[index]
    if not (before.kind is Kind.DIGITS or before.is_mark("½¼¾")) or token.gap > Gap.SPACE:
        return _read_without_number(tokens, index)
    unit = find_unit(tokens, index)
    if unit is None:
        return None
    words, stop = _count(tokens, index - 1, unit), unit.stop
    bearing = tokens[stop]
    if token.kind is Kind.MARK and bearing.gap <= Gap.SPACE and bearing.text in table().mapping("measures.bearings"):
        words += " " + table().mapping("measures.bearings")[bearing.text]
        stop += 1
    return say(words, [token, tokens[stop - 1]]), _skip_point(tokens, stop)


def read_temperature(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the number of "20ºC", which is no ordinal."""
    sign, scale = tokens[index + 1], tokens[index + 2]
    if not (sign.is_mark("º") and sign.glued and scale.glued and scale.text in table().mapping("measures.degrees")):
        return None
    return say_integer(tokens, index), index + 1


def _read_without_number(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    token = tokens[index]
    ratio = token.is_mark("/") and token.glued and tokens[index - 1].kind is Kind.WORD and tokens[index + 1].glued
    at = index + 1 if ratio else index
    symbol = tokens[at].text
    known = any(table().has("measures.sure", name) for name in (symbol, symbol[:1].lower() + symbol[1:]))
    if not known:
        return None
    unit = find_unit(tokens, at)
    if unit is None:
        return None
    if ratio:
        return say(f"por {unit.one}", [token, tokens[unit.stop - 1]]), unit.stop
    singular = tokens[unit.stop].kind is Kind.DIGITS or table().has("measures.each", tokens[index - 1].text.lower())
    words = unit.one if singular else unit.several
    return say(words, [token, tokens[unit.stop - 1]]), _skip_point(tokens, unit.stop)


def _count(tokens: Tokens, index: int, unit: Unit) -> str:
    """The unit as counted by the number that ends at `index`."""
    digits, before = tokens[index], tokens[index - 1]
    if digits.kind is Kind.MARK:
        return unit.one if digits.text == "½" else f"de {unit.one}"
    first = tokens[index - 2] if before.is_mark("/.,") and digits.glued and before.glued else before
    if first is before or first.kind is not Kind.DIGITS:
        return unit.one if digits.text == "1" else unit.several
    proper = len(digits.text) <= len("16") and int(first.text[:3]) < int(digits.text)
    if not before.is_mark("/") or not proper or tokens[index - 3].kind is Kind.DIGITS:
        return unit.several
    return unit.one if (first.text, digits.text) == ("1", "2") else f"de {unit.one}"


def _skip_point(tokens: Tokens, stop: int) -> int:
    """The index after the point of a unit that is written as an abbreviation, unless it ends the sentence."""
    point, following = tokens[stop], tokens[stop + 1]
    goes_on = following.kind is Kind.WORD and following.gap is Gap.SPACE and following.text[0].islower()
    return stop + 1 if point.is_mark(".") and point.glued and goes_on else stop
