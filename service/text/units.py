"""Units of measure as they are written after a number."""

from dataclasses import dataclass

from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_POWERS = {"²": 0, "2": 0, "³": 1, "3": 1}
_POWERED = (("cuadrado", "cúbico"), ("cuadrada", "cúbica"))
_MOST_RATIOS = 2  # "mg/kg/día"
_QUOTED = 24  # tokens in which a quotation opened before an inch sign is looked for


@dataclass(frozen=True, slots=True)
class Unit:
    """The name of one and of several, and the index after the symbol."""

    one: str
    several: str
    stop: int

    def per(self, other: "Unit", words: str) -> "Unit":
        return Unit(self.one + words + other.one, self.several + words + other.one, other.stop)


def find_unit(tokens: Tokens, index: int) -> Unit | None:
    """The unit that starts at `index`, after a number: "km", "km/h", "kg/m³", "L/100 km", "°C", "'"."""
    unit = _find_mark(tokens, index) if tokens[index].kind is Kind.MARK else _find_symbol(tokens, index)
    for _ in range(_MOST_RATIOS if unit else 0):
        unit = unit and (_find_ratio(tokens, unit) or unit)
    return unit


def find_other(tokens: Tokens, index: int) -> Unit | None:
    """What something is measured by: the "h" of "km/h", the "día" of "mg/día"."""
    if table().has("unit_rules.per", tokens[index].text):
        return _name([tokens[index].text] * 2, index + 1)
    return _find_symbol(tokens, index)


def _name(names: list[str], stop: int) -> Unit:
    return Unit(names[0], names[1], stop)


def _find_symbol(tokens: Tokens, index: int) -> Unit | None:
    token, units = tokens[index], table().mapping("units")
    symbol = token.text.replace("μ", "µ")
    in_capitals = len(symbol) > 1 or symbol == "L" or tokens[index - 1].is_mark("/")
    names = units.get(symbol) or (units.get(symbol.lower()) if in_capitals else None)
    if token.kind is not Kind.WORD or names is None or not _is_sure(tokens, index, symbol):
        return None
    unit = _name(names, index + 1)
    power = tokens[index + 1]
    if power.is_mark("^") and power.glued:
        power = tokens[index + 2]
    if not power.glued or power.text not in _POWERS:
        return unit
    stop = index + (2 if power is tokens[index + 1] else 3)
    if symbol == "s":
        return Unit("segundo al cuadrado", "segundos al cuadrado", stop)
    if not table().has("unit_rules.squared", symbol.lower()):
        return unit
    word = _POWERED[unit.one.endswith("a")][_POWERS[power.text]]
    return Unit(f"{unit.one} {word}", f"{unit.several} {word}s", stop)


def _is_sure(tokens: Tokens, index: int, symbol: str) -> bool:
    """Whether what follows leaves a symbol that is also a word, or a letter of many uses, a unit."""
    if not table().has("unit_rules.ambiguous", symbol):
        return True
    following, before = tokens[index + 1], tokens[index - 2]
    if before.kind is Kind.WORD and table().has("labels", before.text.lower()):
        return False
    if following.kind is Kind.DIGITS or following.is_mark("#"):
        return following.gap is Gap.NONE
    if following.kind is not Kind.WORD or following.gap > Gap.SPACE:
        return True
    return table().has("function_words", following.text) or following.text.endswith("s")


def _find_mark(tokens: Tokens, index: int) -> Unit | None:
    token, scales = tokens[index], table().mapping("unit_rules.degrees")
    if token.text in "°º":
        scale = tokens[index + 1]
        if scale.kind is Kind.WORD and scale.gap <= Gap.SPACE and scale.text in scales:
            return _name(scales[scale.text], index + 2)
        return _name(scales[""], index + 1) if token.text == "°" else None
    if not token.glued:
        return None
    angle = any(tokens[index - step].is_mark("°") for step in (2, 4))
    names = table().mapping("unit_rules.angles" if angle else "unit_rules.lengths").get(token.text)
    if names is None or (not angle and _is_quoted(tokens, index)):
        return None
    return _name(names, index + 1)


def _is_quoted(tokens: Tokens, index: int) -> bool:
    """Whether a quote at `index` closes one that was opened before."""
    mark = tokens[index].text
    for at in range(index - 1, max(index - _QUOTED, 0) - 1, -1):
        if tokens[at].text == mark and tokens[at + 1].glued and tokens[at - 1].kind is not Kind.DIGITS:
            return True
    return tokens[index + 1].glued and tokens[index + 1].kind is Kind.WORD


def _find_ratio(tokens: Tokens, unit: Unit) -> Unit | None:
    """What is measured per another unit: "/h", "/m³", "/100 km", "·m"."""
    sign, at = tokens[unit.stop], unit.stop + 1
    if not (sign.is_mark("/·⋅") and sign.glued and tokens[at].glued):
        return None
    hundred = tokens[at].text == "100"
    other = _find_symbol(tokens, at + 1) if hundred else find_other(tokens, at)
    if other is None:
        return None
    if hundred:
        return unit.per(_name([other.several] * 2, other.stop), " por cada cien ")
    return unit.per(other, " por " if sign.is_mark("/") else " ")
