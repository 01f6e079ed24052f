"""What an engine is doing: from loading to ready, to sleep and back. Time passes only where a test says so."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from prometheus_client import REGISTRY

from service.engine.engine import State
from service.engine.failures import out_of_memory
from service.engine.jobs import Segment
from service.engine.local import STALL_LIMIT, LocalEngine
from service.engine.streams import LocalStream
from service.errors import Reason, ServiceError
from service.models.fake import FakeModel
from tests.service.engine.conftest import Clock, StartEngine, make_job, reach
from tests.service.engine.test_local import TEXTS, Gate, expected, listen, speak

TIMEOUT = 300.0


class Sleeper(FakeModel):
    """Notes what it is told; each of `hooks` is called first in the step it is named after."""

    def __init__(self, device: str = "cuda:0", **hooks: Callable[[], object]) -> None:
        super().__init__(slots=1, device=device)
        self.told: list[str] = []
        self._hooks = hooks

    def warm_up(self) -> None:
        self._tell("warm_up")

    def sleep(self) -> None:
        self._tell("sleep")
        super().sleep()

    def wake(self) -> None:
        self._tell("wake")
        super().wake()

    def _tell(self, step: str) -> None:
        self.told.append(step)
        self._hooks.get(step, int)()


class Held(Gate):
    """A gate for a step of the model."""

    def __call__(self, kind: str = "", rows: Sequence[object] = ()) -> None:
        super().__call__(kind, ())


def failing(*errors: Exception) -> Callable[[], None]:
    """Raises each of the errors once."""
    left = list(errors)

    def fail() -> None:
        if left:
            raise left.pop(0)

    return fail


async def test_the_model_warms_up_before_a_request_is_taken(start: StartEngine) -> None:
    gate = Held()
    engine = LocalEngine("fake", lambda: Sleeper(warm_up=gate), machine=threading.Lock())
    starting = asyncio.create_task(engine.start())
    await gate.wait()
    assert engine.state is State.WARMING
    assert engine.info.name == "fake"
    with pytest.raises(ServiceError) as caught:
        engine.open(make_job())
    assert caught.value.reason is Reason.NOT_READY
    gate.open.set()
    await starting
    assert engine.state is State.READY
    await engine.stop()


async def test_a_model_that_does_not_warm_up_leaves_the_engine_failed(start: StartEngine) -> None:
    engine = await start(Sleeper(warm_up=failing(out_of_memory())))
    assert engine.state is State.FAILED
    assert not engine.state.serves


async def test_a_slow_start_is_alive_and_a_long_unit_is_not() -> None:
    loading, working, clock = Held(), Gate(), Clock()

    def load() -> FakeModel:
        loading()
        return FakeModel(before_unit=working)

    engine = LocalEngine("fake", load, machine=threading.Lock(), clock=clock)
    starting = asyncio.create_task(engine.start())
    await loading.wait()
    clock.now += 10 * STALL_LIMIT
    assert engine.alive()
    loading.open.set()
    await starting
    async with engine.open(make_job()) as stream:
        stream.say(Segment("Hola."))
        await working.wait()
        assert engine.alive()
        clock.now += STALL_LIMIT
        assert not engine.alive()
        working.open.set()
    await engine.stop()


async def test_an_idle_model_sleeps_after_its_time_and_a_request_wakes_it(start: StartEngine) -> None:
    clock, model = Clock(), Sleeper()
    engine = await start(model, idle_timeout=TIMEOUT, clock=clock)
    await clock.advance(engine, 100)
    await speak(engine, make_job(3), TEXTS)
    await clock.advance(engine, TIMEOUT - 1)
    assert (engine.state, model.told) == (State.READY, ["warm_up"])
    await clock.advance(engine, 1)
    await reach(engine, State.SLEEPING)
    assert model.asleep
    woken = REGISTRY.get_sample_value("tts_wake_seconds_count") or 0
    np.testing.assert_array_equal(await speak(engine, make_job(5), TEXTS), expected(5, TEXTS))
    assert engine.state is State.READY
    assert model.told == ["warm_up", "sleep", "wake"]
    assert REGISTRY.get_sample_value("tts_wake_seconds_count") == woken + 1


async def test_the_time_it_took_to_load_was_not_idle(start: StartEngine) -> None:
    clock, model = Clock(), Sleeper()

    def pass_time() -> None:
        clock.now += 2 * TIMEOUT

    model._hooks["warm_up"] = pass_time
    engine = await start(model, idle_timeout=TIMEOUT, clock=clock)
    assert engine.alive()
    await clock.advance(engine, TIMEOUT - 1)
    await speak(engine, make_job(), ["Hola."])
    assert model.told == ["warm_up"]


async def test_it_sleeps_again(start: StartEngine) -> None:
    clock, model = Clock(), Sleeper()
    engine = await start(model, idle_timeout=TIMEOUT, clock=clock)
    for seed in range(3):
        await clock.advance(engine, TIMEOUT)
        await reach(engine, State.SLEEPING)
        np.testing.assert_array_equal(await speak(engine, make_job(seed), TEXTS), expected(seed, TEXTS))
    assert model.told == ["warm_up", *["sleep", "wake"] * 3]


def say_nothing(stream: LocalStream) -> None:
    """An open stream whose caller has yet to say something."""


def say_much(stream: LocalStream) -> None:
    """More than is made for a reader that does not take it."""
    for _ in range(12):
        stream.say(Segment("a" * 100))


@pytest.mark.parametrize("say", [say_nothing, say_much])
@pytest.mark.parametrize("max_lead", [0.0, 3600.0])
async def test_it_cannot_sleep_while_a_stream_is_open(
    start: StartEngine, say: Callable[[LocalStream], None], max_lead: float
) -> None:
    clock, model = Clock(), Sleeper()
    engine = await start(model, idle_timeout=TIMEOUT, clock=clock)
    async with engine.open(make_job(max_lead=max_lead)) as stream:
        say(stream)
        for _ in range(3):
            await clock.advance(engine, 2 * TIMEOUT)
        await speak(engine, make_job(2), ["Hola."])
        assert model.told == ["warm_up"]
    await clock.advance(engine, TIMEOUT)
    await reach(engine, State.SLEEPING)


async def test_it_cannot_sleep_under_a_running_unit(start: StartEngine) -> None:
    clock, gate, model = Clock(), Gate(), Sleeper()
    model._before_unit = gate
    engine = await start(model, idle_timeout=TIMEOUT, clock=clock)
    async with engine.open(make_job()) as stream:
        stream.say(Segment("a" * 100))
        await gate.wait()
    clock.now += 2 * TIMEOUT
    gate.open.set()
    await reach(engine, State.SLEEPING)
    assert model.open_rows == 0


@pytest.mark.parametrize(("device", "seconds"), [("cpu", TIMEOUT), ("cuda:0", 0.0)])
async def test_a_model_on_the_cpu_or_without_a_timeout_never_sleeps(
    start: StartEngine, device: str, seconds: float
) -> None:
    clock, model = Clock(), Sleeper(device)
    engine = await start(model, idle_timeout=seconds, clock=clock)
    await clock.advance(engine, 100 * TIMEOUT)
    await speak(engine, make_job(), ["Hola."])
    assert model.told == ["warm_up"]


async def put_to_sleep(start: StartEngine, model: Sleeper) -> LocalEngine:
    clock = Clock()
    engine = await start(model, idle_timeout=TIMEOUT, clock=clock)
    await clock.advance(engine, TIMEOUT)
    await reach(engine, State.SLEEPING)
    return engine


async def test_requests_are_taken_while_it_wakes(start: StartEngine) -> None:
    gate = Held()
    engine = await put_to_sleep(start, Sleeper(wake=gate))
    async with engine.open(make_job(1)) as silent:
        await gate.wait()
        assert engine.state is State.WAKING
        speaking = asyncio.create_task(speak(engine, make_job(5), TEXTS))
        gate.open.set()
        np.testing.assert_array_equal(await speaking, expected(5, TEXTS))
        silent.say(Segment(TEXTS[0]))
        silent.finish()
        np.testing.assert_array_equal(await listen(silent), expected(1, TEXTS[:1]))


@pytest.mark.parametrize(
    ("error", "reason"), [(RuntimeError("driver"), Reason.NOT_READY), (out_of_memory(), Reason.OUT_OF_MEMORY)]
)
async def test_a_model_that_does_not_wake_fails_who_waits_and_is_tried_again(
    start: StartEngine, error: Exception, reason: Reason
) -> None:
    model = Sleeper(wake=failing(error, error))
    engine = await put_to_sleep(start, model)
    for _ in range(2):
        with pytest.raises(ServiceError) as caught:
            await speak(engine, make_job(), ["Hola."])
        assert caught.value.reason is reason
        assert caught.value.retry_after
        assert "driver" not in str(caught.value)
        assert engine.state is State.SLEEPING
    np.testing.assert_array_equal(await speak(engine, make_job(5), TEXTS), expected(5, TEXTS))
    assert model.told == ["warm_up", "sleep", "wake", "wake", "wake"]


async def test_a_model_that_falls_asleep_badly_is_woken_all_the_same(
    start: StartEngine, caplog: pytest.LogCaptureFixture
) -> None:
    model = Sleeper(sleep=failing(RuntimeError("no host memory")))
    engine = await put_to_sleep(start, model)
    assert "no host memory" in caplog.text
    np.testing.assert_array_equal(await speak(engine, make_job(5), TEXTS), expected(5, TEXTS))
    assert model.told == ["warm_up", "sleep", "wake"]


async def test_a_stream_opened_before_the_drain_is_served_from_sleep(start: StartEngine) -> None:
    gate = Held()
    engine = await put_to_sleep(start, Sleeper(wake=gate))
    speaking = asyncio.create_task(speak(engine, make_job(5), TEXTS))
    await gate.wait()
    engine.drain()
    gate.open.set()
    np.testing.assert_array_equal(await speaking, expected(5, TEXTS))
    assert engine.state is State.DRAINING


async def test_every_change_is_one_line_with_its_seconds(start: StartEngine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "service.engine.local")
    engine = await put_to_sleep(start, Sleeper())
    await speak(engine, make_job(), ["Hola."])
    assert [record.message for record in caplog.records] == [
        "fake: warming, after 0.0 s loading",
        "fake: ready, after 0.0 s warming",
        "fake: sleeping, after 300.0 s ready",
        "fake: waking, after 0.0 s sleeping",
        "fake: ready, after 0.0 s waking",
    ]
