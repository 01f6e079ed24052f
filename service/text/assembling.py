"""Text that comes in pieces, turned into segments as soon as no more of it can change them."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from service.text.prepared import Prepared, Segment

Prepare = Callable[..., Prepared]
"""`prepare`, its options filled in but for `start` and `more`."""

MAX_BUFFERED = 2000
"""Characters that may wait for the end of their sentence."""

_CONTEXT = 50  # characters before what is read, so that it is read as in the whole text; more than a wrapped line
_GROWTH = 16  # text is read again once it grew by this part of it, which keeps the work linear


@dataclass(frozen=True, slots=True)
class Line:
    """A segment and the caller's own words for it."""

    segment: Segment
    words: str


class Assembler:
    """Segments of a text that is being written. Spans count from the start of all that was ever fed.

    Fed without a pause, flush or overflow the segments are those of the whole text. Those three end a text: what
    follows is read as another.
    """

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._text = ""
        self._offset = 0
        self._start = 0
        self._read = 0
        self._starts: list[int] = []

    @property
    def buffered(self) -> int:
        """Characters that are still to be said."""
        return len(self._text) - self._start

    def feed(self, text: str) -> list[Line]:
        """What is certain with more text."""
        given: list[Line] = []
        for at in range(0, len(text), MAX_BUFFERED):
            self._text += text[at : at + MAX_BUFFERED]
            if len(self._text) - self._read > self._read // _GROWTH:
                given += self._settle()
            if self.buffered > MAX_BUFFERED:
                given += self.pause() or self.flush()
        return given

    def pause(self) -> list[Line]:
        """What can be said for now: everything but a last word that may be half written."""
        half = self._text and unicodedata.category(self._text[-1])[0] in "LMN"
        stop = self._last_break() if half else len(self._text)
        return self._end(stop) if stop > self._start else []

    def flush(self) -> list[Line]:
        """Everything."""
        return self._end(len(self._text))

    def drop(self) -> None:
        """Forgets what was not given."""
        self._cut(len(self._text))

    def _settle(self) -> list[Line]:
        """Reads the whole words, and leaves what is certain behind but for some context."""
        self._read = len(self._text)
        found = self._prepare(self._text[: self._last_break()], start=self._start, more=True).segments
        given = self._place(found)
        if found:
            self._starts += [segment.offset for segment in found]
            self._start = found[-1].offset + found[-1].length
            self._trim()
        return given

    def _last_break(self) -> int:
        """Where the last whole word ends, and the space after it."""
        stop = len(self._text)
        while stop > self._start and not self._text[stop - 1].isspace():
            stop -= 1
        return stop

    def _trim(self) -> None:
        """Drops whole segments from the context while enough remains."""
        passed = [start for start in self._starts if start <= self._start - _CONTEXT]
        first = passed[-1] if passed else 0
        self._starts = [start - first for start in self._starts if start >= first]
        self._text = self._text[first:]
        self._offset += first
        self._start -= first
        self._read = len(self._text)

    def _end(self, stop: int) -> list[Line]:
        """All of the text up to `stop`, as if nothing followed."""
        found = self._prepare(self._text[:stop], start=self._start).segments
        given = self._place(found)
        self._cut(stop)
        return given

    def _cut(self, stop: int) -> None:
        self._offset += stop
        self._text = self._text[stop:]
        self._start = self._read = 0
        self._starts = []

    def _place(self, segments: tuple[Segment, ...]) -> list[Line]:
        return [
            Line(segment.moved(self._offset), self._text[segment.offset : segment.offset + segment.length])
            for segment in segments
        ]
