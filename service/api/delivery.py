"""From the engine's events to the reply's: converted, cut into chunks, encoded, timed. Runs on the codec pool."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from eslatam.tts.v1 import audio_pb2, speech_pb2
from google.protobuf.duration_pb2 import Duration

from service.api.orders import Order
from service.api.timestamps import Span, match_words
from service.audio import Converter, Encoder, Samples, encode_whole, open_encoder
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
    """The reply to one order. Samples are counted at the reply's rate; a chunk never spans two segments.

    Places are told as samples come in, and hold although a watermark gives them later.
    """

    def __init__(self, order: Order, *, whole: bool) -> None:
        model_rate, rate = order.engine.info.sample_rate, order.audio_format.sample_rate
        self.sample_count = 0
        self.token_count = 0
        self.cut = False
        self._order = order
        self._encoder: Encoder = WholeEncoder(order) if whole else open_encoder(order.audio_format)
        open_watermark = order.engine.info.watermark
        self._watermark = open_watermark() if open_watermark else None
        self._converter = Converter(model_rate, rate, order.job.speaking_rate)
        self._ratio = rate / (model_rate * order.job.speaking_rate)
        self._chunk_size = max(1, round(order.chunk_seconds * rate))
        self._made = 0
        self._starts: list[int] = []
        self._ready = np.zeros(0, np.float32)
        self._chunk = audio_pb2.AudioChunk()
        self._timestamps: deque[tuple[int, speech_pb2.Timestamp]] = deque()

    def add(self, event: Event) -> list[Reply]:
        """What can be sent after one more event."""
        while len(self._starts) <= event.segment:  # a segment may end without any audio
            self._starts.append(self._played(self._made))
        if isinstance(event, SegmentEnd):
            self.token_count += event.tokens
            self.cut |= event.cut
            self._timestamps.extend(self._stamp(event))
            return list(self._due())
        self._made += event.samples.size
        return self._convert(self._watermark.mark(event.samples) if self._watermark else event.samples)

    def finish(self) -> list[Reply]:
        """The rest, to the last sample."""
        replies = self._convert(self._watermark.finish()) if self._watermark else []
        replies += self._send(self._converter.finish(), last=True)
        self._chunk.data += self._encoder.finish()
        if self._chunk.data:
            replies.append(self._take_chunk())
        return [*replies, *(timestamp for _, timestamp in self._timestamps)]

    def _convert(self, samples: Samples) -> list[Reply]:
        return list(self._send(self._converter.convert(samples), last=False)) if len(samples) else []

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
        if (segment := self._segment() + 1) < len(self._starts):
            count = min(count, self._starts[segment] - self.sample_count)
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
        return max(0, bisect_right(self._starts, self.sample_count) - 1)

    def _played(self, made: int) -> int:
        return round(made * self._ratio)

    def _stamp(self, event: SegmentEnd) -> Iterator[tuple[int, speech_pb2.Timestamp]]:
        """What was asked for of a segment, each with the sample it ends at: its words, then itself."""
        segment = self._order.text.segments[event.segment]
        if speech_pb2.TIMESTAMP_GRANULARITY_WORD in self._order.timestamps:
            for span in match_words(segment, event.words):
                yield self._timestamp(speech_pb2.TIMESTAMP_GRANULARITY_WORD, event, span)
        if speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT in self._order.timestamps:
            whole = Span(segment.offset, segment.length, segment.text, 0, event.sample_count)
            yield self._timestamp(speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT, event, whole)

    def _timestamp(
        self, granularity: speech_pb2.TimestampGranularity.ValueType, event: SegmentEnd, span: Span
    ) -> tuple[int, speech_pb2.Timestamp]:
        began = self._made - event.sample_count
        end = self._played(began + span.end_sample)
        return end, speech_pb2.Timestamp(
            granularity=granularity,
            text=self._order.source_text[span.offset : span.offset + span.length],
            text_offset=span.offset,
            text_length=span.length,
            spoken_text=span.spoken,
            start_offset=self.duration(self._played(began + span.start_sample)),
            end_offset=self.duration(end),
            segment_index=event.segment,
        )

    def duration(self, sample_count: int) -> Duration:
        """The time so many samples of the reply last."""
        duration = Duration()
        duration.FromTimedelta(timedelta(seconds=sample_count / self._order.audio_format.sample_rate))
        return duration
