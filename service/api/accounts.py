"""What a synthesis tells of itself: the header before its audio, the summary after it."""

import time
from datetime import timedelta

from eslatam.tts.v1 import audio_pb2, speech_pb2
from google.protobuf.duration_pb2 import Duration

from service.api.context import current
from service.api.delivery import Delivery
from service.api.listener import Listener
from service.api.orders import Order

REASONS = {
    "complete": speech_pb2.FINISH_REASON_COMPLETE,
    "length": speech_pb2.FINISH_REASON_LENGTH,
    "interrupted": speech_pb2.FINISH_REASON_INTERRUPTED,
}


def make_header(order: Order, segment_count: int) -> speech_pb2.SynthesisHeader:
    encoding = audio_pb2.AudioEncoding.Value(f"AUDIO_ENCODING_{order.audio_format.encoding.name}")
    return speech_pb2.SynthesisHeader(
        request_id=order.job.request_id,
        audio_format=audio_pb2.AudioFormat(
            encoding=encoding,
            sample_rate_hertz=order.audio_format.sample_rate,
            bit_rate_bps=order.audio_format.bit_rate,
        ),
        voice=order.voice_name,
        model=f"models/{order.engine.info.name}",
        seed=order.job.seed,
        segment_count=segment_count,
        watermarked=order.engine.info.watermark is not None,
        requested_model=f"models/{order.choice.requested}",
        fallback_reason=order.choice.fallback_reason,
        target_characters=order.target_characters,
    )


def make_summary(
    delivery: Delivery, listener: Listener, *, characters: int, queue_seconds: float
) -> speech_pb2.SynthesisSummary:
    arrived_at = current().arrived_at
    return speech_pb2.SynthesisSummary(
        finish_reason=REASONS[listener.outcome],
        audio_duration=delivery.duration(delivery.sample_count),
        sample_count=delivery.sample_count,
        character_count=characters,
        speech_token_count=delivery.token_count,
        queue_duration=_duration(queue_seconds),
        first_audio_duration=_duration((listener.first_audio_at or time.monotonic()) - arrived_at),
        total_duration=_duration(time.monotonic() - arrived_at),
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration
