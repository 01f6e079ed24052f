"""Text to the ids that T3 reads, in each of the three ways that upstream's code bases do it.

- `legacy`: resemble-ai/chatterbox, release 0.1.7 and HEAD: first letter capitalised, all lower-cased, NFKD.
- `nfkd-case`: the V3 Space: letters keep their case, NFKD.
- `raw`: the Space of the LatAm checkpoint: letters keep their case, the first is capitalised, accents stay composed.

Punctuation is normalised as upstream's `punc_norm` does it, in all three. Which one the LatAm checkpoint was trained
with is not known; `probe` tells what its vocabulary and its embedding say.
"""

from pathlib import Path
from typing import Literal, get_args
from unicodedata import normalize

from tokenizers import Tokenizer

from service.errors import Reason, ServiceError

Mode = Literal["nfkd-case", "legacy", "raw"]
MODES: tuple[Mode, ...] = get_args(Mode)

LANGUAGE = "[es]"
UNKNOWN = "[UNK]"
SPACE = "[SPACE]"
TEXT_IDS = 2454
"""Rows of T3's text embedding."""

_REPLACED = (
    ("...", ", "),
    ("…", ", "),
    (":", ","),
    (" - ", ", "),
    (";", ", "),
    ("—", "-"),
    ("–", "-"),
    (" ,", ","),
    ("“", '"'),
    ("”", '"'),
    ("‘", "'"),
    ("’", "'"),
)
"""In this order: each sees what those before it left."""

_ENDINGS = (".", "!", "?", "-", ",", "、", "，", "。", "？", "！")
_BRACKETS = str.maketrans("[]", "()")


class FrontEnd:
    """Text to ids. ServiceError MODEL_NOT_INSTALLED if the vocabulary's file cannot be read or is not T3's."""

    def __init__(self, vocabulary: Path, mode: Mode) -> None:
        self.mode = mode
        self.tokenizer = _read(vocabulary)

    def encode(self, text: str) -> list[int]:
        """Ids of the vocabulary, the language's first; without the start and stop that T3 puts around them.

        Square brackets become round: what they enclose could name a special token.
        """
        text = spell(text, self.mode).translate(_BRACKETS)
        ids: list[int] = self.tokenizer.encode(f"{LANGUAGE}{text}".replace(" ", SPACE)).ids
        return ids

    def cost(self, text: str) -> int:
        """How many ids a text takes."""
        return len(self.encode(text))


def spell(text: str, mode: Mode) -> str:
    """The text as the vocabulary's letters are looked up in it."""
    if mode != "nfkd-case" and text[:1].islower():
        text = text[0].upper() + text[1:]
    text = punctuate(text)
    if mode == "legacy":
        text = text.lower()
    return text if mode == "raw" else normalize("NFKD", text)


def punctuate(text: str) -> str:
    """Marks that upstream's training data lacks replaced by those it has; ends with a mark."""
    text = " ".join(text.split())
    for old, new in _REPLACED:
        text = text.replace(old, new)
    text = text.rstrip(" ")
    return text if text.endswith(_ENDINGS) else f"{text}."


def _read(vocabulary: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(vocabulary))
    except Exception as error:  # the library raises nothing narrower
        raise _wrong(vocabulary) from error
    wanted = (LANGUAGE, UNKNOWN, SPACE)
    if tokenizer.get_vocab_size() > TEXT_IDS or None in (tokenizer.token_to_id(token) for token in wanted):
        raise _wrong(vocabulary)
    return tokenizer


def _wrong(vocabulary: Path) -> ServiceError:
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED,
        en=f"{vocabulary} is not the vocabulary of Chatterbox Multilingual: run `eslatam models download`.",
        es=f"{vocabulary} no es el vocabulario de Chatterbox Multilingual: ejecutar `eslatam models download`.",
    )
