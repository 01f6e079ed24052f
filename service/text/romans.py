"""Roman numerals, only where the words around them tell that they are no letters."""

from service.text.agreement import is_feminine, singulars
from service.text.cardinals import Form, spell_cardinal
from service.text.ordinals import spell_ordinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MAX_LETTERS = 9
_LAST_ORDINAL = 10  # of centuries and rulers
_COMMON = frozenset("IVX")  # others are more often initials: CD, DC, MM
_NAMED = _COMMON | {"L"}
_SERIES = 3  # numerals of one series: "siglos XV, XVI y XVII"
_DASHES = "-–—"


def read_roman(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "siglo XXI", "Luis XIV", "capítulo IV", "II Guerra Mundial", "Super Bowl LVIII"."""
    token = tokens[index]
    number = parse_roman(token.text)
    if number is None:
        return None
    words = _spell_after(tokens, index, number) or _spell_before(tokens, index, number)
    return (say(words, [token]), index + 1) if words else None


def read_abbreviated_owner(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "s." of "s. XIX" as "siglo", the "cap." of "cap. IV" as "capítulo"."""
    numeral = tokens[index + 2]
    words = table().mapping("romans.abbreviations").get(tokens[index].text.lower())
    if words is None or not _is_point(tokens[index + 1]) or numeral.gap > Gap.SPACE:
        return None
    if parse_roman(numeral.text) is None or not numeral.text.isupper():
        return None
    return say(words, [tokens[index], tokens[index + 1]]), index + 2


def read_roman_range(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the dash of "siglos XIX-XX" as "a"."""
    before, after = tokens[index - 1], tokens[index + 1]
    if not tokens[index].is_mark(_DASHES) or before.kind is not Kind.WORD:
        return None
    numbers = [parse_roman(word.text) for word in (before, after)]
    if None in numbers or not all(_spell_after(tokens, at, 1) for at in (index - 1, index + 1)):
        return None
    return say("a", [tokens[index]]), index + 1


def parse_roman(written: str) -> int | None:
    """The number of a well-formed numeral, all capitals or all small letters, or None."""
    if len(written) > _MAX_LETTERS or not (written.isupper() or written.islower()):
        return None
    rest, number = written.upper(), 0
    for letters, value in table().mapping("romans.numerals").items():
        while rest.startswith(letters):
            rest, number = rest.removeprefix(letters), number + value
    return None if rest or not number or _write(number) != written.upper() else number


def _write(number: int) -> str:
    written = ""
    for letters, value in table().mapping("romans.numerals").items():
        count, number = divmod(number, value)
        written += letters * count
    return written


def _is_initial(tokens: Tokens, index: int) -> bool:
    """Whether it is the letter of "Juan V. López"; words that begin sentences are no surnames."""
    word = tokens[index + 2 if _is_point(tokens[index + 1]) else index + 1]
    if len(tokens[index].text) > 1 or word.kind is not Kind.WORD or word.gap > Gap.SPACE or word.text.islower():
        return False
    lower = word.text.lower()
    return not (table().has("function_words", lower) or table().has("never_nouns", lower))


def _spell_after(tokens: Tokens, index: int, number: int) -> str:
    """What is said of a numeral after the word it belongs to, or ""."""
    owner, numeral = _find_owner(tokens, index), tokens[index].text
    if table().has("romans.centuries", owner.lower()) and _COMMON.issuperset(numeral.upper()):
        return spell_ordinal(number) if number <= _LAST_ORDINAL else spell_cardinal(number)
    if not owner or not numeral.isupper():
        return ""
    ruler = next((key for key in ("men", "women") if table().has(f"romans.{key}", owner.title())), "")
    if ruler and _COMMON.issuperset(numeral) and not _is_initial(tokens, index):
        first = number <= _LAST_ORDINAL
        return spell_ordinal(number, feminine=ruler == "women") if first else spell_cardinal(number)
    return spell_cardinal(number) if _is_numbered(owner, numeral) else ""


def _is_numbered(owner: str, numeral: str) -> bool:
    """Whether the owner is a thing that numerals number, or a name: "capítulo I", "grupo II", "Super Bowl LVIII"."""
    sure = len(numeral) > 2 or _COMMON.issuperset(numeral)
    words = singulars(owner.lower())
    if sure and any(table().has("romans.numbered", word) for word in words):
        return True
    if len(numeral) < 2 or not sure or not _NAMED.issuperset(numeral):
        return False
    named = owner[0].isupper() and not owner.isupper() and not table().has("function_words", words[0])
    return named or any(table().has("romans.lettered", word) for word in words)


def _find_owner(tokens: Tokens, index: int) -> str:
    """The word before a numeral, past other numerals of its series; an abbreviation in full; "" if there is none."""
    at = index - 1
    for _ in range(_SERIES):
        link = tokens[at]
        if not (link.is_mark(_DASHES + ",") or table().has("romans.links", link.text)):
            break
        if tokens[at - 1].kind is not Kind.WORD or parse_roman(tokens[at - 1].text) is None:
            break
        at -= 2
    if _is_point(tokens[at]):
        words: str = table().mapping("romans.abbreviations").get(tokens[at - 1].text.lower(), "")
        return words
    return tokens[at].text if tokens[at].kind is Kind.WORD else ""


def _spell_before(tokens: Tokens, index: int, number: int) -> str:
    """What is said of a numeral before what is held again and again, or in "XV años"; or ""."""
    numeral, at = tokens[index].text, index + 1
    if table().has("romans.before_events", tokens[at].text.lower()):
        at += 1
    noun = tokens[at].text.lower()
    sure = numeral.isupper() and (len(numeral) > 1 or numeral in _COMMON)
    if not sure or tokens[at].gap is not Gap.SPACE:
        return ""
    if noun == "años":
        return spell_cardinal(number, Form.MASCULINE)
    if not any(table().has("romans.events", word) for word in singulars(noun)):
        return ""
    feminine, plural = is_feminine(noun), noun.endswith("s")
    return spell_ordinal(number, feminine=feminine, plural=plural, short=not (feminine or plural))


def _is_point(token: Token) -> bool:
    return token.is_mark(".") and token.glued
