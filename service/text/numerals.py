"""Numbers as people write them: whole, with thousands, with decimals, or as strings of digits."""

from dataclasses import dataclass

from service.text.agreement import find_noun, form_between, is_counted, is_label, is_name
from service.text.cardinals import LARGEST, Form, spell_cardinal, spell_digits
from service.text.figures import say_digits
from service.text.pieces import Piece, say
from service.text.regions import DEFAULT
from service.text.shapes import Shape, find_shape, find_spaced, joins_digits
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_LARGEST_UNMARKED = 10**12  # longer strings without marks are codes
_POINTS = {".": "punto", ",": "coma"}
_DIGITS_SAID_TOGETHER = 4
_MANY = 2  # what has decimals is plural
_CUE_REACH = 4  # tokens before a number: "el promedio fue de 8.125"


@dataclass(frozen=True, slots=True)
class Numeral:
    """A written number: digits before the decimal mark, the mark that is said or "", digits after it, where it stops.

    In a `grouped` one marks part the thousands.
    """

    whole: str
    mark: str
    decimals: str
    stop: int
    grouped: bool = False

    @property
    def is_code(self) -> bool:
        """Whether it is a string of digits and no quantity."""
        leading_zero = len(self.whole) > 1 and self.whole[0] == "0"
        largest = LARGEST if self.grouped else _LARGEST_UNMARKED
        return leading_zero or len(self.whole) > len(str(largest)) or int(self.whole) > largest

    def spell(self, form: Form) -> str:
        """Its words, if it is no code. Of a number with decimals only they agree: "dos punto un millones"."""
        if not self.decimals:
            return spell_cardinal(int(self.whole), form)
        short = len(self.decimals) <= 2 and self.decimals[0] != "0"
        tail = spell_cardinal(int(self.decimals), form) if short else spell_digits(self.decimals)
        return f"{spell_cardinal(int(self.whole))} {_POINTS[self.mark]} {tail}"


def parse_numeral(tokens: Tokens, index: int) -> Numeral:
    """The number that starts with the digits at `index`."""
    alone = Numeral(tokens[index].text, "", "", index + 1)
    shape = find_shape(tokens, index)
    if not shape.marks:
        return _parse_spaced(tokens, index) or alone
    if shape.marks_thousands and not _reads_decimals(tokens, index, shape):
        return Numeral("".join(shape.groups), "", "", shape.stop, grouped=True)
    if not shape.marks_decimals:
        return alone
    *before, last = shape.groups
    return Numeral("".join(before), _said_mark(tokens, index, shape.marks[-1]), last, shape.stop, len(before) > 1)


def _parse_spaced(tokens: Tokens, index: int) -> Numeral | None:
    """The number if its thousands are spaced: "1 250 000", "25 000,50", "45 300 habitantes"."""
    shape = find_spaced(tokens, index)
    if shape is None:
        return None
    whole, stop = "".join(shape.groups), shape.stop
    if joins_digits(tokens, stop) and len(tokens[stop + 1].text) < 3:
        return Numeral(whole, _said_mark(tokens, index, tokens[stop].text), tokens[stop + 1].text, stop + 2, True)
    sure = len(shape.groups) > 2 or shape.groups[-1] == "000"
    counted = is_counted(tokens, stop) and not is_label(tokens, index)
    return Numeral(whole, "", "", stop, grouped=True) if sure or counted else None


def _reads_decimals(tokens: Tokens, index: int, shape: Shape) -> bool:
    """Whether "1.250" has decimals: the mark is the country's own for them, and what is said is measured, not counted.

    Elsewhere three digits after a mark are thousands, for people write both marks in every country.
    """
    region = tokens.region
    if shape.marks != region.decimal or region.code == DEFAULT:
        return False
    following = tokens[shape.stop]
    if following.gap <= Gap.SPACE and table().has("measures", following.text):
        return True
    before = tokens[max(0, index - _CUE_REACH) : index]
    return find_noun(tokens, shape.stop) is None and any(
        table().has("decimal_cues", token.text.lower()) for token in before
    )


def _said_mark(tokens: Tokens, index: int, mark: str) -> str:
    """The country's own mark, whichever is written; but versions and models have points everywhere."""
    if tokens.region.code == DEFAULT or is_label(tokens, index) or is_name(tokens, index - 1):
        return mark
    return tokens.region.decimal if mark in _POINTS else mark


def say_numeral(tokens: Tokens, index: int, numeral: Numeral) -> list[Piece]:
    """The number at `index`, agreeing with what follows; a code digit by digit."""
    if numeral.is_code and numeral.stop == index + 1:
        return say_code(tokens[index])
    span = [tokens[index], tokens[numeral.stop - 1]]
    if numeral.is_code:
        return _say_long(numeral, span)
    return say(_spell(tokens, index, numeral), span)


def _spell(tokens: Tokens, index: int, numeral: Numeral) -> str:
    scale = tokens[numeral.stop]
    if numeral.decimals:
        form = form_between(tokens, index, numeral.stop, _MANY)
        return numeral.spell(Form.MASCULINE if form is Form.MASCULINE else Form.ALONE)
    value = int(numeral.whole)
    form = form_between(tokens, index, numeral.stop, value)
    if scale.text == "mil" and scale.gap is Gap.SPACE and 1 < value < 1000:
        return spell_cardinal(value * 1000, form).removesuffix(" mil")
    return numeral.spell(form)


def say_integer(tokens: Tokens, index: int) -> list[Piece]:
    """The digits at `index` as a number, whatever comes after them."""
    return say_numeral(tokens, index, Numeral(tokens[index].text, "", "", index + 1))


def _say_long(numeral: Numeral, span: list[Token]) -> list[Piece]:
    decimals = f" {_POINTS[numeral.mark]} {spell_digits(numeral.decimals)}" if numeral.decimals else ""
    return say(spell_digits(numeral.whole) + decimals, span)


def say_code(digits: Token) -> list[Piece]:
    """Digits one by one, a comma after every few, counted from the end."""
    count = len(digits.text)
    first = count % _DIGITS_SAID_TOGETHER or _DIGITS_SAID_TOGETHER
    return say_digits(digits, range(first, count, _DIGITS_SAID_TOGETHER))


def read_numeral(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads any number."""
    numeral = parse_numeral(tokens, index)
    following = tokens[numeral.stop]
    if numeral.whole == "1" and not numeral.decimals and following.text == "mil" and following.gap is Gap.SPACE:
        return say("mil", [tokens[index], following]), numeral.stop + 1
    pieces = say_numeral(tokens, index, numeral)
    value = 0 if numeral.is_code or numeral.decimals else int(numeral.whole)
    if value and value % 10**6 == 0 and is_counted(tokens, numeral.stop) and not following.is_mark("%"):
        pieces.append(Piece("de", pieces[-1].end, pieces[-1].end, Gap.SPACE))
    return pieces, numeral.stop


def read_number_sign(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "N.º 5", "n° 5"."""
    stop = index + 1
    if tokens[index].kind is not Kind.WORD or not table().has("number_sign", tokens[index].text.lower()):
        return None
    if tokens[stop].is_mark(".") and tokens[stop].glued:
        stop += 1
    sign, number = tokens[stop], tokens[stop + 1]
    if not (sign.is_mark("º°") and sign.glued and number.kind is Kind.DIGITS):
        return None
    return say("número", [tokens[index], sign]), stop + 1
