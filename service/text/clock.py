"""Times of the day as they are written: "15:30", "15h30", "15.30 h"."""

from dataclasses import dataclass

from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_LONGEST_LEAD = 5  # "1h30" is more likely a length of time than an early morning


@dataclass(frozen=True, slots=True)
class Time:
    """An hour, its minute, a second if it is written, and the index after it all."""

    hour: int
    minute: int
    second: int | None
    stop: int


def find_time(tokens: Tokens, index: int) -> Time | None:
    """The time whose hour stands at `index`."""
    hour = small_number(tokens, index, 25)
    if hour is None or (tokens[index].glued and tokens[index - 1].is_mark(":.,")):
        return None
    mark, minute = tokens[index + 1], small_number(tokens, index + 2, 60)
    if minute is None or len(tokens[index + 2].text) != 2 or not mark.glued or not tokens[index + 2].glued:
        return None
    if hour == 24 and minute:
        return None
    stop = index + 3
    if mark.is_mark(":"):
        second = small_number(tokens, index + 4, 60) if _colon(tokens, stop) else None
        return Time(hour, minute, second, stop if second is None else index + 5)
    if mark.is_mark("."):
        continued = tokens[stop].is_mark(".,") and tokens[stop + 1].kind is Kind.DIGITS and tokens[stop + 1].glued
        clock = not continued and (after_article(tokens, index) or names_hours(tokens, stop))
        return Time(hour, minute, None, stop) if clock else None
    early = hour <= _LONGEST_LEAD and len(tokens[index].text) == 1 and not after_article(tokens, index)
    return Time(hour, minute, None, stop) if mark.text in ("h", "H") and not early else None


def small_number(tokens: Tokens, index: int, limit: int) -> int | None:
    """One or two digits below a limit."""
    token = tokens[index]
    if token.kind is not Kind.DIGITS or len(token.text) > 2 or int(token.text) >= limit:
        return None
    return int(token.text)


def names_hours(tokens: Tokens, index: int) -> bool:
    """Whether "h", "p. m." or the like stands at `index`."""
    word = tokens[index]
    if word.kind is not Kind.WORD or word.gap > Gap.SPACE:
        return False
    return is_meridian(tokens, index) or table().has("hour_units", word.text)


def is_meridian(tokens: Tokens, index: int) -> bool:
    """Whether "p. m.", "AM" or the like stands at `index`."""
    word, point = tokens[index], tokens[index + 1]
    if word.kind is not Kind.WORD or word.gap > Gap.SPACE:
        return False
    text = word.text.lower()
    return text in ("am", "pm") or (text in ("a", "p") and point.is_mark(".") and point.glued)


def after_article(tokens: Tokens, index: int) -> bool:
    """Whether "la" or "las" stands before `index`."""
    return table().has("hour_articles", tokens[index - 1].text.lower())


def _colon(tokens: Tokens, index: int) -> bool:
    return tokens[index].is_mark(":") and tokens[index].glued and tokens[index + 1].glued
