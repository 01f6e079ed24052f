"""Lengths of time."""

from service.text.agreement import form_with
from service.text.cardinals import spell_cardinal
from service.text.clock import find_time, small_number
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_MAX_PARTS = 3
_UNITS = ("h", "min", "s")


def read_duration(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "1 h 30 min", "2h35m10s", "1h30"; "ganó en 2:35:10" as hours, minutes and seconds."""
    parts, stop = _cued_parts(tokens, index) or _unit_parts(tokens, index)
    if len(parts) < 2:
        return None
    names = [table().mapping("durations")[unit] for _, unit in parts]
    if len({name[0] for name in names}) < len(names):
        return None
    said = [_spell(number, *name) for (number, _), name in zip(parts, names, strict=True) if number or len(parts) < 3]
    words = f"{' '.join(said[:-1])} y {said[-1]}" if len(said) == _MAX_PARTS else " ".join(said)
    return say(words, [tokens[index], tokens[stop - 1]]), stop


def _cued_parts(tokens: Tokens, index: int) -> tuple[list[tuple[int, str]], int] | None:
    time = find_time(tokens, index)
    if time is None or time.second is None or tokens[index - 1].text == "T":
        return None
    before = [tokens[at].text.lower() for at in (index - 1, index - 2, index - 3)]
    if "las" in before or not any(table().has("duration_cues", word) for word in before):
        return None
    return list(zip((time.hour, time.minute, time.second), _UNITS, strict=True)), time.stop


def _unit_parts(tokens: Tokens, index: int) -> tuple[list[tuple[int, str]], int]:
    """Numbers with units, each smaller than the one before; bare minutes may end it: "1h30" is no time of the day."""
    parts: list[tuple[int, str]] = []
    at = index
    while len(parts) < _MAX_PARTS:
        number, unit = small_number(tokens, at, 100), tokens[at + 1]
        if number is None or (parts and tokens[at].gap > Gap.SPACE):
            break
        if unit.kind is Kind.WORD and unit.gap <= Gap.SPACE and unit.text in table().mapping("durations"):
            parts.append((number, unit.text))
            at += 2
            continue
        if len(parts) == 1 and tokens[at].glued and len(tokens[at].text) == 2 and find_time(tokens, index) is None:
            parts.append((number, "min"))
            at += 1
        break
    return parts, at


def _spell(number: int, one: str, several: str) -> str:
    name = one if number == 1 else several
    return f"{spell_cardinal(number, form_with(name, number))} {name}"
