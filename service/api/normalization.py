"""The reply of NormalizeText: how a text would be read."""

from datetime import timedelta

from eslatam.tts.v1 import speech_pb2
from google.protobuf.duration_pb2 import Duration

from service.text import Prepared, Segment


def write_normalized(prepared: Prepared) -> speech_pb2.NormalizeTextResponse:
    """Segments, and a span for every expression that was read as one."""
    return speech_pb2.NormalizeTextResponse(
        normalized_text=prepared.text,
        segments=map(_write_segment, prepared.segments),
        spans=[span for segment in prepared.segments for span in _write_spans(segment)],
    )


def _write_segment(segment: Segment) -> speech_pb2.NormalizedSegment:
    pause = Duration()
    pause.FromTimedelta(timedelta(seconds=segment.pause_after))
    return speech_pb2.NormalizedSegment(
        text=segment.text, text_offset=segment.offset, text_length=segment.length, pause_duration=pause
    )


def _write_spans(segment: Segment) -> list[speech_pb2.NormalizedSpan]:
    return [
        speech_pb2.NormalizedSpan(
            text_offset=expression.offset,
            text_length=expression.length,
            spoken_text=expression.text,
            rule=expression.rule,
        )
        for expression in segment.expressions()
    ]
