"""From the engine's events to the reply's: converted, cut into chunks, encoded, timed. Runs on the codec pool."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from eslatam.tts.v1 import audio_pb2, speech_pb2
from google.protobuf.duration_pb2 import Duration

from service.api.orders import Order
from service.api.scripts import Script
from service.api.timestamps import Span, match_words
from service.audio import Conversion, Encoder, Samples, encode_whole, open_encoder
from service.engine.engine import Event, SegmentEnd

Reply = audio_pb2.AudioChunk | speech_pb2.Timestamp


class WholeEncoder:
    """An `Encoder` that gives everything at the end, so that the container can tell its length."""

    def __init__(self, order: Order) -> None:
        self._format = order.audio_format
        self._parts: list[Samples] = []

    def encode(self, samples: Samples) -> bytes:
        self._parts.append(samples)
        return b""

    def finish(self) -> bytes:
        return encode_whole(np.concatenate(self._parts), self._format)


class Delivery:
    """The audio of a script, sent as one recording. Samples are counted at the reply's rate.

    A chunk never spans two segments. Places are told as samples come in, and hold although a watermark gives them
    later. What `add`, `drain` and `finish` give is made as it is taken, and must be taken whole before the next call,
    unless that is `drop`.
    """

    def __init__(self, order: Order, script: Script, *, whole: bool) -> None:
        self.sample_count = 0
        self.token_count = 0
        self.cut = False
        self._order = order
        self._script = script
        self._encoder: Encoder = WholeEncoder(order) if whole else open_encoder(order.audio_format)
        self._chunk_size = max(1, round(order.chunk_seconds * order.audio_format.sample_rate))
        self._chunk = audio_pb2.AudioChunk()
        self._first = 0
        self.drop()

    def drop(self) -> None:
        """Forgets what has not been encoded. What comes next starts afresh, after the last sample counted."""
        info, audio_format = self._order.engine.info, self._order.audio_format
        self._watermark = info.watermark() if info.watermark else None
        self._conversion = Conversion(info.sample_rate, audio_format.sample_rate)
        self._base = self._end = self.sample_count
        self._starts: list[int] = []
        self._ready = np.zeros(0, np.float32)
        self._timestamps: deque[tuple[int, speech_pb2.Timestamp]] = deque()

    def add(self, event: Event) -> Iterator[Reply]:
        """What can be sent after one more event, whose segment is a line of the script."""
        if not self._starts:
            self._first = event.segment
        while self._first + len(self._starts) <= event.segment:  # a segment may end without any audio
            self._starts.append(self._end)
        if isinstance(event, SegmentEnd):
            self.token_count += event.tokens
            self.cut |= event.cut
            self._timestamps.extend(self._stamp(event))
            yield from self._due()
            return
        self._end = self._base + self._conversion.expect(event.samples.size, self._rate(event.segment))
        yield from self._convert(self._watermark.mark(event.samples) if self._watermark else event.samples)

    def drain(self) -> Iterator[Reply]:
        """The rest, where nothing follows for now. An encoder may still keep a frame back."""
        yield from self._rest()
        yield from (timestamp for _, timestamp in self._timestamps)
        self.drop()

    def finish(self) -> Iterator[Reply]:
        """The rest, to the last byte."""
        yield from self._rest()
        self._chunk.data += self._encoder.finish()
        if self._chunk.data:
            yield self._take_chunk()
        yield from (timestamp for _, timestamp in self._timestamps)

    def _rest(self) -> Iterator[Reply]:
        if self._watermark:
            yield from self._convert(self._watermark.finish())
        yield from self._send(self._conversion.finish(), last=True)

    def _convert(self, samples: Samples) -> Iterator[Reply]:
        if len(samples):
            yield from self._send(self._conversion.convert(samples), last=False)

    def _send(self, samples: Samples, *, last: bool) -> Iterator[Reply]:
        self._ready = np.concatenate([self._ready, samples])
        while count := self._next_count(last):
            block, self._ready = self._ready[:count], self._ready[count:]
            self._encode(block)
            if self._chunk.data:
                yield self._take_chunk()
                yield from self._due()

    def _due(self) -> Iterator[Reply]:
        """The timestamps whose audio has been sent."""
        sent = self._chunk.start_sample
        while sent and self._timestamps and self._timestamps[0][0] <= sent:
            yield self._timestamps.popleft()[1]

    def _next_count(self, last: bool) -> int:
        """Samples of the next block: a chunk, or less at the end of a segment or of all; 0 while there are too few."""
        count = self._chunk_size
        following = self._segment() + 1 - self._first
        if following < len(self._starts):
            count = min(count, self._starts[following] - self.sample_count)
        ready = len(self._ready)
        return min(count, ready) if last or ready >= count else 0

    def _encode(self, block: Samples) -> None:
        if not self._chunk.sample_count:  # the segment may have begun after the chunk was
            self._chunk.segment_index = self._segment()
        self._chunk.data += self._encoder.encode(block)
        self._chunk.sample_count += len(block)
        self.sample_count += len(block)

    def _take_chunk(self) -> audio_pb2.AudioChunk:
        chunk = self._chunk
        self._chunk = audio_pb2.AudioChunk(start_sample=self.sample_count, segment_index=self._segment())
        return chunk

    def _segment(self) -> int:
        """The segment that the next sample belongs to; a pause belongs to the one before it."""
        return self._first + max(0, bisect_right(self._starts, self.sample_count) - 1)

    def _rate(self, segment: int) -> float:
        return self._order.job.speaking_rate * self._script[segment].segment.rate

    def _place(self, sample: int, event: SegmentEnd) -> int:
        """Where a sample of a segment that ends here comes to lie in the reply."""
        model_rate = self._order.engine.info.sample_rate * self._rate(event.segment)
        return self._end - round((event.sample_count - sample) * self._order.audio_format.sample_rate / model_rate)

    def _stamp(self, event: SegmentEnd) -> Iterator[tuple[int, speech_pb2.Timestamp]]:
        """What was asked for of a segment, each with the sample it ends at: its words, then itself."""
        segment = self._script[event.segment].segment
        if speech_pb2.TIMESTAMP_GRANULARITY_WORD in self._order.timestamps:
            for span in match_words(segment, event.words):
                yield self._timestamp(speech_pb2.TIMESTAMP_GRANULARITY_WORD, event, span)
        if speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT in self._order.timestamps:
            whole = Span(segment.offset, segment.length, segment.text, 0, event.sample_count)
            yield self._timestamp(speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT, event, whole)

    def _timestamp(
        self, granularity: speech_pb2.TimestampGranularity.ValueType, event: SegmentEnd, span: Span
    ) -> tuple[int, speech_pb2.Timestamp]:
        line = self._script[event.segment]
        start = span.offset - line.segment.offset
        began, ended = (self._place(at, event) for at in (span.start_sample, span.end_sample))
        return ended, speech_pb2.Timestamp(
            granularity=granularity,
            text=line.words[start : start + span.length],
            text_offset=span.offset,
            text_length=span.length,
            spoken_text=span.spoken,
            start_offset=self.duration(began),
            end_offset=self.duration(ended),
            segment_index=event.segment,
        )

    def duration(self, sample_count: int) -> Duration:
        """The time so many samples of the reply last."""
        duration = Duration()
        duration.FromTimedelta(timedelta(seconds=sample_count / self._order.audio_format.sample_rate))
        return duration
