"""Abbreviations in full, and initials, whose points end no sentence."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens
from service.text.units import find_unit

_OPENING = '¿¡(«“"—-'
_LONGEST = 12  # tokens of "S. de R. L. de C. V."
_IDLE_SPACE = re.compile(r"(?<![^\W_ºª]) | (?![^\W_ºª])")
_FIRST = re.compile(r"[^\W\d_]+|\d+")

Context = Callable[[Tokens, int, int], bool]
"""Whether an abbreviation at tokens[start:stop] stands where it is read so."""


@dataclass(frozen=True, slots=True)
class _Book:
    """What each abbreviation is, by its letters and points: the kinds it belongs to, the most particular first."""

    entries: dict[str, list[tuple[str, str | list[str]]]] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)

    def add(self, kind: str, names: dict[str, str | list[str]]) -> None:
        for name, words in names.items():
            self.entries.setdefault(_IDLE_SPACE.sub("", name), []).append((kind, words))
            first = _FIRST.match(name)
            self.firsts.add(first[0].lower() if first else name[0])


def read_abbreviation(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "la Dra. Paz" as "la doctora Paz"; the point of "etc." stays where a sentence ends."""
    book = _book(tokens.region.code)
    if tokens[index].text.lower() not in book.firsts:
        return None
    for written, stop in _spellings(tokens, index):
        for kind, words in _entries(book, written):
            announces = kind.startswith("before")
            if _CONTEXTS[kind](tokens, index, stop) and (announces or not _is_unit(tokens, index, stop)):
                return _say(tokens, index, stop, kind, words)
    return None


def read_initial(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "J. R. R. Tolkien": the letters, without points."""
    letter, point = tokens[index], tokens[index + 1]
    if len(letter.text) > 1 or not letter.text.isupper() or not (point.is_mark(".") and point.glued):
        return None
    following = tokens[index + 2]
    if following.kind is not Kind.WORD or following.gap > Gap.SPACE:
        return None
    new_sentence = following.text[0].isupper() and table().has("function_words", following.text.lower())
    if new_sentence and not following.glued and not (tokens[index + 3].is_mark(".") and tokens[index + 3].glued):
        return None
    return say(letter.text, [letter, point]), index + 2


@cache
def _book(region: str) -> _Book:
    book, abbreviations = _Book(), table().mapping("abbreviations")
    for kind in _CONTEXTS:
        names = abbreviations["regional"].get(region, {}) if kind == "regional" else abbreviations[kind]
        book.add(kind, names)
    return book


def _spellings(tokens: Tokens, index: int) -> Iterator[tuple[str, int]]:
    """What is written from `index` on, with no space beside a mark, and the index after it; the longest first."""
    written = tokens[index].text
    found = [(written, index + 1)]
    for at in range(index + 1, index + _LONGEST):
        token = tokens[at]
        if token.gap > Gap.SPACE:
            break
        between_words = token.gap is Gap.SPACE and Kind.MARK not in (token.kind, tokens[at - 1].kind)
        written += f" {token.text}" if between_words else token.text
        found.append((written, at + 1))
    return reversed(found)


def _entries(book: _Book, written: str) -> list[tuple[str, str | list[str]]]:
    """As written, however it begins, or all in capitals."""
    forms = [written, written.lower()]
    if written.isupper() and len(written) > len("TV."):
        forms.append(written.capitalize())
    return next((book.entries[form] for form in forms if form in book.entries), [])


def _say(tokens: Tokens, index: int, stop: int, kind: str, words: str | list[str]) -> tuple[list[Piece], int]:
    last, following = tokens[stop - 1], tokens[stop]
    if not isinstance(words, str):
        words = words[_is_woman(tokens, index, stop)]
    ends = _starts_sentence(tokens, stop) if kind in _MAY_END else following.gap >= Gap.LINE
    if not (ends and last.is_mark(".")):
        return say(words, [tokens[index], last]), stop
    return [*say(words, [tokens[index], tokens[stop - 2]]), Piece(".", last.start, last.end, Gap.NONE)], stop


def _is_unit(tokens: Tokens, index: int, stop: int) -> bool:
    """Whether a number is measured: "5 min." is no minimum."""
    counted = tokens[index - 1].kind is Kind.DIGITS and tokens[index].gap <= Gap.SPACE
    return counted and stop - index <= len("h.") and find_unit(tokens, index) is not None


def _is_woman(tokens: Tokens, index: int, stop: int) -> bool:
    return table().has("feminine_determiners", tokens[index - 1].text.lower()) or table().has(
        "women", tokens[stop].text
    )


def _starts_sentence(tokens: Tokens, index: int) -> bool:
    if tokens[index].gap >= Gap.LINE:
        return True
    if tokens[index].glued:
        return False
    while tokens[index].is_mark(_OPENING) and tokens[index + 1].glued:
        if tokens[index].is_mark("¿¡"):
            return True
        index += 1
    text = tokens[index].text
    company = table().has("company_forms", text.lower()) and tokens[index + 1].is_mark(".")
    shouted = len(text) > 1 and text.isupper()
    return text[:1].isupper() and not company and not shouted


def _near(token: Token) -> bool:
    return token.gap <= Gap.SPACE


def _before_digits(tokens: Tokens, index: int, stop: int) -> bool:
    token = tokens[stop]
    return _near(token) and (token.kind is Kind.DIGITS or (token.is_mark("#") and tokens[stop + 1].kind is Kind.DIGITS))


def _before_roman(tokens: Tokens, index: int, stop: int) -> bool:
    token = tokens[stop]
    return token.kind is Kind.WORD and _near(token) and set(token.text) <= set("IVXLCDM")


def _before_number(tokens: Tokens, index: int, stop: int) -> bool:
    letter = len(tokens[stop].text) == 1 and tokens[stop].text.isupper() and _near(tokens[stop])
    return letter or _before_digits(tokens, index, stop) or _before_roman(tokens, index, stop)


def _before_letter(tokens: Tokens, index: int, stop: int) -> bool:
    return len(tokens[stop].text) == 1 and tokens[stop].kind is Kind.WORD and _near(tokens[stop])


def _before_name(tokens: Tokens, index: int, stop: int) -> bool:
    token = tokens[stop]
    return token.kind is Kind.WORD and _near(token) and token.text[0].isupper() and len(token.text) > 1


def _before_address(tokens: Tokens, index: int, stop: int) -> bool:
    return _before_name(tokens, index, stop) or _before_digits(tokens, index, stop)


def _before_man(tokens: Tokens, index: int, stop: int) -> bool:
    return _near(tokens[stop]) and table().has("men", tokens[stop].text)


def _before_colon(tokens: Tokens, index: int, stop: int) -> bool:
    return tokens[stop].is_mark(":") and tokens[stop].glued and not tokens[stop + 1].is_mark("/")


def _after_number(tokens: Tokens, index: int, stop: int) -> bool:
    return tokens[index - 1].kind is Kind.DIGITS and _near(tokens[index])


def _after_comma(tokens: Tokens, index: int, stop: int) -> bool:
    return tokens[index - 1].is_mark(",") and _near(tokens[index])


def _anywhere(tokens: Tokens, index: int, stop: int) -> bool:
    return True


_CONTEXTS: dict[str, Context] = {
    "before_colon": _before_colon,
    "before_digits": _before_digits,
    "before_number": _before_number,
    "before_roman": _before_roman,
    "before_letter": _before_letter,
    "after_number": _after_number,
    "after_comma": _after_comma,
    "before_man": _before_man,
    "regional": _before_address,
    "before_name": _before_name,
    "titles": _anywhere,
    "others": _anywhere,
    "bare": _anywhere,
}
_MAY_END = frozenset({"after_number", "after_comma", "others"})
