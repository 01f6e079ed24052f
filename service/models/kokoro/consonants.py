"""The sound of each Spanish consonant where it stands: seseo, yeísmo, b d g stopped or soft, n before b p v."""

from collections.abc import Callable
from dataclasses import dataclass

from service.models.kokoro.lexicon import lexicon
from service.models.kokoro.syllables import FRONT, VOWELS

_NASALS = frozenset("mnŋɲ")
_WRITTEN_TWICE = frozenset("bdfgkmpstvwz")


@dataclass(frozen=True, slots=True)
class Place:
    """A letter of a lower-case word. `previous` is the phone before it, "" after a pause."""

    word: str
    index: int
    previous: str
    is_monosyllable: bool

    @property
    def letter(self) -> str:
        return self.word[self.index]

    @property
    def rest(self) -> str:
        """The two letters that follow."""
        return self.word[self.index + 1 : self.index + 3]

    @property
    def following(self) -> str:
        return self.rest[:1]

    @property
    def is_first(self) -> bool:
        return self.index == 0

    def soften(self, stop: str, soft: str) -> str:
        return stop if not self.previous or self.previous in _NASALS else soft


Sound = tuple[str, int]
"""Phones, and how many letters they stand for."""


def pronounce_consonant(place: Place) -> Sound:
    letter = place.letter
    if letter == place.following and letter in _WRITTEN_TWICE:
        return "", 1
    if letter in _RULES:
        return _RULES[letter](place)
    return _PLAIN.get(letter, ""), 1


def _b(place: Place) -> Sound:
    if not place.following or place.following in "ptkcq":
        return "b", 1
    return place.soften("b", "β"), 1


def _c(place: Place) -> Sound:
    if place.following == "h":
        return "ʧ", 2
    if place.following in ("k", "q"):
        return "", 1
    return ("s" if place.following in FRONT else "k"), 1


def _d(place: Place) -> Sound:
    if place.following:
        return place.soften("d", "ð"), 1
    return ("d" if place.is_monosyllable else "ð"), 1


def _g(place: Place) -> Sound:
    if place.following in FRONT:
        return "x", 1
    if place.following == "u" and place.rest[1:] in FRONT:
        return place.soften("ɡ", "ɣ"), 2
    if place.is_first and place.following == "n":
        return "", 1
    if place.following in VOWELS or place.following in ("l", "r"):
        return place.soften("ɡ", "ɣ"), 1
    return "ɡ", 1


def _l(place: Place) -> Sound:
    return ("ʝ", 2) if place.following == "l" else ("l", 1)


def _n(place: Place) -> Sound:
    if place.following in ("g", "j"):
        return "ŋ", 1
    return ("m" if place.following in ("b", "p", "v") else "n"), 1


def _p(place: Place) -> Sound:
    if place.following == "h":
        return "f", 2
    if place.is_first and place.following in ("s", "t", "n"):
        return "", 1
    return "p", 1


def _q(place: Place) -> Sound:
    return "k", 2 if place.following == "u" else 1


def _r(place: Place) -> Sound:
    if place.following == "r":
        return "r", 2
    rolled = place.is_first or place.word[place.index - 1] in "nls"
    return ("r" if rolled else "ɾ"), 1


def _s(place: Place) -> Sound:
    if place.following == "h":
        return "ʃ", 2
    if place.following == "c" and place.rest[1:] in FRONT:
        return "s", 2
    return "s", 1


def _t(place: Place) -> Sound:
    return ("ʦ", 2) if place.following == "z" else ("t", 1)


def _x(place: Place) -> Sound:
    if _reads_as_j(place):
        return "x", 1
    if place.is_first:
        return "s", 1
    return "ks", 2 if place.following == "c" and place.rest[1:] in FRONT else 1


def _reads_as_j(place: Place) -> bool:
    """Looks only at the few letters around the x, so that a long word takes linear time."""
    start = max(0, place.index - 3)
    around = place.word[start : place.index + 6]
    return any(match.start() <= place.index - start < match.end() for match in lexicon().x_as_j.finditer(around))


_RULES: dict[str, Callable[[Place], Sound]] = {
    "b": _b, "c": _c, "d": _d, "g": _g, "l": _l, "n": _n, "p": _p, "q": _q, "r": _r, "s": _s, "t": _t, "v": _b, "x": _x,
}  # fmt: skip
_PLAIN = {"f": "f", "j": "x", "k": "k", "m": "m", "ñ": "ɲ", "w": "w", "y": "ʝ", "z": "s"}
