"""Cancelled streams: what is still done for them, and what is left of them."""

import asyncio
import gc
import random
import weakref
from collections.abc import Sequence
from threading import Lock

import numpy as np
import pytest
from prometheus_client import REGISTRY

from service.engine.jobs import Preset, Row, Segment
from service.engine.local import LocalEngine
from service.engine.streams import LocalStream
from service.models.fake import FakeModel
from tests.service.engine.conftest import StartEngine, make_job
from tests.service.engine.test_local import TEXTS, Gate, expected, speak

STREAMS = 100


class Watch:
    """Notes the seeds of the rows of every unit, in which a cancelled stream may be found once at most."""

    def __init__(self) -> None:
        self.units: list[frozenset[object]] = []
        self.lock = Lock()

    def __call__(self, kind: str, rows: Sequence[Row]) -> None:
        with self.lock:
            self.units.append(frozenset(row.conditioning for row in rows))

    def count(self) -> int:
        with self.lock:
            return len(self.units)

    def after(self, voice: str, start: int) -> int:
        """Units with a row of this voice, of those from `start` on."""
        return sum(voice in unit for unit in self.units[start:])


def cancels() -> float:
    return REGISTRY.get_sample_value("tts_cancel_seconds_count") or 0


async def until_free(model: FakeModel) -> None:
    while model.open_rows:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def cancel_after(
    engine: LocalEngine, watch: Watch, voice: str, events: int, ways: random.Random
) -> tuple[str, int]:
    """Speaks three segments and leaves after so many events; gives the voice and the units there were by then."""
    async with engine.open(make_job(voice=Preset(voice))) as stream:
        for _ in range(3):
            stream.say(Segment("a" * ways.randint(50, 200)))
        stream.finish()
        heard = aiter(stream)
        for _ in range(events):
            await anext(heard)
        return voice, watch.count()


async def test_a_hundred_streams_cancelled_at_random_cost_one_unit_each_at_most(
    start: StartEngine, caplog: pytest.LogCaptureFixture
) -> None:
    ways, watch = random.Random(4), Watch()
    model = FakeModel(slots=8, before_unit=watch)
    engine = await start(model)
    counted = cancels()
    left = await asyncio.gather(
        *(cancel_after(engine, watch, f"{index}", ways.choice([0, 0, 1, 2, 5, 12]), ways) for index in range(STREAMS))
    )
    await until_free(model)
    np.testing.assert_array_equal(await speak(engine, make_job(5), TEXTS), expected(5, TEXTS))
    assert max(watch.after(voice, units) for voice, units in left) <= 1
    assert cancels() == counted + STREAMS
    assert not caplog.records


async def test_a_stream_cancelled_while_its_voice_is_enrolled_takes_no_slot(start: StartEngine) -> None:
    gate = Gate()

    class Slow(FakeModel):
        def enrol(self, source: object) -> object:
            gate("enrol", ())
            return super().enrol(source)  # type: ignore[arg-type]

    model = Slow()
    engine = await start(model)
    async with engine.open(make_job()) as stream:
        stream.say(Segment("Hola."))
        await gate.wait()
    gate.open.set()
    await speak(engine, make_job(5), ["Hola."])
    assert model.units == len("Hola.") + 1
    assert model.open_rows == 0


async def test_what_is_queued_goes_at_once(start: StartEngine) -> None:
    gate = Gate()
    engine = await start(FakeModel(slots=1, before_unit=gate))
    busy = engine.open(make_job())
    busy.say(Segment("Hola."))
    await gate.wait()
    counted = cancels()
    async with engine.open(make_job()) as queued:
        queued.say(Segment("Hola."))
    assert not queued.pending
    assert cancels() == counted + 1
    gate.open.set()


async def test_nothing_is_kept_of_a_cancelled_stream(start: StartEngine) -> None:
    model = FakeModel()
    engine = await start(model)
    gone: list[weakref.ref[LocalStream]] = []

    async def leave() -> None:
        async with engine.open(make_job()) as stream:
            stream.say(Segment("a" * 200))
            await anext(aiter(stream))
            gone.append(weakref.ref(stream))

    for _ in range(20):
        await leave()
    await until_free(model)
    await speak(engine, make_job(), TEXTS)
    gc.collect()
    assert [ref() for ref in gone] == [None] * 20


async def test_a_stream_that_ends_well_is_no_cancel(start: StartEngine) -> None:
    engine = await start(FakeModel())
    counted = cancels()
    await speak(engine, make_job(), TEXTS)
    assert cancels() == counted
