"""A passage made plain: characters a Spanish reader knows, each with the span it came from."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from service.text.script import CUE, Cue, Passage
from service.text.tables import table

_NEWLINES = "\n\r\v\f\x85\u2028\u2029"
_MAX_CLUSTER = 5  # a letter and its marks; canonical reordering is quadratic in the number of marks
_JAMO = range(0x1160, 0x1200)  # Hangul vowels and tails: they compose, though they are letters
_LATIN = "\u024f"


@dataclass(frozen=True, slots=True)
class Source:
    """Cleaned characters. `starts[i]` and `ends[i]` bound, in code points of the caller's text, what `chars[i]` was.

    Holds letters and their marks, ASCII digits, spaces, line feeds, punctuation or symbols, and the passage's cues;
    nothing else.
    """

    chars: str
    starts: list[int]
    ends: list[int]
    cues: tuple[Cue, ...]


def clean(passage: Passage) -> Source:
    """NFC, look-alikes folded, unsayable characters dropped or, between words, made spaces."""
    text = passage.chars
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    start, size = 0, len(text)
    while start < size:
        stop = start + 1
        while stop < size and _extends(text[stop]):
            stop += 1
        if text[start : start + 2] == "\r\n":
            stop = start + 2
        folded = _fold_character(text[start]) if stop == start + 1 else _fold_cluster(text[start:stop])
        chars.append(folded)
        starts.extend([passage.starts[start]] * len(folded))
        ends.extend([passage.ends[stop - 1]] * len(folded))
        start = stop
    return Source("".join(chars), starts, ends, passage.cues)


@lru_cache(maxsize=4096)
def _extends(character: str) -> bool:
    return character > "\u02ff" and (unicodedata.category(character)[0] == "M" or ord(character) in _JAMO)


def _fold_cluster(cluster: str) -> str:
    if cluster == "\r\n":
        return "\n"
    composed = unicodedata.normalize("NFC", cluster[:_MAX_CLUSTER])
    base = _fold_character(composed[0])
    if composed[0] <= _LATIN or not composed[0].isalpha():
        return base
    return base + composed[1:]


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _NEWLINES:
        return "\n"
    if character == CUE:
        return CUE
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] in "CZ":
        return " "
    if category[0] == "M":
        return ""
    if category[0] in "LNPS" and character > "~":
        return _fold_lookalike(character, category)
    return character


def _fold_lookalike(character: str, category: str) -> str:
    if character in "ºª…" or any(character in symbols for symbols in table().mapping("symbols").values()):
        return character
    if character in table().mapping("fractions.glyphs") or character in table().mapping("superscripts"):
        return character
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and all("!" <= c <= _LATIN for c in plain):
        return plain
    if category[0] == "N":
        return " "
    return unicodedata.normalize("NFC", character)
