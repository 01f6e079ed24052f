"""Ordinal numbers in Spanish words."""

from service.text.tables import table

LARGEST = 199


def spell_ordinal(number: int, *, feminine: bool = False, short: bool = False) -> str:
    """The words of 1 to 199: primero, primera or, `short`, primer. ValueError outside."""
    if not 0 < number <= LARGEST:
        raise ValueError(f"no ordinal for {number}")
    words: list[str] = []
    for name, place in (("hundreds", number // 100), ("tens", number // 10 % 10), ("units", number % 10)):
        if place:
            words.append(table().words(f"ordinals.{name}")[place - 1])
    if feminine:
        words = [word.removesuffix("o") + "a" for word in words]
    elif short and number % 10 in (1, 3):
        words[-1] = words[-1].removesuffix("o")
    return " ".join(words)
