"""Fractions: "3/4 de taza", "1/2 hora", "2 1/2 kilos"; other numbers about a slash are "sobre"."""

from dataclasses import dataclass

from service.text.agreement import find_noun, is_counted, is_feminine
from service.text.cardinals import Form, spell_cardinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens
from service.text.units import Unit, find_unit

_SLASHES = "/⁄"
_MAX_DIGITS = 4
_LARGEST_PART = 100
_BINARY = (2, 4, 8)  # of which there may be more than a whole: three halves
_UNACCENTED = str.maketrans("áéíóú", "aeiou")


@dataclass(frozen=True, slots=True)
class Fraction:
    """Numerator and denominator, and the index after them."""

    above: int
    below: int
    stop: int

    @property
    def is_half(self) -> bool:
        return (self.above, self.below) == (1, 2)

    @property
    def is_part(self) -> bool:
        """Whether people read it as parts of one: three quarters, but 120 over 80 and 8 over 10."""
        names = table().mapping("fractions.denominators")
        usual = table().has("fractions.usual_denominators", str(self.below))
        one = self.above == 1 and (self.below <= _LARGEST_PART or str(self.below) in names)
        proper = self.above < self.below or (self.below in _BINARY and self.above < 2 * self.below)
        return self.below > 1 and self.above > 0 and proper and (usual or one)


def read_fraction(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads a fraction, alone, after a whole number, or with the noun it halves."""
    if tokens[index].kind is Kind.DIGITS and len(tokens[index].text) < _MAX_DIGITS:
        rest = _find_fraction(tokens, index + (2 if tokens[index + 1].text == "y" else 1))
        apart = tokens[index + 1].gap > Gap.SPACE or tokens[index - 1].is_mark(_SLASHES)
        if rest is not None and rest.is_part and rest.above < rest.below and not apart:
            return _read_mixed(tokens, index, rest)
    fraction = _find_fraction(tokens, index)
    if fraction is None or _names_day(tokens, index, fraction.stop):
        return None
    above, below, stop = fraction.above, fraction.below, fraction.stop
    of_something = tokens[stop].text == "de" and above < below <= _LARGEST_PART
    words = table().mapping("fractions.ratios").get(f"{above}/{below}")
    if words is None and (fraction.is_part or of_something):
        words, stop = _with_noun(tokens, index, fraction)
    words = words or f"{spell_cardinal(above)} sobre {spell_cardinal(below)}"
    return say(words, [tokens[index], tokens[stop - 1]]), stop


def spell_fraction(above: int, below: int) -> str:
    """The words of a fraction: un medio, tres cuartos, cinco dieciseisavos."""
    return f"{spell_cardinal(above, Form.MASCULINE)} {spell_part(below)}{'' if above == 1 else 's'}"


def spell_part(below: int) -> str:
    """The name of one of so many parts: tercio, dieciseisavo."""
    name: str | None = table().mapping("fractions.denominators").get(str(below))
    if name is not None:
        return name
    name = spell_cardinal(below).replace(" y ", "i").replace(" ", "").translate(_UNACCENTED)
    return f"{name.removesuffix('o') if name.endswith('uno') else name.removesuffix('a')}avo"


def _find_fraction(tokens: Tokens, index: int) -> Fraction | None:
    """The fraction at `index`, of one character or of digits about a slash, and no part of a chain."""
    over, slash, under, after = tokens[index : index + 4]
    glyph = table().mapping("fractions.glyphs").get(over.text)
    if glyph is not None:
        above, below = glyph.split("/")
        return Fraction(int(above), int(below), index + 1)
    if not (over.kind is under.kind is Kind.DIGITS and slash.is_mark(_SLASHES) and slash.glued and under.glued):
        return None
    chained = (tokens[index - 1].is_mark(_SLASHES + ".,") and over.glued) or (after.is_mark(_SLASHES) and after.glued)
    if chained or any(len(digits.text) > _MAX_DIGITS or digits.text[0] == "0" for digits in (over, under)):
        return None
    fraction = Fraction(int(over.text), int(under.text), index + 3)
    return fraction if fraction.is_part or len(under.text) < _MAX_DIGITS > len(over.text) else None


def _names_day(tokens: Tokens, index: int, stop: int) -> bool:
    """Whether "el 3/4" is a day: nothing follows that has parts."""
    if not table().has("gender.masculine_articles", tokens[index - 1].text.lower()) or stop == index + 1:
        return False
    noun = tokens[stop].text
    return noun != "de" and _find_unit(tokens, stop) is None and not _is_measure(noun)


def _with_noun(tokens: Tokens, index: int, fraction: Fraction) -> tuple[str, int]:
    """What is said of a fraction, with the unit after it or what leads to a noun, and the index after that."""
    words, stop = spell_fraction(fraction.above, fraction.below), fraction.stop
    if tokens[index - 1].text.lower() == "un":
        words = words.removeprefix("un ")
    unit, noun = _find_unit(tokens, stop), find_noun(tokens, stop)
    if unit is None and (noun is not tokens[stop] or noun.cue):
        return words, stop
    noun = tokens[stop]
    ranks = table().mapping("fractions.parts")
    if noun.text in ("parte", "partes") and str(fraction.below) in ranks:
        return f"{spell_cardinal(fraction.above, Form.FEMININE)} {ranks[str(fraction.below)]}{noun.text[5:]}", stop
    name = unit.one if unit else noun.text
    if fraction.is_half:
        words = "media" if is_feminine(name.split()[0]) else "medio"
    elif unit or _is_measure(name):
        words += " de"
    return (f"{words} {name}", unit.stop) if unit else (words, stop)


def _read_mixed(tokens: Tokens, index: int, rest: Fraction) -> tuple[list[Piece], int]:
    """Reads "2 1/2 kilos" as "dos kilos y medio", "2 1/2" as "dos y medio"."""
    whole, noun, stop = int(tokens[index].text), tokens[rest.stop], rest.stop
    name, unit = "", _find_unit(tokens, stop)
    if unit is not None:
        name, stop = unit.one if whole == 1 else unit.several, unit.stop
    elif find_noun(tokens, stop) is noun and (whole == 1 or is_counted(tokens, stop)) and not noun.cue:
        name, stop = _singular(noun.text) if whole == 1 else noun.text, stop + 1
    feminine = is_feminine(name.split(" ")[0])
    form = Form.ALONE if not name else Form.FEMININE if feminine else Form.MASCULINE
    half = "media" if feminine else "medio"
    parts = half if rest.is_half else spell_fraction(rest.above, rest.below)
    words = f"{spell_cardinal(whole, form)} {name} y {parts}"
    return say(words, [tokens[index], tokens[stop - 1]]), stop


def _find_unit(tokens: Tokens, index: int) -> Unit | None:
    return find_unit(tokens, index) if tokens[index].gap <= Gap.SPACE else None


def _is_measure(noun: str) -> bool:
    return table().has("fractions.measures", _singular(noun))


def _singular(noun: str) -> str:
    if noun.endswith("ones"):
        return noun.removesuffix("ones") + "ón"
    return noun.removesuffix("es") if noun.endswith(("les", "res", "des", "nes", "meses")) else noun.removesuffix("s")
