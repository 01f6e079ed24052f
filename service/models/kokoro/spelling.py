"""Any text as lower-case Spanish letters and Kokoro's punctuation."""

import re
import unicodedata

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
_RUN_OF_DOTS = re.compile(r"\.{2,}")
_REPEATED = re.compile(r"([,;:.!?…—])(?:\s*\1)+")
_TOKEN = re.compile(r"[a-záéíóúüñ]+|[0-9]|[,;:.!?…—()“”]")


def split_tokens(text: str) -> list[str]:
    """Words, single digits and punctuation marks, in order. A foreign letter becomes the nearest Spanish one."""
    folded = "".join(map(_fold, unicodedata.normalize("NFC", text).lower().translate(_NEAREST)))
    folded = _REPEATED.sub(r"\1", _RUN_OF_DOTS.sub("…", folded))
    return _TOKEN.findall(folded)


def _fold(character: str) -> str:
    if character in LETTERS or character.isascii():
        return character
    kept = "".join(c for c in unicodedata.normalize("NFKD", character).lower() if not unicodedata.combining(c))
    return kept or ("" if unicodedata.combining(character) else " ")
