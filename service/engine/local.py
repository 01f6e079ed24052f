"""The engine on this machine: one thread that owns a model and works for many streams."""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from service.engine.admission import DEFAULT_TERMS, Terms
from service.engine.calibration import calibrate
from service.engine.engine import State
from service.engine.failures import explain, model_failed, not_awake, not_ready
from service.engine.floor import Floor
from service.engine.jobs import Job
from service.engine.model import Model, ModelInfo
from service.engine.streams import LocalStream
from service.errors import ServiceError
from service.telemetry import metrics

log = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Longest pause of the idle engine thread, in seconds."""

STALL_LIMIT = 60.0
"""Seconds without a beat, so within one unit of work, after which the thread counts as dead."""


class LocalEngine:
    """An `Engine` around a `Model`, which `load` makes on the engine's thread.

    `machine` is held while the model works on the CPU, which engines share. A model on an accelerator sleeps once it
    had no stream for `idle_timeout` seconds, never if 0; on a CPU sleep would free nothing that others wait for.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Model],
        *,
        machine: threading.Lock,
        terms: Terms = DEFAULT_TERMS,
        idle_timeout: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changed = threading.Condition()
        self.clock = clock
        self.state = State.LOADING
        self._name = name
        self._load = load
        self._machine: AbstractContextManager[object] = machine
        self._terms = terms
        self._idle_timeout = idle_timeout or math.inf
        self._asleep = False
        self._stopping = False
        self._beat = self._changed_at = clock()
        self._loaded = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._model: Model
        self._floor: Floor | None = None

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    async def start(self) -> None:
        """Loads and warms the model. A failure is logged and leaves the state FAILED."""
        self._thread.start()
        await asyncio.to_thread(self._loaded.wait)

    def drain(self) -> None:
        self._enter(State.DRAINING)

    async def stop(self) -> None:
        with self.changed:
            self._stopping = True
            self._fail_all(not_ready())
            self.changed.notify_all()
        await asyncio.to_thread(self._thread.join)

    def alive(self) -> bool:
        """Whether the thread beats; while the model loads and warms, whether it is there."""
        starting = self.state in (State.LOADING, State.WARMING)
        return self._thread.is_alive() and (starting or self.clock() - self._beat < STALL_LIMIT)

    def open(self, job: Job) -> LocalStream:
        with self.changed:
            if self._stopping or self._floor is None or not self.state.serves:
                raise not_ready()
            return self._floor.open(job)

    def _enter(self, state: State) -> None:
        """Changes the state and says so. An engine that drains does nothing else until it stops or fails."""
        with self.changed:
            if self.state is State.DRAINING and state is not State.FAILED:
                return
            now = self.clock()
            log.info("%s: %s, after %.1f s %s", self._name, state.value, now - self._changed_at, self.state.value)
            self.state, self._changed_at = state, now
            self.changed.notify_all()

    def _run(self) -> None:
        try:
            floor = self._prepare()
            while (task := self._await_task(floor)) is not None:
                with self._machine:
                    task()
        except ServiceError as error:
            log.error("%s did not load: %s", self._name, error)  # noqa: TRY400 - the sentence says it all
            self._break()
        except Exception:
            log.exception("%s broke", self._name)
            self._break()
        finally:
            self._loaded.set()

    def _prepare(self) -> Floor:
        self._model = self._load()
        if self.info.device == "cpu":
            self._idle_timeout = math.inf
        else:
            self._machine = nullcontext()
        self._enter(State.WARMING)
        floor = Floor(self._model, self._terms, self.changed, self.clock)
        with self._machine:
            if specimen := self._model.warm_up():
                calibrate(self._model, specimen, floor.capacity, self.clock)
        self._beat = floor.idle_since = self.clock()
        self._floor = floor
        self._enter(State.READY)
        self._loaded.set()
        return floor

    def _break(self) -> None:
        with self.changed:
            self._enter(State.FAILED)
            self._fail_all(model_failed())

    def _fail_all(self, error: ServiceError) -> None:
        if self._floor:
            self._floor.fail(error)

    def _await_task(self, floor: Floor) -> Callable[[], None] | None:
        """Waits until there is something to do: to wake, a unit of work, to sleep. None when the engine stops."""
        with self.changed:
            while not self._stopping:
                self._beat = now = self.clock()
                metrics.QUEUED_SEGMENTS.labels(self._name).set(floor.queued_segments())
                if self._asleep and floor.streams:
                    return self._wake
                if not (pause := floor.rest(now)):
                    return floor.work
                if not (rest := self._until_sleep(floor, now)):
                    return self._sleep
                self.changed.wait(min(HEARTBEAT, rest, pause))
            return None

    def _until_sleep(self, floor: Floor, now: float) -> float:
        """Seconds until the model may sleep; infinity while it is not ready or has streams."""
        if floor.streams or self.state is not State.READY:
            return math.inf
        return max(0.0, floor.idle_since + self._idle_timeout - now)

    def _sleep(self) -> None:
        """A failure leaves it to `wake` to mend what is broken."""
        self._asleep = True
        try:
            with metrics.STAGE.labels("sleep").time():
                self._model.sleep()
        except Exception:
            log.exception("%s did not fall asleep as it should", self._name)
        self._enter(State.SLEEPING)

    def _wake(self) -> None:
        """A failure ends the streams that wait; the next one tries again."""
        self._enter(State.WAKING)
        try:
            with metrics.WAKE.time():
                self._model.wake()
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            with self.changed:
                self._enter(State.SLEEPING)
                self._fail_all(explain(error, not_awake()))
            return
        self._asleep = False
        self._enter(State.READY)
