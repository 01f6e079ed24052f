from collections.abc import Callable, Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from eslatam import AsyncClient
from eslatam.tts.v1 import audio_pb2, speech_pb2
from google.protobuf.duration_pb2 import Duration

from service.api.delivery import Delivery, Reply
from service.api.orders import Order
from service.audio import AudioFormat, Encoding
from service.engine.engine import Audio, Event, SegmentEnd
from service.engine.jobs import Job, Preset, Samples
from service.engine.model import Watermark
from service.engine.seeds import segment_seed
from service.models.fake import SAMPLE_RATE, FakeModel, tone
from service.text import Line, Segment, prepare
from tests.service.conftest import StartServer

CHUNK = 4800
PAUSE = 2400
SCRIPT = [Line(Segment(f"Frase {index}.", 10 * index, 8, 0.1), "01234567") for index in range(3)]


class Inversion:
    """Holds back a second, and marks by turning the wave upside down."""

    def __init__(self) -> None:
        self._held = np.zeros(0, np.float32)

    def mark(self, samples: Samples) -> Samples:
        held = np.concatenate([self._held, samples])
        ready = max(0, len(held) - SAMPLE_RATE)
        self._held = held[ready:]
        return -held[:ready]

    def finish(self) -> Samples:
        return -self._held


def make_order(
    watermark: Callable[[], Watermark] | None = None, *, rate: int = SAMPLE_RATE, speed: float = 1.0
) -> Order:
    engine: Any = SimpleNamespace(info=replace(FakeModel().info, watermark=watermark))
    return Order(
        choice=cast(Any, SimpleNamespace(engine=engine)),
        voice_name="voices/default",
        job=Job("r", "c", Preset("x"), "es", seed=1, speaking_rate=speed),
        prepare=prepare,
        target_characters=120,
        audio_format=AudioFormat(Encoding.PCM_F32LE, rate, 0),
        chunk_seconds=CHUNK / SAMPLE_RATE,
        timestamps=frozenset({speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT, speech_pb2.TIMESTAMP_GRANULARITY_WORD}),
    )


def speech(sizes: Iterable[int], *, block: int = 1920, pause: int = PAUSE) -> tuple[list[Event], Samples]:
    """Events of segments of so many samples, as an engine gives them, and all their audio."""
    events: list[Event] = []
    for index, size in enumerate(sizes):
        audio = tone(index + 1, 0, size)
        events += [Audio(index, audio[start : start + block]) for start in range(0, size, block)]
        events.append(SegmentEnd(index, size, tokens=size // 960, cut=False, words=()))
        if pause:
            events.append(Audio(index, np.zeros(pause, np.float32)))
    return events, np.concatenate([event.samples for event in events if isinstance(event, Audio)])


def deliver(order: Order, events: list[Event]) -> tuple[list[audio_pb2.AudioChunk], list[speech_pb2.Timestamp]]:
    """Chunks and timestamps. A timestamp comes with the audio it is about, not before."""
    delivery = Delivery(order, SCRIPT, whole=False)
    replies: list[Reply] = [reply for event in events for reply in delivery.add(event)] + list(delivery.finish())
    heard = 0
    for reply in replies:
        if isinstance(reply, audio_pb2.AudioChunk):
            assert reply.start_sample == heard
            heard += reply.sample_count
        else:
            assert samples(reply.end_offset, order) <= heard
    assert heard == delivery.sample_count
    return (
        [reply for reply in replies if isinstance(reply, audio_pb2.AudioChunk)],
        [reply for reply in replies if isinstance(reply, speech_pb2.Timestamp)],
    )


def samples(offset: Duration, order: Order) -> int:
    return round(offset.ToTimedelta().total_seconds() * order.audio_format.sample_rate)


def join(chunks: list[audio_pb2.AudioChunk]) -> Samples:
    return np.frombuffer(b"".join(chunk.data for chunk in chunks), "<f4")


def places(order: Order, timestamps: list[speech_pb2.Timestamp]) -> list[tuple[int, int, int]]:
    return [(t.segment_index, samples(t.start_offset, order), samples(t.end_offset, order)) for t in timestamps]


SIZES = ((30_000, 5000, 70_003), (960, 960, 960), (200_000,), (24_000, 24_000))


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("rate", "speed"), [(24_000, 1.0), (16_000, 1.0), (24_000, 1.5), (48_000, 0.7)])
def test_a_watermark_that_waits_moves_nothing(sizes: tuple[int, ...], rate: int, speed: float) -> None:
    events, audio = speech(sizes)
    plain, marked = (make_order(mark, rate=rate, speed=speed) for mark in (None, Inversion))
    expected, expected_times = deliver(plain, events)
    chunks, times = deliver(marked, events)
    assert sum(chunk.sample_count for chunk in chunks) == round(len(audio) * rate / (SAMPLE_RATE * speed))
    assert [c.segment_index for c in chunks] == [c.segment_index for c in expected]
    assert [c.sample_count for c in chunks] == [c.sample_count for c in expected]
    assert places(marked, times) == places(plain, expected_times)
    if speed == 1.0:
        np.testing.assert_allclose(join(chunks), -join(expected), atol=1e-6)


@pytest.mark.parametrize("whole", [True, False])
def test_every_sample_is_marked_once(whole: bool) -> None:
    events, audio = speech((50_000, 20_000))
    delivery = Delivery(make_order(Inversion), SCRIPT, whole=whole)
    replies = [reply for event in events for reply in delivery.add(event)] + list(delivery.finish())
    np.testing.assert_array_equal(join([r for r in replies if isinstance(r, audio_pb2.AudioChunk)]), -audio)


def test_audio_waits_for_the_watermark() -> None:
    events, audio = speech((50_000,))
    delivery = Delivery(make_order(Inversion), SCRIPT, whole=False)
    given = sum(r.sample_count for e in events for r in delivery.add(e) if isinstance(r, audio_pb2.AudioChunk))
    assert len(audio) - SAMPLE_RATE - CHUNK < given <= len(audio) - SAMPLE_RATE


@pytest.mark.parametrize("watermark", [None, Inversion])
def test_a_segment_without_audio_keeps_the_others_places(watermark: Callable[[], Watermark] | None) -> None:
    events, _ = speech((9600, 0, 4800), pause=0)
    order = make_order(watermark)
    chunks, timestamps = deliver(order, events)
    assert places(order, timestamps) == [(0, 0, 9600), (1, 9600, 9600), (2, 9600, 14_400)]
    assert [timestamp.text_offset for timestamp in timestamps] == [0, 10, 20]
    assert [(chunk.segment_index, chunk.sample_count) for chunk in chunks] == [(0, CHUNK), (0, CHUNK), (2, CHUNK)]


@pytest.mark.parametrize("watermark", [None, Inversion])
def test_the_first_segment_may_have_no_audio(watermark: Callable[[], Watermark] | None) -> None:
    events, _ = speech((0, 4800), pause=0)
    order = make_order(watermark)
    chunks, timestamps = deliver(order, events)
    assert places(order, timestamps) == [(0, 0, 0), (1, 0, 4800)]
    assert [chunk.segment_index for chunk in chunks] == [1]


def test_a_chunk_that_ends_where_a_segment_does_leaves_the_next_its_own() -> None:
    events, _ = speech((2 * CHUNK, CHUNK), block=CHUNK, pause=0)
    chunks, _ = deliver(make_order(), events)
    assert [chunk.segment_index for chunk in chunks] == [0, 0, 1]


@pytest.mark.parametrize("watermark", [None, Inversion])
async def test_the_header_tells_of_the_watermark(
    start_server: StartServer, watermark: Callable[[], Watermark] | None
) -> None:
    model = FakeModel()
    model.info = replace(model.info, watermark=watermark)
    server = await start_server(model)
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        speech = await client.synthesize("Hola a todos.", seed=3, encoding="pcm_f32le")
    assert speech.header.watermarked is (watermark is not None)
    sign = -1 if watermark else 1
    first = np.frombuffer(speech.audio, "<f4")[:960]
    np.testing.assert_array_equal(first, sign * tone(segment_seed(3, 0), 0, 960))
