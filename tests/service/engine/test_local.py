import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from service.engine.admission import Terms
from service.engine.engine import Audio, SegmentEnd, State
from service.engine.jobs import Clip, Job, Row, Samples, Segment
from service.engine.local import LocalEngine
from service.engine.seeds import segment_seed
from service.engine.streams import LocalStream
from service.errors import Reason, ServiceError
from service.models.fake import SAMPLE_RATE, TOKEN_SAMPLES, FakeModel, token_count, tone
from tests.service.engine.conftest import StartEngine, make_job

TEXTS = ["Hola a todos.", "Sí.", "Esta es una frase bastante más larga que las otras dos."]


def expected(seed: int, texts: Sequence[str], pause: float = 0.0) -> Samples:
    silence = np.zeros(round(pause * SAMPLE_RATE), np.float32)
    parts: list[Samples] = []
    for index, text in enumerate(texts):
        parts += [tone(segment_seed(seed, index), 0, token_count(text) * TOKEN_SAMPLES), silence]
    return np.concatenate(parts)


async def speak(engine: LocalEngine, job: Job, texts: Sequence[str], pause: float = 0.0) -> Samples:
    async with engine.open(job) as stream:
        for text in texts:
            stream.say(Segment(text, pause))
        stream.finish()
        return await listen(stream)


async def listen(stream: LocalStream) -> Samples:
    return np.concatenate([event.samples async for event in stream if isinstance(event, Audio)])


class Gate:
    """Holds the model's units until told to go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, kind: str, rows: Sequence[Row]) -> None:
        self.reached.set()
        assert self.open.wait(30)

    async def wait(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, 30)


async def test_segments_come_in_order_with_their_pauses(start: StartEngine) -> None:
    engine = await start(FakeModel(slots=2))
    audio = await speak(engine, make_job(7), TEXTS, pause=0.25)
    np.testing.assert_array_equal(audio, expected(7, TEXTS, pause=0.25))


async def test_every_segment_ends_once_and_says_what_it_was(start: StartEngine) -> None:
    engine = await start(FakeModel())
    async with engine.open(make_job()) as stream:
        for text in TEXTS:
            stream.say(Segment(text, 0.1))
        stream.finish()
        ends = [event async for event in stream if isinstance(event, SegmentEnd)]
    assert [(end.segment, end.tokens, end.sample_count) for end in ends] == [
        (i, token_count(text), token_count(text) * TOKEN_SAMPLES) for i, text in enumerate(TEXTS)
    ]


async def test_segments_said_late_are_spoken(start: StartEngine) -> None:
    engine = await start(FakeModel())
    async with engine.open(make_job(3)) as stream:
        stream.say(Segment(TEXTS[0]))
        events = aiter(stream)
        first = await anext(events)
        stream.say(Segment(TEXTS[1]))
        stream.finish()
        rest = [event async for event in events]
    audio = [event.samples for event in [first, *rest] if isinstance(event, Audio)]
    np.testing.assert_array_equal(np.concatenate(audio), expected(3, TEXTS[:2]))


async def test_two_hundred_streams_get_their_own_audio(start: StartEngine) -> None:
    engine = await start(FakeModel(slots=8))
    audios = await asyncio.gather(*(speak(engine, make_job(seed), TEXTS) for seed in range(200)))
    for seed, audio in enumerate(audios):
        np.testing.assert_array_equal(audio, expected(seed, TEXTS))


async def test_cancel_frees_the_slot_after_the_unit_under_way(start: StartEngine) -> None:
    gate = Gate()
    model = FakeModel(slots=1, before_unit=gate)
    engine = await start(model)
    async with engine.open(make_job()) as stream:
        stream.say(Segment("a" * 500))
        await gate.wait()
        units = model.units
    gate.open.set()
    await speak(engine, make_job(2), ["Hola."])
    assert units == 1
    assert model.units == 1 + count_units("Hola.")
    assert model.open_rows == 0


def count_units(text: str) -> int:
    return token_count(text) + -(-token_count(text) // 5)


async def test_a_failing_row_fails_its_stream_only(start: StartEngine) -> None:
    engine = await start(FakeModel(slots=1, fail_on="mal"))
    with pytest.raises(ServiceError) as caught:
        await speak(engine, make_job(), ["Esto sale mal."])
    assert caught.value.reason is Reason.INTERNAL
    assert "fake" not in str(caught.value)
    np.testing.assert_array_equal(await speak(engine, make_job(5), TEXTS), expected(5, TEXTS))


async def test_the_queue_is_bounded(start: StartEngine) -> None:
    gate = Gate()
    engine = await start(FakeModel(slots=1, before_unit=gate), terms=Terms(queue_limit=3))
    busy = engine.open(make_job())
    busy.say(Segment("Hola."))
    await gate.wait()
    waiting = [engine.open(make_job()) for _ in range(3)]
    for stream in waiting:
        stream.say(Segment("Hola."))
    with pytest.raises(ServiceError) as caught:
        engine.open(make_job())
    assert caught.value.reason is Reason.OVERLOADED
    assert (caught.value.retry_after or 0) >= 1
    async with waiting[0]:
        pass
    engine.open(make_job())
    gate.open.set()


async def test_a_stream_far_ahead_gives_its_slot_away(start: StartEngine) -> None:
    model = FakeModel(slots=1)
    engine = await start(model)
    async with engine.open(make_job(max_lead=1.0)) as ahead:
        for _ in range(50):
            ahead.say(Segment("a" * 100))
        ahead.finish()
        events = aiter(ahead)
        await anext(events)
        np.testing.assert_array_equal(await speak(engine, make_job(4), TEXTS), expected(4, TEXTS))
        assert ahead.playback.made < 10
        assert ahead.pending


async def test_a_reader_that_stops_holds_its_stream_back(start: StartEngine) -> None:
    engine = await start(FakeModel(slots=1))
    async with engine.open(make_job()) as unread:
        for _ in range(12):
            unread.say(Segment("a" * 100))
        unread.finish()
        await speak(engine, make_job(4), ["a" * 1000] * 3)
        assert unread.playback.made <= 30 + 4.0
        assert (await listen(unread)).size == 12 * 100 * TOKEN_SAMPLES


async def test_a_clip_is_enrolled_once(start: StartEngine) -> None:
    enrolled: list[object] = []

    class Counting(FakeModel):
        def enrol(self, source: object) -> object:
            enrolled.append(source)
            return source

    engine = await start(Counting())
    for _ in range(3):
        clip = Clip(np.zeros(8, np.float32), 24_000, digest="d")
        await speak(engine, make_job(voice=clip), ["Hola."])
    assert len(enrolled) == 1


async def test_a_model_that_does_not_load_leaves_the_engine_failed() -> None:
    def load() -> FakeModel:
        raise OSError("no weights")

    engine = LocalEngine("fake", load, machine=threading.Lock())
    await engine.start()
    assert engine.state is State.FAILED
    assert not engine.alive() or await asyncio.to_thread(engine._thread.join) is None
    with pytest.raises(ServiceError) as caught:
        engine.open(make_job())
    assert caught.value.reason is Reason.NOT_READY
    await engine.stop()


async def test_stopping_ends_running_streams_with_an_error(start: StartEngine) -> None:
    gate = Gate()
    engine = await start(FakeModel(slots=1, before_unit=gate))
    stream = engine.open(make_job())
    stream.say(Segment("Hola."))
    await gate.wait()
    stopping = asyncio.create_task(engine.stop())
    with pytest.raises(ServiceError) as caught:
        await listen(stream)
    gate.open.set()
    await stopping
    assert caught.value.reason is Reason.NOT_READY
