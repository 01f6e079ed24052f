"""Days of the week, shortened."""

from service.text.months import find_day, find_month, shortening_point
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_DASHES = "-–—"


def read_weekday(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "lun. 3", "vie 15/03", "lun-vie", "L-V 9-18 h"."""
    name = _name(tokens[index])
    if not name:
        return _read_letters(tokens, index)
    point = tokens[index + 1].is_mark(".") and tokens[index + 1].glued
    after = index + 1 + point
    dash = tokens[after]
    if (dash.is_mark(_DASHES) or dash.text in ("a", "y", "o")) and _name(tokens[after + 1]):
        words = "a" if dash.kind is Kind.MARK else dash.text
        return say(f"{name} {words}", [tokens[index], dash]), after + 1
    dated = _precedes_date(tokens, after + tokens[after].is_mark(","), name)
    if not dated and not _ends_range(tokens, index):
        return None
    stop = after if dated else index + 1 + shortening_point(tokens, index + 1)
    return say(name, [tokens[index], tokens[stop - 1]]), stop


def _precedes_date(tokens: Tokens, index: int, name: str) -> bool:
    """Whether a day stands at `index`; after "mar", which is the sea too, with its month."""
    following = tokens[index + 1]
    day = find_day(tokens, index) > 0 and tokens[index].gap is Gap.SPACE
    if name != "martes":
        return day
    return day and (following.is_mark("/-") or find_month(tokens, index + 1 + (following.text == "de")) > 0)


def _name(token: Token) -> str:
    name: str = table().mapping("weekdays").get(token.text.lower(), "") if token.kind is Kind.WORD else ""
    return name


def _ends_range(tokens: Tokens, index: int) -> bool:
    at = index - 1
    if not (tokens[at].is_mark(_DASHES) or tokens[at].text in ("a", "y", "o")):
        return False
    return bool(_name(tokens[at - 1 - tokens[at - 1].is_mark(".")]))


def _read_letters(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "L-V" before hours."""
    first, dash, last = tokens[index : index + 3]
    letters = table().mapping("weekday_letters")
    if first.text not in letters or last.text not in letters or not (dash.is_mark(_DASHES) and last.glued):
        return None
    hours = index + 3 + (tokens[index + 3].is_mark(":,") or tokens[index + 3].text == "de")
    if tokens[hours].kind is not Kind.DIGITS:
        return None
    return say(f"{letters[first.text]} a {letters[last.text]}", [first, last]), index + 3
