"""Times of the day as the clock shows them."""

from service.text.cardinals import Form, spell_cardinal, spell_digits
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens


def read_hour(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "15:30" as "quince treinta", "8:00" is "ocho en punto", "15:00" is "quince horas"."""
    parts = [_part(tokens, index, 24)] + [_part(tokens, at, 60) for at in (index + 2, index + 4)]
    hour, minute, second = parts
    if hour is None or minute is None or not _colon(tokens, index + 1) or _colon(tokens, index - 1):
        return None
    if len(tokens[index + 2].text) != 2:
        return None
    with_seconds = second is not None and _colon(tokens, index + 3)
    stop = index + (5 if with_seconds else 3)
    words = spell_cardinal(hour, Form.FEMININE) + _minutes(hour, minute, _names_hours(tokens, stop), with_seconds)
    if with_seconds and second:
        words += f" con {spell_cardinal(second, Form.MASCULINE)} {'segundo' if second == 1 else 'segundos'}"
    return say(words, [tokens[index], tokens[stop - 1]]), stop


def _part(tokens: Tokens, index: int, limit: int) -> int | None:
    token = tokens[index]
    if token.kind is not Kind.DIGITS or len(token.text) > 2 or int(token.text) >= limit:
        return None
    return int(token.text)


def _colon(tokens: Tokens, index: int) -> bool:
    return tokens[index].is_mark(":") and tokens[index].glued and tokens[index + 1].glued


def _names_hours(tokens: Tokens, index: int) -> bool:
    """Whether "h", "p. m." or the like follows."""
    word = tokens[index]
    if word.kind is not Kind.WORD or word.gap > Gap.SPACE:
        return False
    meridian = word.text.lower() in ("a", "p") and tokens[index + 1].is_mark(".") and tokens[index + 1].glued
    return meridian or word.text in table().mapping("units") or word.text in ("hora", "horas")


def _minutes(hour: int, minute: int, names_hours: bool, with_seconds: bool) -> str:
    if minute == 0:
        if names_hours or with_seconds:
            return ""
        return " en punto" if 0 < hour <= 12 else " horas"
    return " " + (spell_cardinal(minute) if minute > 9 else spell_digits(f"{minute:02}"))
