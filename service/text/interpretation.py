"""SSML's say-as: what a text is, where its writing does not tell."""

import re

from service.errors import ServiceError
from service.text.cardinals import LARGEST, spell_cardinal, spell_digits
from service.text.ordinals import LARGEST as LARGEST_ORDINAL
from service.text.ordinals import spell_ordinal
from service.text.script import refuse

_AS_WRITTEN = ("date", "time", "currency", "unit", "fraction", "address")
_DATE_ORDERS = ("dmy", "mdy", "ymd")


def interpret(written: str, kind: str, form: str) -> str:
    """The text as a kind of SSML's `interpret-as`: what it gives is read like any other text.

    `form` is the order of a date's numbers, "dmy", "mdy" or "ymd". ServiceError for a kind that there is not, or one
    that the text cannot be.
    """
    digits = re.sub(r"[\s.,]", "", written)
    match kind:
        case "characters" | "spell-out" | "verbatim":
            return " ".join(spell_digits(char) if char.isdecimal() else char for char in written if not char.isspace())
        case "digits" | "telephone":
            return ", ".join(spell_digits(group) for group in re.findall(r"\d+", written))
        case "cardinal" | "number" if digits.isdecimal() and int(digits) <= LARGEST:
            return spell_cardinal(int(digits))
        case "ordinal" if digits.isdecimal() and 0 < int(digits) <= LARGEST_ORDINAL:
            return spell_ordinal(int(digits))
        case "date" if form in _DATE_ORDERS:
            return _order_date(written, form)
        case _ if kind in _AS_WRITTEN:
            return written
    raise _not_that(kind)


def _order_date(written: str, form: str) -> str:
    """The date as ISO 8601 has it, which every country reads alike."""
    parts = dict(zip(form, re.findall(r"\d+", written), strict=False))
    if len(parts) < len(form):
        raise _not_that("date")
    return f"{parts['y']:0>4}-{parts['m']:0>2}-{parts['d']:0>2}"


def _not_that(kind: str) -> ServiceError:
    kind = kind[:40]
    return refuse(
        "text.ssml",
        f"The text of a say-as cannot be read as {kind}: use characters, digits, telephone, cardinal, ordinal, date, "
        "time, currency, unit, fraction or address for a text that is one.",
        f"El texto de un say-as no se puede leer como {kind}: use characters, digits, telephone, cardinal, ordinal, "
        "date, time, currency, unit, fraction o address con un texto que lo sea.",
    )
