"""A model's slots: the rows that have one, and the units of work that turn them into audio."""

import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from service.engine.capacity import Capacity, Work
from service.engine.failures import explain
from service.engine.jobs import Clip, Preset, Row, VoiceSource
from service.engine.model import Ending, Model, Rendered, Window
from service.engine.scheduling import Outlook, render_first
from service.engine.seeds import segment_seed
from service.engine.streams import LocalStream
from service.engine.voices import VoiceCache
from service.telemetry import metrics

log = logging.getLogger(__name__)

VOICE_BYTES = 64 * 2**20
"""Conditionings kept ready: some hundreds of voices."""


@dataclass(slots=True)
class Speaking:
    """A row that has a slot: whose it is, and what was done for it."""

    stream: LocalStream
    work: Work = field(default_factory=Work)


Chooser = Callable[[int], LocalStream | None]
"""Tells who takes one of so many free slots; if there is none, who takes that of a row that can wait."""

Order = Callable[[Outlook], bool]
"""Whether to render first, as `scheduling.render_first` does."""


class Slots:
    """Belongs to the engine's thread; `changed` is the lock of the streams, `clock` theirs too."""

    def __init__(
        self,
        model: Model,
        capacity: Capacity,
        changed: threading.Condition,
        clock: Callable[[], float],
        order: Order = render_first,
    ) -> None:
        self._model = model
        self._capacity = capacity
        self._changed = changed
        self._clock = clock
        self._order = order
        self._rows: dict[Row, Speaking] = {}
        self._decoding: list[Row] = []
        self._rendered_at = -math.inf
        self._voices: VoiceCache[Preset | str, object] = VoiceCache(VOICE_BYTES)

    @property
    def busy(self) -> bool:
        return bool(self._rows)

    def work(self, choose: Chooser) -> None:
        """Frees slots, fills them with what `choose` gives, then does one unit: renders or decodes."""
        for row in [row for row, speaking in self._rows.items() if speaking.stream.closed]:
            self._drop(row)
        while (stream := self._next(choose)) is not None:
            self._open(stream)
        if windows := self._windows():
            self._render(windows)
        elif self._decoding:
            self._decode(list(self._decoding))

    def _windows(self) -> Sequence[Window]:
        """What to render now, the most urgent first: nothing, if decoding comes before."""
        due = sorted(self._model.due(), key=lambda window: self._deadline(window.row))
        batch = self._model.info.render_batch
        ready = {window.row for window in due}
        waiting = [self._deadline(row) for row in self._decoding if row not in ready]
        if due and waiting:
            outlook = Outlook(
                window=self._deadline(due[0].row),
                row=min(waiting),
                full=len(due) >= batch,
                lull=self._clock() - self._rendered_at,
                cost=self._capacity.render.at(0) * len(waiting) / self._model.info.slots,
            )
            if not self._order(outlook):
                return ()
        return due[:batch]

    def _deadline(self, row: Row) -> float:
        stream = self._rows[row].stream
        with self._changed:  # it may close meanwhile
            return math.inf if stream.closed else stream.deadline(row)

    def _next(self, choose: Chooser) -> LocalStream | None:
        """Who takes a slot, which is free by then."""
        if free := self._model.info.slots - len(self._rows):
            return choose(free)
        patient = self._find_patient()
        stream = choose(0) if patient else None
        if patient and stream:
            self._preempt(patient)
        return stream

    def _find_patient(self) -> Row | None:
        """The row that has the least to lose of those that may lose their slot: the one that came last."""
        with self._changed:
            now = self._clock()
            rows = reversed(self._rows.items())
            return next((row for row, speaking in rows if speaking.stream.may_lose(row, now)), None)

    def _preempt(self, row: Row) -> None:
        with self._changed:
            stream = self._rows[row].stream
            if not stream.closed:
                stream.lose(row)
        self._drop(row)
        metrics.PREEMPTED.inc()

    def _open(self, stream: LocalStream) -> None:
        """Gives a stream's next segment a slot."""
        job = stream.job
        with self._changed:
            if not stream.pending:
                return
            first = stream.first_slot_at is None
            index, segment = stream.take(self._clock())
        if first:
            metrics.QUEUE.labels(job.priority.label).observe(stream.queue_seconds)
        try:
            voice = self._conditioning(job.voice)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            self._fail([stream], error)
            return
        seed = segment_seed(job.seed, index)
        row = Row(segment.text, job.language, voice, job.sampling, seed, segment.pronunciations)
        with self._changed:
            if stream.closed:
                return
            self._rows[row] = Speaking(stream)
            stream.rows[row] = index
        with self._unit("open", [row]):
            if self._model.open(row):
                self._decoding.append(row)

    def _conditioning(self, source: VoiceSource) -> object:
        def enrol() -> object:
            with metrics.STAGE.labels("voice").time():
                return self._model.enrol(source)

        return self._voices.find(source.digest if isinstance(source, Clip) else source, enrol)

    def _decode(self, rows: list[Row]) -> None:
        metrics.BATCH_SIZE.observe(len(rows))
        with self._unit("decode", rows), metrics.DECODE_STEP.time():
            start = self._clock()
            more = self._model.decode(rows)
            self._capacity.decode.learn(len(rows), self._clock() - start)
            self._decoding = [row for row, wants in zip(rows, more, strict=True) if wants]
            for row in rows:
                self._rows[row].work.steps += 1

    def _render(self, windows: Sequence[Window]) -> None:
        with self._unit("render", [window.row for window in windows]):
            start = self._clock()
            given = self._model.render(windows)
            self._rendered_at = self._clock()
            self._capacity.render.learn(len(windows), self._rendered_at - start)
            for rendered in given:
                self._give(rendered)

    def _give(self, rendered: Rendered) -> None:
        """Hands a row's audio, or its failure, to its stream. A row that ends is dropped first."""
        speaking = self._rows[rendered.row]
        speaking.work.add(rendered.samples.size)
        stream = speaking.stream
        if rendered.last:
            self._drop(rendered.row)
        if rendered.error:
            self._fail([stream], rendered.error)
            return
        if rendered.last:
            _count(rendered, stream.job.request_id)
            self._capacity.learn_row(speaking.work)
        with self._changed:
            if not stream.closed:
                stream.accept(rendered)

    def _drop(self, row: Row) -> None:
        with self._changed:
            speaking = self._rows.pop(row, None)
        if row in self._decoding:
            self._decoding.remove(row)
        self._model.drop(row)
        if speaking and all(other.stream is not speaking.stream for other in self._rows.values()):
            speaking.stream.release()

    @contextmanager
    def _unit(self, stage: str, rows: list[Row]) -> Iterator[None]:
        """Times a unit of work. If it fails, the streams of its rows fail and no others."""
        streams = {self._rows[row].stream for row in rows}
        try:
            with metrics.STAGE.labels(stage).time():
                yield
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            self._fail(streams, error)

    def _fail(self, streams: Iterable[LocalStream], error: Exception) -> None:
        told = explain(error)
        with self._changed:
            for stream in streams:
                stream.fail(told)


def _count(rendered: Rendered, request_id: str) -> None:
    metrics.SPEECH_TOKENS.inc(rendered.tokens)
    metrics.SEGMENT_ENDINGS.labels(rendered.ending.value).inc()
    if rendered.ending is not Ending.COMPLETE:
        cause = rendered.ending.value
        log.warning("request %s: a segment was ended, cause %s, after %d tokens", request_id, cause, rendered.tokens)
