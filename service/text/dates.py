"""Dates in numbers: which of them is the day is told by their size, then by the region."""

from collections.abc import Iterator

from service.text.calendar import LIKELY_YEARS, Date, full_year, spell_part
from service.text.pieces import Piece, say
from service.text.regions import Region
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MARKS = "/-."
_NAMES = {"/": "barra", "-": "guion"}


def read_date(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "22/11/2026" and "2026-11-22" as "veintidós de noviembre de dos mil veintiséis"."""
    found = _parse_date(tokens, index)
    if found is None:
        return _read_no_date(tokens, index)
    date, stop = found
    pieces = say(date.spell(tokens.region), [tokens[index], tokens[stop - 1]])
    dash, following = tokens[stop], tokens[stop + 1]
    if dash.is_mark("-–—") and dash.glued == following.glued and _parse_date(tokens, stop + 1, cued=True):
        return [*pieces, *say("al", [dash])], stop + 1
    time = _time_after(tokens, stop)
    if time is None:
        return pieces, stop
    words = "a la" if int(tokens[time].text) == 1 else "a las"
    here = tokens[time - 1] if time > stop else tokens[time]
    end = here.end if time > stop else here.start
    return [*pieces, *(Piece(word, here.start, end, Gap.SPACE) for word in words.split())], time


def _parse_date(tokens: Tokens, index: int, *, cued: bool = False) -> tuple[Date, int] | None:
    """The date at `index` and the index after it. `cued`: it is known that a date stands there."""
    groups, mark = _groups(tokens, index)
    stop = index + 2 * len(groups) - 1
    cued = cued or _has_cue(tokens, index, "date_cues") or (mark == "/" and _is_span(tokens, index, stop))
    dates: Iterator[Date] = iter(())
    if len(groups) == 3:
        cued = cued or table().has("weak_date_cues", tokens[index - 1].text.lower())
        dates = _full_dates(groups, mark, tokens.region, cued)
    elif len(groups) == 2 and mark != ".":
        expires = _has_cue(tokens, index, "expiry_cues")
        dates = _short_dates(groups, mark, tokens.region, expires, cued or _is_weakly_cued(tokens, index, groups))
    valid = next((date for date in dates if date.is_valid), None)
    return (valid, stop) if valid else None


def _groups(tokens: Tokens, index: int) -> tuple[list[str], str]:
    """Two or three groups of digits with the same mark between, and the mark; none if there are more."""
    mark = tokens[index + 1]
    if tokens[index].kind is not Kind.DIGITS or not mark.is_mark(_MARKS) or _joins(tokens, index - 1, mark):
        return [], ""
    groups, at = [tokens[index].text], index + 1
    while len(groups) < 4 and _joins(tokens, at, mark):
        groups.append(tokens[at + 1].text)
        at += 2
    return (groups, mark.text) if 2 <= len(groups) <= 3 else ([], "")


def _joins(tokens: Tokens, index: int, mark: Token) -> bool:
    token, following = tokens[index], tokens[index + 1]
    tied = token.text == mark.text and token.glued and following.glued
    return tied and tokens[index - 1].kind is following.kind is Kind.DIGITS


def _full_dates(groups: list[str], mark: str, region: Region, cued: bool) -> Iterator[Date]:
    first, second, third = map(len, groups)
    if first == 4 and second <= 2 and third <= 2:
        yield Date(int(groups[2]), int(groups[1]), int(groups[0]))
    padded = first == second == 2
    short_year = third == 2 and (mark == "/" or cued or (mark == "-" and padded))
    if first <= 2 and second <= 2 and (third == 4 or short_year):
        yield from _both_orders(groups[0], groups[1], full_year(groups[2]), region)


def _short_dates(groups: list[str], mark: str, region: Region, expires: bool, cued: bool) -> Iterator[Date]:
    first, second = map(len, groups)
    if first <= 2 and second in (2, 4) and (expires or (second == 4 and mark == "/")):
        date = Date(0, int(groups[0]), full_year(groups[1]))
        if date.year in LIKELY_YEARS:
            yield date
    if first <= 2 and second <= 2 and cued:
        yield from _both_orders(groups[0], groups[1], 0, region)


def _both_orders(first: str, second: str, year: int, region: Region) -> Iterator[Date]:
    """Day and month as the region writes them, then, if that is no date, the other way round. No day is 0."""
    numbers = int(first), int(second)
    if 0 in numbers:
        return
    for day, month in (numbers[::-1], numbers) if region.month_first else (numbers, numbers[::-1]):
        yield Date(day, month, year)


def _has_cue(tokens: Tokens, index: int, cues: str) -> bool:
    """Whether one of the two words before, marks apart, is among the cues, a weekday's short name included."""
    at, seen = index - 1, 0
    for _ in range(4):
        token = tokens[at]
        if token.kind is Kind.WORD:
            word = token.text.lower()
            if table().has(cues, word) or (cues == "date_cues" and seen == 0 and word in table().mapping("weekdays")):
                return True
            seen += 1
        if token.kind in (Kind.EDGE, Kind.DIGITS) or seen == 2:
            return False
        at -= 1
    return False


def _is_weakly_cued(tokens: Tokens, index: int, groups: list[str]) -> bool:
    """Whether an article stands before what is no fraction: "el 15/03", not "el 3/4"."""
    if not table().has("weak_date_cues", tokens[index - 1].text.lower()):
        return False
    return groups[1][0] == "0" or groups[0][0] == "0" or int(groups[0]) > int(groups[1])


def _is_span(tokens: Tokens, index: int, stop: int) -> bool:
    """Whether a dash ties what is written with a slash to more of its kind: "15/03-20/03"."""
    groups, _ = _groups(tokens, stop + 1)
    after = tokens[stop].is_mark("-–—") and [len(group) for group in groups[1:]] == [2]
    before = tokens[index - 1].is_mark("-–—") and tokens[index - 3].is_mark("/") and len(tokens[index - 2].text) == 2
    return after or before


def _time_after(tokens: Tokens, index: int) -> int | None:
    """The index of the hour if one follows a date: "2026-11-22T15:30", "22/11/2026 15:30"."""
    at = index + (tokens[index].text == "T" and tokens[index].glued)
    hour, colon, minute = tokens[at : at + 3]
    gap = Gap.NONE if at > index else Gap.SPACE
    clock = hour.kind is minute.kind is Kind.DIGITS and colon.is_mark(":") and colon.glued and minute.glued
    return at if clock and hour.gap is gap and int(hour.text) < 24 and len(minute.text) == 2 else None


def _read_no_date(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads what has the shape of a date and is none, "31/02/2026", part by part."""
    groups, mark = _groups(tokens, index)
    sizes = sorted(map(len, groups))
    if mark not in _NAMES or len(groups) != 3 or sizes[-1] != 4 or sizes[1] > 2:
        return None
    words = f" {_NAMES[mark]} ".join(map(spell_part, groups))
    return say(words, [tokens[index], tokens[index + 4]]), index + 5
