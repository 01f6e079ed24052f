"""Any text as lower-case Spanish letters and Kokoro's punctuation."""

import re
import unicodedata
from dataclasses import dataclass

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzáéíóúüñ")
PAUSES = frozenset(",;:.!?…—")
OPENING = frozenset("(“")
CLOSING = frozenset(")”")

_NEAREST = str.maketrans(
    {
        "æ": "e", "œ": "e", "ø": "o", "å": "o", "ç": "s", "ł": "l", "đ": "d", "ð": "d", "þ": "t", "ß": "ss", "ı": "i",
        "š": "sh", "ś": "sh", "ş": "sh", "č": "ch", "ć": "ch", "ž": "y", "ř": "rr",
        "«": "“", "»": "”", "[": "(", "]": ")", "–": "—", "―": "—",
        "'": None, "’": None, "ʼ": None, "\N{SOFT HYPHEN}": None, "\N{ZERO WIDTH SPACE}": None,
    }
)  # fmt: skip
GIVEN = "\ue000"
"""Stands for the letters of a word whose phonemes are given: as many, so that what follows stays where it is."""

_RUN = re.compile(r"\S+")
_DOTS = re.compile(r"\.{2,}")
_TOKEN = re.compile(r"[a-záéíóúüñ]+|[0-9]|\ue000+|[,;:.!?…—()“”]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a digit or a mark, and the run without spaces that it stands in: `length` characters from `offset`."""

    text: str
    offset: int
    length: int


def split_tokens(text: str) -> list[Token]:
    """Words, single digits and punctuation marks, in order, a pause once. A foreign letter becomes the nearest one."""
    tokens: list[Token] = []
    for run in _RUN.finditer(text):
        for found in _TOKEN.findall(_spell(run[0])):
            if not (tokens and found == tokens[-1].text and found in PAUSES):
                tokens.append(Token(found, run.start(), len(run[0])))
    return tokens


def _spell(run: str) -> str:
    folded = "".join(map(_fold, unicodedata.normalize("NFC", run).lower().translate(_NEAREST)))
    return _DOTS.sub("…", folded)


def _fold(character: str) -> str:
    if character in LETTERS or character.isascii():
        return character
    kept = "".join(c for c in unicodedata.normalize("NFKD", character).lower() if not unicodedata.combining(c))
    return kept or ("" if unicodedata.combining(character) else " ")
