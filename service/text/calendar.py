"""Days, months and years in words."""

import datetime as dt
from dataclasses import dataclass

from service.text.cardinals import spell_cardinal, spell_digits
from service.text.regions import Region
from service.text.tables import table

YEARS = range(1000, 2200)
LIKELY_YEARS = range(1900, 2200)
_LEAP_YEAR = 2000
_PIVOT = 50  # "98" is 1998, "26" is 2026


@dataclass(frozen=True, slots=True)
class Date:
    """A day of a year; day 0 is the whole month, year 0 any."""

    day: int
    month: int
    year: int

    @property
    def is_valid(self) -> bool:
        """Whether the calendar has it."""
        try:
            dt.date(self.year or _LEAP_YEAR, self.month, self.day or 1)
        except ValueError:
            return False
        return not self.year or self.year in YEARS

    def spell(self, region: Region) -> str:
        """Its words: "primero de mayo de mil novecientos noventa y ocho"."""
        parts = [spell_day(self.day)] if self.day else []
        parts.append(month_name(self.month, region))
        if self.year:
            parts.append(spell_cardinal(self.year))
        return " de ".join(parts)


def spell_day(day: int) -> str:
    """A day of the month: the first is an ordinal in America (DPD, "fecha")."""
    return "primero" if day == 1 else spell_cardinal(day)


def spell_part(digits: str) -> str:
    """A number between marks that make no date of it."""
    return spell_digits(digits) if len(digits) > 1 and digits[0] == "0" else spell_cardinal(int(digits))


def month_name(month: int, region: Region) -> str:
    if month == 9 and table().has("setiembre", region.code):
        return "setiembre"
    return table().words("months")[month - 1]


def full_year(digits: str) -> int:
    """The year that two or four digits mean."""
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (1900 if year >= _PIVOT else 2000)
