"""Times of the day as the clock shows them, and the zones they are told in."""

from service.text.cardinals import Form, spell_cardinal, spell_digits
from service.text.clock import Time, after_article, find_time, is_meridian, names_hours, small_number
from service.text.months import shortening_point
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_DASHES = "-–—"


def read_hour(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "15:30" as "quince treinta", "8:00" is "ocho en punto", "15:00" is "quince horas"."""
    time = find_time(tokens, index)
    if time is None:
        return _read_bare_hour(tokens, index)
    noon = _noon(tokens, time)
    if noon:
        return say("doce del mediodía", [tokens[index], tokens[noon - 1]]), noon
    stop = time.stop
    words = spell_cardinal(time.hour, Form.FEMININE) + _minutes(tokens, index, time)
    if time.second:
        words += f" con {spell_cardinal(time.second, Form.MASCULINE)} {'segundo' if time.second == 1 else 'segundos'}"
    if _is_dash(tokens, stop) and find_time(tokens, stop + 1):
        return say(f"{words} a", [tokens[index], tokens[stop]]), stop + 1
    zone, stop = _stamp_zone(tokens, index, stop)
    return say(words + zone, [tokens[index], tokens[stop - 1]]), stop


def read_zone(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "GMT-5" as "ge eme te menos cinco", and "UTC" after an hour."""
    name = table().mapping("zones").get(tokens[index].text)
    if name is None or tokens[index].kind is not Kind.WORD:
        return None
    offset, stop = _offset(tokens, index + 1)
    if not offset and tokens[index - 1].kind is not Kind.DIGITS:
        return None
    return say(name + offset, [tokens[index], tokens[stop - 1]]), stop


def read_hour_range(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the dash of "9 a. m.-6 p. m."."""
    before = index - 1 - tokens[index - 1].is_mark(".")
    if not _is_dash(tokens, index) or tokens[before].text.lower() not in ("m", "am", "pm"):
        return None
    hour = small_number(tokens, index + 1, 25) is not None
    follows = hour and (find_time(tokens, index + 1) or is_meridian(tokens, index + 2))
    return (say("a", [tokens[index]]), index + 1) if follows else None


def _minutes(tokens: Tokens, index: int, time: Time) -> str:
    if time.minute:
        return " " + (spell_cardinal(time.minute) if time.minute > 9 else spell_digits(f"{time.minute:02}"))
    following = tokens[time.stop]
    opens_range = (following.text in ("a", "y") or _is_dash(tokens, time.stop)) and find_time(tokens, time.stop + 1)
    said_exactly = following.text == "en" and tokens[time.stop + 1].text == "punto"
    if names_hours(tokens, time.stop) or time.second or opens_range or said_exactly:
        return ""
    if not 0 < time.hour <= 12:
        return " horas"
    closes_range = tokens[index - 1].text in ("a", "y", *_DASHES) and tokens[index - 2].kind is Kind.DIGITS
    return "" if closes_range else " en punto"


def _noon(tokens: Tokens, time: Time) -> int:
    """The index after "12:00 m.", or 0."""
    word = tokens[time.stop]
    if (time.hour, time.minute, time.second) != (12, 0, None) or word.gap > Gap.SPACE:
        return 0
    return time.stop + 1 + shortening_point(tokens, time.stop + 1) if table().has("noon", word.text) else 0


def _is_dash(tokens: Tokens, index: int) -> bool:
    return tokens[index].is_mark(_DASHES) and tokens[index].glued == tokens[index + 1].glued


def _stamp_zone(tokens: Tokens, index: int, stop: int) -> tuple[str, int]:
    """The zone of "2026-11-22T15:30:00.250Z", whose thousandths nobody says, and the index after it."""
    if tokens[index - 1].text != "T":
        return "", stop
    if tokens[stop].is_mark(".,") and tokens[stop + 1].kind is Kind.DIGITS and tokens[stop + 1].glued:
        stop += 2
    utc = " " + table().mapping("zones")["UTC"]
    if tokens[stop].text == "Z" and tokens[stop].glued:
        return utc, stop + 1
    offset, after = _offset(tokens, stop)
    return (utc + offset, after) if offset else ("", stop)


def _offset(tokens: Tokens, index: int) -> tuple[str, int]:
    """The hours a zone is ahead or behind, or "", and the index after them."""
    sign, hours = tokens[index], small_number(tokens, index + 1, 15)
    if not sign.is_mark("+-−–") or not sign.glued or not tokens[index + 1].glued or hours is None:
        return "", index
    words = f" {'más' if sign.text == '+' else 'menos'} {spell_cardinal(hours)}"
    if not (tokens[index + 2].is_mark(":") and tokens[index + 3].glued):
        return words, index + 2
    minutes = small_number(tokens, index + 3, 60)
    if minutes is None:
        return words, index + 2
    return words + (f" {spell_cardinal(minutes)}" if minutes else ""), index + 4


def _read_bare_hour(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "a las 21", "1 p. m.", "20 hs. en punto"."""
    token, unit = tokens[index], tokens[index + 1]
    hour = small_number(tokens, index, 25)
    if hour is None or (token.glued and tokens[index - 1].is_mark(".,:/")):
        return _read_joined_hour(tokens, index)
    words = spell_cardinal(hour, Form.FEMININE)
    if is_meridian(tokens, index + 1) or _opens_range(tokens, index):
        return say(words, [token]), index + 1
    if table().has("hour_units", unit.text) and unit.gap <= Gap.SPACE and shortening_point(tokens, index + 2):
        return say(f"{words} {'hora' if hour == 1 else 'horas'}", [token, tokens[index + 2]]), index + 3
    if not after_article(tokens, index):
        return None
    if hour == 12 and table().has("noon", unit.text) and (unit.text != "m" or tokens[index + 2].is_mark(".")):
        return say("doce del mediodía", [token, unit]), index + 2 + shortening_point(tokens, index + 2)
    alone = not unit.glued or (unit.is_mark(".,;:?!)") and not tokens[index + 2].glued)
    return (say(words, [token]), index + 1) if alone else None


def _opens_range(tokens: Tokens, index: int) -> bool:
    """Whether hours follow a second number: "de 21 a 23 h"."""
    tied = tokens[index + 1].text in ("a", "y", "o") or _is_dash(tokens, index + 1)
    return tied and small_number(tokens, index + 2, 25) is not None and names_hours(tokens, index + 3)


def _read_joined_hour(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "a las 1530 hrs"."""
    digits = tokens[index].text
    if len(digits) != 4 or not after_article(tokens, index) or not names_hours(tokens, index + 1):
        return None
    hour, minute = int(digits[:2]), int(digits[2:])
    if hour >= 24 or minute >= 60:
        return None
    words = spell_cardinal(hour, Form.FEMININE) + (f" {spell_cardinal(minute)}" if minute else "")
    return say(words, [tokens[index]]), index + 1
