"""From the times of the words that are said to the words that the caller wrote."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from service.engine.jobs import WordTime
from service.text import Segment, Word


@dataclass(frozen=True, slots=True)
class Span:
    """`length` code points of the caller's text, and what is said in their place: when, in samples of the segment."""

    offset: int
    length: int
    spoken: str
    start_sample: int
    end_sample: int


def match_words(segment: Segment, times: Iterable[WordTime]) -> list[Span]:
    """The caller's words in order, none over another. An expression that is said in several words is one span."""
    spans: list[Span] = []
    words = iter(segment.words)
    word = next(words, None)
    for time in times:
        said: list[Word] = []
        while word and word.start < time.offset + time.length:
            said += [word] if word.start >= time.offset else []
            word = next(words, None)
        if said:
            _add(spans, _span(segment, said, time), tied=said[0].tied)
    return spans


def _span(segment: Segment, words: list[Word], time: WordTime) -> Span:
    first, last = words[0], words[-1]
    return Span(
        offset=first.offset,
        length=last.offset + last.source_length - first.offset,
        spoken=segment.text[first.start : last.start + last.length],
        start_sample=time.start_sample,
        end_sample=time.end_sample,
    )


def _add(spans: list[Span], span: Span, *, tied: bool) -> None:
    before = spans[-1] if spans else None
    is_apart = before and before.length > 0 and span.offset >= before.offset + before.length
    if before is None or (is_apart and not tied):
        spans.append(span)
        return
    end = max(before.offset + before.length, span.offset + span.length)
    spoken = f"{before.spoken} {span.spoken}"
    spans[-1] = replace(before, length=end - before.offset, spoken=spoken, end_sample=span.end_sample)
