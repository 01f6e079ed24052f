"""Whole numbers in Spanish words."""

from enum import Enum

from service.text.tables import table

LARGEST = 10**24
_MILLION = 10**6


class Form(Enum):
    """How a number's end agrees: on its own (uno), with a masculine noun (un) or a feminine one (una)."""

    ALONE = "uno"
    MASCULINE = "un"
    FEMININE = "una"


def spell_cardinal(number: int, form: Form = Form.ALONE) -> str:
    """A number's words in the long scale (un billón is 10**12); ValueError beyond 10**24 either way."""
    if abs(number) > LARGEST:
        raise ValueError(f"beyond {LARGEST}: {number}")
    if number < 0:
        return f"menos {spell_cardinal(-number, form)}"
    number, rest = divmod(number, _MILLION)
    words = [_below_million(rest, form)] if rest or not number else []
    for name in table().words("cardinals.scales"):
        number, count = divmod(number, _MILLION)
        if count == 1:
            words.append(f"un {name}")
        elif count:
            words.append(f"{_below_million(count, Form.MASCULINE)} {name.replace('ón', 'ones')}")
    return " ".join(reversed(words))


def spell_digits(digits: str) -> str:
    """Each digit by its name."""
    units = table().words("cardinals.units")
    return " ".join(units[int(digit)] for digit in digits)


def _below_million(number: int, form: Form) -> str:
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(rest, form)
    head = "mil" if thousands == 1 else f"{_below_thousand(thousands, form, one='un')} mil"
    return f"{head} {_below_thousand(rest, form)}" if rest else head


def _below_thousand(number: int, form: Form, one: str | None = None) -> str:
    one = one or form.value
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _below_hundred(rest, one)
    if number == 100:
        return "cien"
    head = table().words("cardinals.hundreds")[hundreds - 1]
    if form is Form.FEMININE and hundreds > 1:
        head = head.removesuffix("os") + "as"
    return f"{head} {_below_hundred(rest, one)}" if rest else head


def _below_hundred(number: int, one: str) -> str:
    if number == 1:
        return one
    if number == 21:
        return "veintiún" if one == "un" else f"veinti{one}"
    if number < 30:
        return table().words("cardinals.units")[number]
    tens, rest = divmod(number, 10)
    head = table().words("cardinals.tens")[tens - 3]
    return f"{head} y {_below_hundred(rest, one)}" if rest else head
