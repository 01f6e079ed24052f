"""Silence that is asked for in the text: [pausa 500ms]."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from service.errors import ServiceError
from service.text.regions import Region
from service.text.script import Passage, plain, refuse

LONGEST = 10.0
"""Seconds of one pause."""

LONGEST_SUM = 60.0
"""Seconds of all the pauses of a text."""

_UNITS = {"ms": 0.001, "s": 1.0}
_PAUSE = re.compile(r"\[ ?(?:pausa|pause)(?: ?: ?| )(\d{1,6}(?:[.,]\d{1,3})?) ?(ms|s) ?\]", re.IGNORECASE)


def split_at_pauses(text: str, region: Region) -> Iterator[Passage]:
    """The text before, between and after its pauses. ServiceError for one that is too long."""
    start = 0
    for found in _PAUSE.finditer(text):
        seconds = check_pause(float(found[1].replace(",", ".")) * _UNITS[found[2].lower()])
        yield replace(plain(text[start : found.start()], region, start), pause=seconds)
        start = found.end()
    yield plain(text[start:], region, start)


def check_pause(seconds: float) -> float:
    """The pause. ServiceError if it is longer than one may be."""
    if seconds > LONGEST:
        raise _too_long(f"a pause of at most {LONGEST:g} s", f"una pausa de a lo más {LONGEST:g} s")
    return seconds


def check_pauses(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The passages. ServiceError once their pauses are longer together than they may be."""
    total = 0.0
    for passage in passages:
        total += passage.pause or 0.0
        if total > LONGEST_SUM:
            raise _too_long(f"pauses of {LONGEST_SUM:g} s in all", f"pausas de {LONGEST_SUM:g} s en total")
        yield passage


def _too_long(en: str, es: str) -> ServiceError:
    return refuse("text.pause", f"A text may ask for {en}: shorten it.", f"Un texto puede pedir {es}: acórtelo.")
