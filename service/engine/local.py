"""The engine on this machine: one thread that owns a model and works for many streams."""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from service.engine.admission import Admission
from service.engine.engine import State
from service.engine.failures import model_failed, not_ready
from service.engine.jobs import Clip, Job, Row, VoiceSource
from service.engine.model import Model, ModelInfo
from service.engine.scheduling import pick
from service.engine.seeds import segment_seed
from service.engine.streams import LocalStream
from service.errors import ServiceError
from service.telemetry import metrics

log = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Longest sleep of the idle engine thread, in seconds."""

STALL_LIMIT = 60.0
"""Seconds without a beat, so within one unit of work, after which the thread counts as dead."""

VOICES_KEPT = 64
"""Conditionings kept ready; the least recently used goes first."""


class LocalEngine:
    """An `Engine` around a `Model`, which `load` makes on the engine's thread.

    `machine` is held during each unit of work: engines on one CPU share it.
    """

    def __init__(self, load: Callable[[], Model], *, queue_limit: int, machine: threading.Lock) -> None:
        self.changed = threading.Condition()
        self.state = State.LOADING
        self._load = load
        self._machine = machine
        self._admission = Admission(queue_limit)
        self._streams: list[LocalStream] = []
        self._rows: dict[Row, LocalStream] = {}
        self._decoding: list[Row] = []
        self._voices: OrderedDict[VoiceSource | str, object] = OrderedDict()
        self._stopping = False
        self._beat = time.monotonic()
        self._loaded = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._model: Model

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    async def start(self) -> None:
        """Loads the model. A failure is logged and leaves the state FAILED."""
        self._thread.start()
        await asyncio.to_thread(self._loaded.wait)

    def drain(self) -> None:
        self.state = State.DRAINING

    async def stop(self) -> None:
        with self.changed:
            self._stopping = True
            for stream in list(self._streams):
                stream.fail(not_ready())
            self.changed.notify_all()
        await asyncio.to_thread(self._thread.join)

    def alive(self) -> bool:
        return self._thread.is_alive() and time.monotonic() - self._beat < STALL_LIMIT

    def open(self, job: Job) -> LocalStream:
        if self.state not in (State.READY, State.SLEEPING):
            raise not_ready()
        with self.changed:
            waiting = sum(stream.first_slot_at is None for stream in self._streams)
            self._admission.admit(waiting, self.info.slots)
            stream = LocalStream(self, job, self.info.sample_rate)
            self._streams.append(stream)
        return stream

    def forget(self, stream: LocalStream) -> None:
        """Drops a stream that has closed; its rows go before the next unit. The lock is held."""
        self._streams.remove(stream)
        if stream.first_slot_at is not None:
            self._admission.learn(time.monotonic() - stream.first_slot_at)
        self.changed.notify_all()

    def _run(self) -> None:
        try:
            self._model = self._load()
            self.state = State.READY
            self._loaded.set()
            while self._await_work():
                with self._machine:
                    self._work()
        except ServiceError as error:
            log.error("the model did not load: %s", error)  # noqa: TRY400 - the sentence says it all
            self._break()
        except Exception:
            log.exception("the engine broke")
            self._break()
        finally:
            self._loaded.set()

    def _break(self) -> None:
        self.state = State.FAILED
        with self.changed:
            for stream in list(self._streams):
                stream.fail(model_failed())

    def _await_work(self) -> bool:
        """Sleeps until there is a unit of work. False when the engine stops."""
        with self.changed:
            while not self._stopping:
                self._beat = now = time.monotonic()
                metrics.QUEUED_SEGMENTS.labels(self.info.name).set(sum(len(s.pending) for s in self._streams))
                waits = [stream.playback.wait(now) for stream in self._streams if stream.pending]
                if self._rows or 0 in waits:
                    return True
                self.changed.wait(min([HEARTBEAT, *waits]))
            return False

    def _work(self) -> None:
        """Frees and fills slots, then does one unit: renders what is due, else decodes."""
        for row in [row for row, stream in self._rows.items() if stream.closed]:
            self._drop(row)
        while len(self._rows) < self.info.slots and (stream := self._next()) is not None:
            self._open(stream)
        if windows := self._model.due()[: self.info.render_batch]:
            rows = [window.row for window in windows]
            with self._unit("render", rows):
                for rendered in self._model.render(windows):
                    with self.changed:
                        if not (stream := self._rows[rendered.row]).closed:
                            stream.accept(rendered)
                    metrics.SPEECH_TOKENS.inc(rendered.tokens)
                    if rendered.last:
                        self._drop(rendered.row)
        elif self._decoding:
            rows = list(self._decoding)
            metrics.BATCH_SIZE.observe(len(rows))
            with self._unit("decode", rows), metrics.DECODE_STEP.time():
                more = self._model.decode(rows)
                self._decoding = [row for row, wants in zip(rows, more, strict=True) if wants]

    def _next(self) -> LocalStream | None:
        with self.changed:
            now = time.monotonic()
            return pick(stream for stream in self._streams if stream.pending and not stream.playback.wait(now))

    def _open(self, stream: LocalStream) -> None:
        """Gives a stream's next segment a slot."""
        job = stream.job
        with self.changed:
            if not stream.pending:
                return
            first = stream.first_slot_at is None
            index, segment = stream.take(time.monotonic())
        if first:
            metrics.QUEUE.labels("interactive").observe(stream.queue_seconds)
        try:
            voice = self._conditioning(job.voice)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            self._fail([stream], error)
            return
        row = Row(segment.text, job.language, voice, job.sampling, segment_seed(job.seed, index))
        with self.changed:
            self._rows[row] = stream
            stream.rows[row] = index
        with self._unit("open", [row]):
            if self._model.open(row):
                self._decoding.append(row)

    def _conditioning(self, source: VoiceSource) -> object:
        key = source.digest if isinstance(source, Clip) else source
        if key not in self._voices:
            with metrics.STAGE.labels("voice").time():
                self._voices[key] = self._model.enrol(source)
            if len(self._voices) > VOICES_KEPT:
                self._voices.popitem(last=False)
        self._voices.move_to_end(key)
        return self._voices[key]

    def _drop(self, row: Row) -> None:
        with self.changed:
            self._rows.pop(row, None)
        if row in self._decoding:
            self._decoding.remove(row)
        self._model.drop(row)

    @contextmanager
    def _unit(self, stage: str, rows: list[Row]) -> Iterator[None]:
        """Times a unit of work. If it fails, the streams of its rows fail and no others."""
        try:
            with metrics.STAGE.labels(stage).time():
                yield
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            self._fail({self._rows[row] for row in rows if row in self._rows}, error)

    def _fail(self, streams: Iterable[LocalStream], error: Exception) -> None:
        if not isinstance(error, ServiceError):
            log.error("the model failed", exc_info=error)
            error = model_failed()
        with self.changed:
            for stream in streams:
                stream.fail(error)
