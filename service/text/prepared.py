"""What becomes of a text: segments to be spoken, each word of which knows where it came from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `start` of a segment's text, and the span of the caller's text it came from, in code points.

    `rule` read it; "" if nothing changed it. A `tied` word came from the same expression as the one before, and one
    with `phonemes`, in IPA, is said by them.
    """

    start: int
    length: int
    offset: int
    source_length: int
    rule: str = ""
    tied: bool = False
    phonemes: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """What is said of a span of the caller's text, in code points. `rule` read it; "" if nothing changed it."""

    text: str
    offset: int
    length: int
    rule: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text spoken in one go, and the silence after it in seconds. `rate` is its speed; 1 is natural.

    Only the first of a text can have silence before it.

    `offset` and `length` are the span of the caller's text it came from, in code points.
    """

    text: str
    offset: int
    length: int
    pause_after: float
    words: tuple[Word, ...] = ()
    rate: float = 1.0
    pause_before: float = 0.0

    def moved(self, offset: int) -> "Segment":
        """The same segment of a text with so many more characters before it."""
        words = tuple(replace(word, offset=word.offset + offset) for word in self.words)
        return replace(self, offset=self.offset + offset, words=words)

    def expressions(self) -> Iterator[Expression]:
        """Its words, those that came from the same expression together."""
        start = 0
        for stop in range(1, len(self.words) + 1):
            if stop == len(self.words) or not self.words[stop].tied:
                yield self._express(self.words[start], self.words[stop - 1])
                start = stop

    def _express(self, first: Word, last: Word) -> Expression:
        length = last.offset + last.source_length - first.offset
        return Expression(self.text[first.start : last.start + last.length], first.offset, length, first.rule)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text ready to be spoken. No segment: there is nothing to say.

    `text` is all that is said, `target_characters` the target that was in force.
    """

    segments: tuple[Segment, ...]
    text: str
    target_characters: int

    @property
    def character_count(self) -> int:
        """Characters that are spoken, those between segments apart."""
        return sum(len(segment.text) for segment in self.segments)
