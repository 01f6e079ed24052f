"""What is said, word by word and mark by mark, each with the span it came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.text.script import share
from service.text.tokens import Gap, Token

OPENERS = "¿¡(«“"
CLOSERS = ")»”"
ENDERS = ".!?…"
CLAUSES = ",;:"
DASH = "—"


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a mark to be said. `start` and `end` are code points of the caller's text.

    `gap` NONE writes it right after the one before; what `holds` is written right before the next;
    a `tied` word came from the same expression as the one before. `rule` names what read it, "" if nothing changed it;
    one with `phonemes`, in IPA, is said by them.
    """

    text: str
    start: int
    end: int
    gap: Gap
    tied: bool = False
    holds: bool = False
    rule: str = ""
    phonemes: str = ""

    @property
    def is_word(self) -> bool:
        return self.text[:1].isalpha() or any(character.isalpha() for character in self.text)

    def is_mark(self, marks: str) -> bool:
        return not self.is_word and self.text in marks

    def put(self, gap: Gap, *, holds: bool = False) -> "Piece":
        """The piece after `gap`; much faster than `replace`."""
        return Piece(self.text, self.start, self.end, gap, self.tied, holds, self.rule, self.phonemes)

    def read_by(self, rule: str, gap: Gap, *, tied: bool) -> "Piece":
        """The piece as a rule gave it, after `gap`."""
        return Piece(self.text, self.start, self.end, gap, tied, False, rule, self.phonemes)

    def slice(self, start: int, stop: int) -> "Piece":
        """Characters start to stop, with their share of the span."""
        size, length = len(self.text), self.end - self.start
        first, last = (self.start + at * length // size for at in (start, stop))
        gap = Gap.NONE if start else self.gap
        return replace(self, text=self.text[start:stop], start=first, end=last, gap=gap)


def say(words: str, tokens: Sequence[Token]) -> list[Piece]:
    """`words` in place of `tokens`, each with its share of their span."""
    split = words.split()
    bounds = share(tokens[0].start, tokens[-1].end, len(split))
    return [Piece(word, *span, Gap.SPACE) for word, span in zip(split, pairwise(bounds), strict=True)]
