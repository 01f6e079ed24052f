"""A model's slots: the rows that have one, and the units of work that turn them into audio."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from service.engine.failures import explain
from service.engine.jobs import Clip, Preset, Row, VoiceSource
from service.engine.model import Ending, Model, Rendered, Window
from service.engine.seeds import segment_seed
from service.engine.streams import LocalStream
from service.engine.voices import VoiceCache
from service.telemetry import metrics

log = logging.getLogger(__name__)

VOICE_BYTES = 64 * 2**20
"""Conditionings kept ready: some hundreds of voices."""


class Slots:
    """Belongs to the engine's thread; `changed` is the lock of the streams, `clock` theirs too."""

    def __init__(self, model: Model, changed: threading.Condition, clock: Callable[[], float]) -> None:
        self._model = model
        self._changed = changed
        self._clock = clock
        self._rows: dict[Row, LocalStream] = {}
        self._decoding: list[Row] = []
        self._voices: VoiceCache[Preset | str, object] = VoiceCache(VOICE_BYTES)

    @property
    def busy(self) -> bool:
        return bool(self._rows)

    def work(self, choose: Callable[[], LocalStream | None]) -> None:
        """Frees slots, fills them with what `choose` gives, then does one unit: renders what is due, else decodes."""
        for row in [row for row, stream in self._rows.items() if stream.closed]:
            self._drop(row)
        while len(self._rows) < self._model.info.slots and (stream := choose()) is not None:
            self._open(stream)
        if windows := self._model.due()[: self._model.info.render_batch]:
            self._render(windows)
        elif self._decoding:
            self._decode(list(self._decoding))

    def _open(self, stream: LocalStream) -> None:
        """Gives a stream's next segment a slot."""
        job = stream.job
        with self._changed:
            if not stream.pending:
                return
            first = stream.first_slot_at is None
            index, segment = stream.take(self._clock())
        if first:
            metrics.QUEUE.labels("interactive").observe(stream.queue_seconds)
        try:
            voice = self._conditioning(job.voice)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            self._fail([stream], error)
            return
        seed = segment_seed(job.seed, index)
        row = Row(segment.text, job.language, voice, job.sampling, seed, segment.pronunciations)
        with self._changed:
            self._rows[row] = stream
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
            more = self._model.decode(rows)
            self._decoding = [row for row, wants in zip(rows, more, strict=True) if wants]

    def _render(self, windows: Sequence[Window]) -> None:
        with self._unit("render", [window.row for window in windows]):
            for rendered in self._model.render(windows):
                self._give(rendered)

    def _give(self, rendered: Rendered) -> None:
        """Hands a row's audio, or its failure, to its stream. A row that ends is dropped first."""
        stream = self._rows[rendered.row]
        if rendered.last:
            self._drop(rendered.row)
        if rendered.error:
            self._fail([stream], rendered.error)
            return
        if rendered.last:
            _count(rendered, stream.job.request_id)
        with self._changed:
            if not stream.closed:
                stream.accept(rendered)

    def _drop(self, row: Row) -> None:
        with self._changed:
            self._rows.pop(row, None)
        if row in self._decoding:
            self._decoding.remove(row)
        self._model.drop(row)

    @contextmanager
    def _unit(self, stage: str, rows: list[Row]) -> Iterator[None]:
        """Times a unit of work. If it fails, the streams of its rows fail and no others."""
        streams = {self._rows[row] for row in rows}
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
