"""The engine on this machine: one thread that owns a model and works for many streams."""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from service.engine.admission import Admission
from service.engine.engine import State
from service.engine.failures import explain, model_failed, not_awake, not_ready
from service.engine.jobs import Job
from service.engine.model import Model, ModelInfo
from service.engine.scheduling import pick
from service.engine.slots import Slots
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
        queue_limit: int,
        machine: threading.Lock,
        idle_timeout: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changed = threading.Condition()
        self.clock = clock
        self.state = State.LOADING
        self._name = name
        self._load = load
        self._machine: AbstractContextManager[object] = machine
        self._admission = Admission(queue_limit)
        self._idle_timeout = idle_timeout or math.inf
        self._streams: list[LocalStream] = []
        self._asleep = False
        self._stopping = False
        self._beat = self._changed_at = self._idle_since = clock()
        self._loaded = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._model: Model
        self._slots: Slots

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
            for stream in list(self._streams):
                stream.fail(not_ready())
            self.changed.notify_all()
        await asyncio.to_thread(self._thread.join)

    def alive(self) -> bool:
        """Whether the thread beats; while the model loads and warms, whether it is there."""
        starting = self.state in (State.LOADING, State.WARMING)
        return self._thread.is_alive() and (starting or self.clock() - self._beat < STALL_LIMIT)

    def open(self, job: Job) -> LocalStream:
        with self.changed:
            if self._stopping or not self.state.serves:
                raise not_ready()
            waiting = sum(stream.first_slot_at is None for stream in self._streams)
            self._admission.admit(waiting, self.info.slots)
            stream = LocalStream(self, job, self.info.sample_rate)
            self._streams.append(stream)
            self.changed.notify_all()
        return stream

    def forget(self, stream: LocalStream) -> None:
        """Drops a stream that has closed; its rows go before the next unit. The lock is held."""
        self._streams.remove(stream)
        self._idle_since = now = self.clock()
        if stream.first_slot_at is not None:
            self._admission.learn(now - stream.first_slot_at)
        self.changed.notify_all()

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
            self._prepare()
            while (task := self._await_task()) is not None:
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

    def _prepare(self) -> None:
        self._model = self._load()
        self._slots = Slots(self._model, self.changed, self.clock)
        if self.info.device == "cpu":
            self._idle_timeout = math.inf
        else:
            self._machine = nullcontext()
        self._enter(State.WARMING)
        with self._machine:
            self._model.warm_up()
        self._beat = self._idle_since = self.clock()
        self._enter(State.READY)
        self._loaded.set()

    def _break(self) -> None:
        with self.changed:
            self._enter(State.FAILED)
            self._fail_all(model_failed())

    def _fail_all(self, error: ServiceError) -> None:
        for stream in list(self._streams):
            stream.fail(error)

    def _await_task(self) -> Callable[[], None] | None:
        """Waits until there is something to do: to wake, a unit of work, to sleep. None when the engine stops."""
        with self.changed:
            while not self._stopping:
                self._beat = now = self.clock()
                metrics.QUEUED_SEGMENTS.labels(self._name).set(sum(len(s.pending) for s in self._streams))
                if self._asleep and self._streams:
                    return self._wake
                waits = [stream.playback.wait(now) for stream in self._streams if stream.pending]
                if self._slots.busy or 0 in waits:
                    return self._work
                if not (rest := self._until_sleep(now)):
                    return self._sleep
                self.changed.wait(min([HEARTBEAT, rest, *waits]))
            return None

    def _until_sleep(self, now: float) -> float:
        """Seconds until the model may sleep; infinity while it is not ready or has streams."""
        if self._streams or self.state is not State.READY:
            return math.inf
        return max(0.0, self._idle_since + self._idle_timeout - now)

    def _work(self) -> None:
        self._slots.work(self._choose)

    def _choose(self) -> LocalStream | None:
        with self.changed:
            now = self.clock()
            return pick(stream for stream in self._streams if stream.pending and not stream.playback.wait(now))

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
