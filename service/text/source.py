"""A passage made plain: characters a Spanish reader knows, each with the span it came from."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.text.emojis import match_emoji
from service.text.markup import HEADING, ITEM, TURN, find_markup
from service.text.script import CUE, Cue, Passage, share
from service.text.tables import table

_NEWLINES = "\n\r\v\f\x85\u2028\u2029"
_BREAKS = (ITEM, TURN, HEADING)
_PLAIN = re.compile("[ -~áéíóúüñÁÉÍÓÚÜÑ¿¡«»]+")
_MARKS = re.compile(r"\W+\Z")
_MAX_CLUSTER = 5  # a letter and its marks; canonical reordering is quadratic in the number of marks
_LATIN = "\u00ff"


@dataclass(frozen=True, slots=True)
class Source:
    """Cleaned characters. `starts[i]` and `ends[i]` bound, in code points of the caller's text, what `chars[i]` was.

    Holds letters of ASCII, Latin-1 and Greek, ASCII digits, spaces, line breaks, emoji, punctuation or symbols, and the
    passage's cues.
    """

    chars: str
    starts: list[int]
    ends: list[int]
    cues: tuple[Cue, ...]


def clean(passage: Passage) -> Source:
    """NFC, markup taken out, look-alikes and foreign accents folded, other scripts and unsayable characters dropped."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    cues: list[Cue] = []
    given = iter(passage.cues)
    for folded, start, end in _fold(passage.chars):
        for _ in range(passage.chars.count(CUE, start, end) if passage.cues else 0):
            cues += [next(given)] if folded == CUE else []  # a cue in what is dropped is dropped with it
        chars.append(folded)
        if len(folded) == end - start:
            starts.extend(passage.starts[start:end])
            ends.extend(passage.ends[start:end])
        else:
            said = len(_MARKS.sub("", folded)) or len(folded)  # ⑴ is heard as its digit: nothing of it is the bracket's
            bounds = share(passage.starts[start], passage.ends[end - 1], said)
            bounds += bounds[-1:] * (len(folded) - said)
            starts.extend(bounds[:-1])
            ends.extend(bounds[1:])
    return Source("".join(chars), starts, ends, tuple(cues))


def _fold(text: str) -> Iterator[tuple[str, int, int]]:
    at = 0
    for start, end, plain in find_markup(text):
        yield from _fold_span(text, at, start)
        if plain in _BREAKS:
            yield plain, start, end
        else:
            yield "".join(folded for folded, _, _ in _fold_span(plain, 0, len(plain)) if folded != CUE), start, end
        at = end
    yield from _fold_span(text, at, len(text))


def _fold_span(text: str, start: int, size: int) -> Iterator[tuple[str, int, int]]:
    while start < size:
        stop = _plain_end(text, start, size)
        folded, stop = (text[start:stop], stop) if stop > start else _fold_cluster(text, start, size)
        yield folded, start, stop
        start = stop


def _fold_cluster(text: str, start: int, size: int) -> tuple[str, int]:
    """What becomes of a line break, an emoji, or a character and its marks; and the index after them."""
    stop = start + 1
    if text[start : min(size, start + 2)] == "\r\n":
        return "\n", start + 2
    picture = match_emoji(text, start)
    if picture is not None:
        return picture
    while stop < size and _extends(text[stop]):
        stop += 1
    cluster = text[start : min(stop, start + _MAX_CLUSTER)]
    return _fold_character(cluster if len(cluster) == 1 else unicodedata.normalize("NFC", cluster)[0]), stop


def _plain_end(text: str, start: int, size: int) -> int:
    """The end of a run of characters that all stand for themselves."""
    run = _PLAIN.match(text, start, size)
    if run is None:
        return start
    marked = run.end() < size and _extends(text[run.end()])
    return run.end() - 1 if marked else run.end()


@lru_cache(maxsize=4096)
def _extends(character: str) -> bool:
    return character > "\u02ff" and unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _NEWLINES:
        return "\n"
    if character <= "~":
        return character if character >= " " else " "
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
    if category[0] == "L" and character not in "ºª":
        return _fold_letter(character)
    return _fold_lookalike(character, category)


def _fold_letter(character: str) -> str:
    """A letter of Latin-1 as it stands, another Latin one as its nearest, a Greek one without accents."""
    if character <= _LATIN:
        return character
    nearest = table().mapping("nearest_letters").get(character)
    if nearest:
        return str(nearest)
    plain = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in plain if part.isalpha())
    if bare and (all(part <= "z" for part in bare) or bare.lower() in table().mapping("greek_letters")):
        return bare
    composed = unicodedata.normalize("NFKC", character)
    return composed if composed != character and all("!" <= part <= _LATIN for part in composed) else " "


def _fold_lookalike(character: str, category: str) -> str:
    if character == "’":
        return "'"
    if character in "ºª…" or any(character in symbols for symbols in table().mapping("symbols").values()):
        return character
    if character in table().mapping("fractions.glyphs") or character in table().mapping("superscripts"):
        return character
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and all("!" <= c <= "\u024f" for c in plain):
        return plain
    if category[0] == "N":
        return " "
    return unicodedata.normalize("NFC", character)
