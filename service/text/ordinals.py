"""Ordinal numbers in Spanish words."""

from service.text.cardinals import spell_cardinal
from service.text.tables import table

LARGEST = 9999
_PLACES = (("hundreds", 100), ("tens", 10), ("units", 1))


def spell_ordinal(number: int, *, feminine: bool = False, short: bool = False, plural: bool = False) -> str:
    """The words of 1 to 9999: primero, primera, primeros or, `short`, primer. ValueError outside."""
    if not 0 < number <= LARGEST:
        raise ValueError(f"no ordinal for {number}")
    thousands, rest = divmod(number, 1000)
    words = [_thousandth(thousands)] if thousands else []
    tail = rest % 100
    if 10 < tail < 20:
        rest -= tail
    for name, place in _PLACES:
        digit = rest // place % 10
        if digit:
            words.append(table().words(f"ordinals.{name}")[digit - 1])
    if 10 < tail < 20:
        words.append(table().words("ordinals.teens")[tail - 11])
    if feminine:
        words = [word.removesuffix("o") + "a" for word in words]
    elif short and words[-1].endswith(("primero", "tercero")):
        words[-1] = words[-1].removesuffix("o")
    return " ".join(word + "s" for word in words) if plural else " ".join(words)


def _thousandth(thousands: int) -> str:
    """Written in one word: dosmilésimo."""
    return "milésimo" if thousands == 1 else f"{spell_cardinal(thousands)}milésimo"
