"""Numbers as people write them: thousands and decimals of either convention, ordinals, ranges, signs."""

from dataclasses import dataclass

from service.text.agreement import find_noun, form_between
from service.text.cardinals import LARGEST, Form, spell_cardinal, spell_digits
from service.text.ordinals import LARGEST as LARGEST_ORDINAL
from service.text.ordinals import spell_ordinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MAX_GROUPS = 7
_POINTS = {".": "punto", ",": "coma"}
_DIGITS_SAID_TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Numeral:
    """A written number: digits before the decimal mark, the mark or "", digits after it, the index after it all."""

    whole: str
    mark: str
    decimals: str
    stop: int

    @property
    def is_code(self) -> bool:
        """Whether it is a string of digits and no quantity."""
        leading_zero = len(self.whole) > 1 and self.whole[0] == "0"
        return leading_zero or len(self.whole) > len(str(LARGEST)) or int(self.whole) > LARGEST

    def spell(self, form: Form) -> str:
        """Its words, if it is no code."""
        if not self.decimals:
            return spell_cardinal(int(self.whole), form)
        short = len(self.decimals) <= 2 and self.decimals[0] != "0"
        tail = spell_cardinal(int(self.decimals)) if short else spell_digits(self.decimals)
        return f"{spell_cardinal(int(self.whole))} {_POINTS[self.mark]} {tail}"


def parse_numeral(tokens: Tokens, index: int) -> Numeral:
    """The number that starts with the digits at `index`."""
    alone = Numeral(tokens[index].text, "", "", index + 1)
    if not _continues(tokens, index + 1) or _continues(tokens, index - 1):
        return _parse_spaced(tokens, index) or alone
    groups, marks, at = [tokens[index].text], "", index + 1
    while len(groups) <= _MAX_GROUPS and _continues(tokens, at):
        marks += tokens[at].text
        groups.append(tokens[at + 1].text)
        at += 2
    if len(groups) > _MAX_GROUPS:
        return alone
    if _are_thousands(groups) and len(set(marks)) == 1:
        return Numeral("".join(groups), "", "", at)
    if len(marks) == 1 or (_are_thousands(groups[:-1]) and len(set(marks[:-1])) == 1 and marks[-1] != marks[0]):
        return Numeral("".join(groups[:-1]), marks[-1], groups[-1], at)
    return alone


def _parse_spaced(tokens: Tokens, index: int) -> Numeral | None:
    """The number if its thousands are spaced: "1 250 000", "25 000"."""
    if tokens[index - 1].kind is Kind.DIGITS:
        return None
    groups, at = [tokens[index].text], index + 1
    while len(groups) <= _MAX_GROUPS and tokens[at].kind is Kind.DIGITS and tokens[at].gap is Gap.SPACE:
        groups.append(tokens[at].text)
        at += 1
    sure = len(groups) > 2 or groups[-1] == "000"
    return Numeral("".join(groups), "", "", at) if sure and at > index + 1 and _are_thousands(groups) else None


def _continues(tokens: Tokens, index: int) -> bool:
    """Whether a point or comma at `index` stands between digits."""
    mark, after = tokens[index], tokens[index + 1]
    if mark.text not in (".", ",") or not (mark.glued and after.glued):
        return False
    return tokens[index - 1].kind is after.kind is Kind.DIGITS


def _are_thousands(groups: list[str]) -> bool:
    head, *rest = groups
    return bool(head.strip("0")) and head[0] != "0" and len(head) <= 3 and all(len(group) == 3 for group in rest)


def say_numeral(tokens: Tokens, index: int, numeral: Numeral) -> list[Piece]:
    """The number at `index`, agreeing with what follows; a code digit by digit."""
    if numeral.is_code and numeral.stop == index + 1:
        return say_code(tokens[index])
    span = [tokens[index], tokens[numeral.stop - 1]]
    if numeral.is_code:
        return _say_long(numeral, span)
    return say(numeral.spell(form_between(tokens, index, numeral.stop, int(numeral.whole))), span)


def say_integer(tokens: Tokens, index: int) -> list[Piece]:
    """The digits at `index` as a number, whatever comes after them."""
    return say_numeral(tokens, index, Numeral(tokens[index].text, "", "", index + 1))


def _say_long(numeral: Numeral, span: list[Token]) -> list[Piece]:
    decimals = f" {_POINTS[numeral.mark]} {spell_digits(numeral.decimals)}" if numeral.decimals else ""
    return say(spell_digits(numeral.whole) + decimals, span)


def say_code(digits: Token) -> list[Piece]:
    """Digits one by one, a comma after every few, counted from the end."""
    pieces: list[Piece] = []
    count = len(digits.text)
    length = digits.end - digits.start
    for at, digit in enumerate(digits.text):
        start, end = digits.start + at * length // count, digits.start + (at + 1) * length // count
        if at and (count - at) % _DIGITS_SAID_TOGETHER == 0:
            pieces.append(Piece(",", start, start, Gap.NONE))
        pieces.append(Piece(spell_digits(digit), start, end, Gap.SPACE))
    return pieces


def read_numeral(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads any number."""
    numeral = parse_numeral(tokens, index)
    pieces = say_numeral(tokens, index, numeral)
    value = 0 if numeral.is_code or numeral.decimals else int(numeral.whole)
    if value and value % 10**6 == 0 and find_noun(tokens, numeral.stop) is tokens[numeral.stop]:
        pieces.append(Piece("de", pieces[-1].end, pieces[-1].end, Gap.SPACE, tied=True))
    return pieces, numeral.stop


def read_sign(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the mark that ties a number to the one before: a range, a sign, a point."""
    token, following = tokens[index], tokens[index + 1]
    if token.is_mark("-−") and following.glued and following.text in table().mapping("currencies"):
        return say("a" if token.glued else "menos", [token]), index + 1
    if following.kind is not Kind.DIGITS or not following.glued:
        return _read_spaced_range(tokens, index)
    words = _word_before_number(tokens, index)
    return (say(words, [token]), index + 1) if words else None


def read_times(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "x" of "2x1" and "2 x 1" as "por"."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if token.text != "x" or not before.kind is after.kind is Kind.DIGITS or max(token.gap, after.gap) > Gap.SPACE:
        return None
    return say("por", [token]), index + 1


def _word_before_number(tokens: Tokens, index: int) -> str:
    before, token = tokens[index - 1], tokens[index]
    if token.is_mark("-–") and token.glued and before.is_mark("%$€"):
        return "a"
    if not (token.glued and before.kind is Kind.DIGITS):
        starts = not token.glued or before.is_mark("(¿¡")
        return "menos" if token.is_mark("-−–") and starts else "punto" if token.is_mark(".") and not token.glued else ""
    if token.is_mark("-–—"):
        return "" if _is_chain(tokens, index) else "a"
    return {".": "punto", ":": "a", "−": "menos"}.get(token.text, "")


def _is_chain(tokens: Tokens, index: int) -> bool:
    """Whether a dash has a fellow on the other side of one of its numbers."""
    return any(
        tokens[index + step].is_mark("-–—") and tokens[index + step // 2].kind is Kind.DIGITS for step in (-2, 2)
    )


def _read_spaced_range(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "10 - 15" as "diez a quince"; "15 - 10" is "quince menos diez"."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if not (before.kind is after.kind is Kind.DIGITS and token.gap is after.gap is Gap.SPACE):
        return None
    if not token.is_mark("-–—"):
        return None
    rises = (len(before.text), before.text) < (len(after.text), after.text)
    return say("a" if rises else "menos", [token]), index + 1


def read_ordinal(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "1.º", "2da", "3er piso"."""
    token, stop = tokens[index], index + 1
    if token.kind is not Kind.DIGITS or len(token.text) > len(str(LARGEST_ORDINAL)):
        return None
    if tokens[stop].is_mark(".") and tokens[stop].glued:
        stop += 1
    suffix = tokens[stop]
    gender = _ordinal_gender(suffix.text) if suffix.glued else ""
    if suffix.text == "°" and suffix.glued and tokens[stop + 1].text == "de":
        gender = "masculine"
    if not gender or not 0 < int(token.text) <= LARGEST_ORDINAL:
        return None
    noun = tokens[stop + 1]
    before_noun = noun.kind is Kind.WORD and noun.gap is Gap.SPACE and noun.text.islower()
    short = gender == "short" or (before_noun and not table().has("function_words", noun.text))
    words = spell_ordinal(int(token.text), feminine=gender == "feminine", short=short)
    said = say(words, [token, suffix])
    point, noun = noun, tokens[stop + 2]
    abbreviated = point.is_mark(".") and point.glued and noun.gap is Gap.SPACE and noun.text.islower()
    return said, stop + (2 if abbreviated else 1)


def _ordinal_gender(suffix: str) -> str:
    for gender in ("masculine", "feminine", "short"):
        if table().has(f"ordinals.suffixes.{gender}", suffix.lower()):
            return gender
    return ""


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
