"""Dates whose month is a word, whole or short."""

from service.text.calendar import LIKELY_YEARS, YEARS, Date, full_year, month_name, spell_day
from service.text.cardinals import spell_cardinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_DASHES = "-–—"


def read_named_date(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "22-nov-2026", "22 nov. 2026" and "3 de mar."; of "1 de mayo" the day."""
    day = find_day(tokens, index)
    if not day:
        return None
    joint, at = _joint(tokens, index + 1)
    month = find_month(tokens, at, roman=joint in ("-", "/", "."))
    if not month or tokens[at].gap is not (Gap.SPACE if joint in ("", "de") else Gap.NONE):
        return None
    year, stop = _find_year(tokens, at + 1, joint)
    date = Date(day, month, year)
    if not date.is_valid or not (joint or year or _is_sure(tokens, at) or follows_weekday(tokens, index)):
        return None
    if joint == "de" and _is_whole(tokens, at):
        return say(spell_day(day), [tokens[index]]), index + 1
    stop = stop if year else at + 1 + shortening_point(tokens, at + 1)
    return say(date.spell(tokens.region), [tokens[index], tokens[stop - 1]]), stop


def read_days(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the first day of "3-5 de mayo" and of "1 y 2 de mayo"; "mayo 1" is "mayo primero"."""
    day, joint, last = find_day(tokens, index), tokens[index + 1], tokens[index + 2]
    if not day:
        return None
    if day == 1 and _follows_month(tokens, index) and not _counts(tokens, index + 1):
        return say("primero", [tokens[index]]), index + 1
    if not find_day(tokens, index + 2) or tokens[index + 3].text != "de" or not find_month(tokens, index + 4):
        return None
    if joint.is_mark(_DASHES) and joint.glued == last.glued:
        return say(f"{spell_day(day)} al", [tokens[index], joint]), index + 2
    if joint.is_mark(",") or table().has("conjunctions", joint.text) or joint.text in ("a", "al"):
        return say(spell_day(day), [tokens[index]]), index + 1
    return None


def read_month(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "nov. 2026", "nov-26", "Nov. 22", the first month of "ene.-mar.", and the year of "mayo 2026"."""
    month = find_month(tokens, index)
    if not month:
        return None
    joint = tokens[index + 1].text if tokens[index + 1].is_mark("-/") and tokens[index + 1].glued else ""
    year, stop = _find_year(tokens, index + 1, joint)
    words = month_name(month, tokens.region)
    if _is_whole(tokens, index):
        if year not in LIKELY_YEARS or tokens[index + 1].kind is Kind.WORD:
            return None
        return say(f"{words} de {spell_cardinal(year)}", [tokens[index], tokens[stop - 1]]), stop
    point = shortening_point(tokens, index + 1)
    dash = tokens[index + 1 + point]
    if dash.is_mark(_DASHES) and find_month(tokens, index + 2 + point):
        return say(f"{words} a", [tokens[index], dash]), index + 2 + point
    if year:
        return say(f"{words} de {spell_cardinal(year)}", [tokens[index], tokens[stop - 1]]), stop
    before_day = find_day(tokens, index + 1 + point) and tokens[index + 1 + point].gap is Gap.SPACE
    sure = _is_sure(tokens, index) and (before_day or tokens[index + 1].is_mark("."))
    if not sure and not _ends_range(tokens, index):
        return None
    return say(words, [tokens[index], tokens[index + point]]), index + 1 + point


def find_day(tokens: Tokens, index: int) -> int:
    """The day of a month that digits at `index` may be, or 0."""
    token, before = tokens[index], tokens[index - 1]
    if token.kind is not Kind.DIGITS or len(token.text) > 2 or int(token.text) > 31:
        return 0
    return 0 if token.glued and before.is_mark(".,:/") else int(token.text)


def find_month(tokens: Tokens, index: int, *, roman: bool = False) -> int:
    """The month that a word at `index` names, or 0."""
    token = tokens[index]
    if token.kind is not Kind.WORD:
        return 0
    number: int = table().mapping("month_numbers").get(token.text.lower(), 0)
    if roman and not number:
        number = table().mapping("roman_months").get(token.text, 0)
    return number


def shortening_point(tokens: Tokens, index: int) -> int:
    """1 if a point at `index` shortens the word before it and ends no sentence."""
    token, following = tokens[index], tokens[index + 1]
    capital = following.text[:1].isupper() and not following.glued
    ends = following.gap >= Gap.LINE or capital or following.is_mark("¿¡")
    return int(token.is_mark(".") and token.glued and not ends)


def _joint(tokens: Tokens, index: int) -> tuple[str, int]:
    """What ties a day at `index` - 1 to its month, and the index of the month."""
    token, following = tokens[index], tokens[index + 1]
    if token.is_mark("-/.") and token.glued and following.glued:
        return token.text, index + 1
    return ("de", index + 1) if token.text == "de" and token.gap is Gap.SPACE else ("", index)


def _find_year(tokens: Tokens, index: int, joint: str) -> tuple[int, int]:
    """The year after a month, or 0, and the index after it. Two digits are a year only after a mark."""
    if joint not in ("", "de"):
        year = tokens[index + 1]
        tied = tokens[index].text == joint and tokens[index].glued and year.glued
        return (full_year(year.text), index + 2) if tied and _is_year(tokens, index + 1, short=True) else (0, index)
    at = index + (tokens[index].is_mark(".") and tokens[index].glued)
    at += tokens[at].text in ("de", "del")
    if tokens[at].is_mark("'’") and tokens[at + 1].glued and len(tokens[at + 1].text) == 2:
        return (full_year(tokens[at + 1].text), at + 2) if tokens[at + 1].kind is Kind.DIGITS else (0, index)
    spaced = tokens[at].gap is Gap.SPACE and _is_year(tokens, at, short=False)
    return (int(tokens[at].text), at + 1) if spaced else (0, index)


def _is_year(tokens: Tokens, index: int, *, short: bool) -> bool:
    token, mark, following = tokens[index : index + 3]
    if token.kind is not Kind.DIGITS or (mark.is_mark(".,") and following.glued and following.kind is Kind.DIGITS):
        return False
    return (len(token.text) == 4 and int(token.text) in YEARS) or (short and len(token.text) == 2)


def _is_whole(tokens: Tokens, index: int) -> bool:
    word = tokens[index].text.lower()
    return table().has("months", word) or word == "setiembre"


def _is_sure(tokens: Tokens, index: int) -> bool:
    """Whether a word is a month and nothing else."""
    return _is_whole(tokens, index) or table().has("sure_months", tokens[index].text.lower())


def _ends_range(tokens: Tokens, index: int) -> bool:
    """Whether a dash ties a month to the one at `index`."""
    at = index - 2 - tokens[index - 2].is_mark(".")
    return tokens[index - 1].is_mark(_DASHES) and bool(find_month(tokens, at))


def _follows_month(tokens: Tokens, index: int) -> bool:
    at = index - 1 - tokens[index - 1].is_mark(".")
    return bool(find_month(tokens, at)) and _is_sure(tokens, at)


def _counts(tokens: Tokens, index: int) -> bool:
    """Whether what follows a number is counted by it."""
    return tokens[index].kind is Kind.WORD and tokens[index].text not in ("de", "del", "a", "al", "y")


def follows_weekday(tokens: Tokens, index: int) -> bool:
    """Whether a weekday, whole or short, stands before `index`."""
    at = index - 1
    while tokens[at].is_mark(".,") and at > index - 3:
        at -= 1
    word = tokens[at].text.lower()
    return word in table().mapping("weekdays") or word in table().mapping("weekdays").values()
