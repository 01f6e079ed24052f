"""Subtitles of a speech, from its timestamps: SubRip (.srt) and WebVTT (.vtt)."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from eslatam._values import Timestamp

LINE = 42
"""Most characters of a line; a cue has two lines at most."""
LONGEST = 7.0
"""Most seconds of a cue, unless it is one word."""

_RUN = re.compile(rf"\S{{1,{LINE}}}")
_CONTROLS = dict.fromkeys([*range(0x20), 0x7F])
_ENDS = {**dict.fromkeys(".!?…", 0.0), **dict.fromkeys(",;:—", 0.15)}
_INSIDE = 0.4


@dataclass(frozen=True, slots=True)
class _Token:
    """A run of characters without spaces, and where it is in the text sent."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Cue:
    """One or two lines, and when they are shown, in milliseconds."""

    start: int
    end: int
    lines: Sequence[str]


def write_srt(timestamps: Iterable[Timestamp]) -> str:
    """SubRip. Takes the timestamps of a speech by segment, and better by word too; ValueError if only by word."""
    cues = enumerate(_make_cues(timestamps), 1)
    return "".join(f"{number}\n{_clock(cue, ',')}\n{_join(cue.lines).replace('-->', '→')}\n\n" for number, cue in cues)


def write_vtt(timestamps: Iterable[Timestamp]) -> str:
    """WebVTT, of the same as `write_srt`."""
    cues = (f"{_clock(cue, '.')}\n{html.escape(_join(cue.lines), quote=False)}\n" for cue in _make_cues(timestamps))
    return "\n".join(["WEBVTT\n", *cues])


def _clock(cue: _Cue, point: str) -> str:
    return " --> ".join(
        f"{at // 3_600_000:02}:{at // 60_000 % 60:02}:{at // 1000 % 60:02}{point}{at % 1000:03}"
        for at in (cue.start, cue.end)
    )


def _join(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _make_cues(timestamps: Iterable[Timestamp]) -> Iterator[_Cue]:
    """In order, none over another; what is not heard is not shown."""
    given = list(timestamps)
    segments = [stamp for stamp in given if stamp.granularity == "segment"]
    if given and not segments:
        raise ValueError("Subtitles need the timestamps of segments.")
    shown = 0
    for segment in segments:
        words = [s for s in given if s.granularity == "word" and s.segment_index == segment.segment_index]
        spans = words or [segment]
        for tokens in _divide(_read_tokens(segment), spans):
            start = max(shown, round(_begin(spans, tokens[0].start) * 1000))
            end = round(_finish(spans, tokens[-1].end) * 1000)
            if end > start:
                yield _Cue(start, end, _wrap(tokens))
                shown = end


def _read_tokens(segment: Timestamp) -> list[_Token]:
    found = _RUN.finditer(segment.text)
    tokens = (
        _Token(run[0].translate(_CONTROLS), segment.offset + run.start(), segment.offset + run.end()) for run in found
    )
    return [token for token in tokens if token.text]


def _begin(spans: Sequence[Timestamp], position: int) -> float:
    """When what starts at a position of the text is heard."""
    span = next((span for span in spans if span.offset + span.length > position), None)
    return spans[-1].end if span is None else _interpolate(span, position)


def _finish(spans: Sequence[Timestamp], position: int) -> float:
    """When what ends at a position of the text has been heard."""
    span = next((span for span in reversed(spans) if span.offset < position), None)
    return spans[0].start if span is None else _interpolate(span, position)


def _interpolate(span: Timestamp, position: int) -> float:
    share = min(1.0, max(0.0, (position - span.offset) / max(1, span.length)))
    return span.start + share * (span.end - span.start)


def _divide(tokens: Sequence[_Token], spans: Sequence[Timestamp]) -> Iterator[Sequence[_Token]]:
    """The tokens of each cue: cut in about the middle, after a sentence or a clause if one ends there."""
    if not tokens:
        return
    seconds = _finish(spans, tokens[-1].end) - _begin(spans, tokens[0].start)
    if len(tokens) == 1 or (_wrap(tokens) and seconds <= LONGEST):
        yield tokens
        return
    middle, size = (tokens[0].start + tokens[-1].end) / 2, tokens[-1].end - tokens[0].start
    costs = [_cost(abs(before.end - middle) / size, before.text) for before in tokens[:-1]]
    stop = costs.index(min(costs)) + 1
    yield from _divide(tokens[:stop], spans)
    yield from _divide(tokens[stop:], spans)


def _wrap(tokens: Sequence[_Token]) -> Sequence[str]:
    """One line, or two that are about even, the first up to a sentence's or a clause's end; none if too long."""
    whole = _write(tokens)
    if len(whole) <= LINE:
        return [whole]
    pairs = ((_write(tokens[:stop]), _write(tokens[stop:])) for stop in range(1, len(tokens)))
    fitting = [pair for pair in pairs if max(map(len, pair)) <= LINE]
    return min(fitting, key=lambda pair: _cost(abs(len(pair[0]) - len(pair[1])) / (2 * LINE), pair[0]), default=())


def _cost(distance: float, text: str) -> float:
    """Of a cut after a text, at a distance of 0 to 1 from where it would be best."""
    return distance + _ENDS.get(text[-1], _INSIDE)


def _write(tokens: Sequence[_Token]) -> str:
    """The tokens with a space between two, unless they are one word."""
    spaces = ["", *("" if before.end == after.start else " " for before, after in pairwise(tokens))]
    return "".join(space + token.text for space, token in zip(spaces, tokens, strict=True))
