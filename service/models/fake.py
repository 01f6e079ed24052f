"""A model without a voice, for tests of volume and faults: a tone whose every sample tells whose it is and where."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from service.engine.jobs import Clip, Row, Samples, Sampling, VoiceSource
from service.engine.model import ModelInfo, Rendered, Window

SAMPLE_RATE = 24_000
TOKENS_PER_SECOND = 25
TOKEN_SAMPLES = SAMPLE_RATE // TOKENS_PER_SECOND
WINDOW_TOKENS = 5
PERIOD = 2**15
STEP = 601
"""Odd, so that every sample of a period differs: a sawtooth of 440 Hz."""


def tone(seed: int, start: int, count: int) -> Samples:
    """Samples `start` to `start + count` of a row's audio, exact in 16 bits: two seeds give two phases."""
    index = np.arange(start, start + count, dtype=np.int64)
    steps = (seed % PERIOD + index * STEP) % PERIOD - PERIOD // 2
    return (steps / 32768).astype(np.float32)


def token_count(text: str) -> int:
    return max(WINDOW_TOKENS, len(text))


@dataclass(slots=True)
class Progress:
    """Tokens decoded and rendered of one row, and calls of `render` it had."""

    total: int
    decoded: int = 0
    rendered: int = 0
    steps: int = 0


class FakeModel:
    """One token for each character. A text that holds `fail_on` breaks the unit that renders its first window.

    A window takes `render_steps` calls. `decode_seconds` and `render_seconds` are the times of a unit, the others what
    each row adds to it: then it has a row to be timed with. `before_unit` is called first in each unit, with its kind
    and rows; `units` counts them. On a `device` that is not "cpu" it sleeps.
    """

    def __init__(
        self,
        *,
        slots: int = 32,
        decode_seconds: float = 0.0,
        decode_row_seconds: float = 0.0,
        render_seconds: float = 0.0,
        render_row_seconds: float = 0.0,
        render_steps: int = 1,
        device: str = "cpu",
        fail_on: str = "\0",
        before_unit: Callable[[str, Sequence[Row]], None] | None = None,
        pass_time: Callable[[float], None] = time.sleep,
    ) -> None:
        self.info = ModelInfo(
            name="fake",
            family="fake",
            display_name="Fake",
            revision="1",
            languages=("es", "es-419", "es-MX"),
            sample_rate=SAMPLE_RATE,
            device=device,
            cost=len,
            max_cost=1000,
            slots=slots,
            render_batch=slots,
            options=frozenset({"seed", "speaking_rate"}),
            can_clone=True,
        )
        self.units = 0
        self.asleep = False
        self._seconds = {"decode": (decode_seconds, decode_row_seconds), "render": (render_seconds, render_row_seconds)}
        self._render_steps = render_steps
        self._fail_on = fail_on
        self._before_unit = before_unit
        self._pass_time = pass_time
        self._rows: dict[Row, Progress] = {}

    @property
    def open_rows(self) -> int:
        return len(self._rows)

    def warm_up(self) -> Row | None:
        """Has nothing to warm."""
        timed = any(each for _, each in self._seconds.values())
        return Row("Uno, dos, tres, cuatro, cinco, seis, siete.", "es", None, Sampling(), seed=0) if timed else None

    def enrol(self, source: VoiceSource) -> object:
        return source.digest if isinstance(source, Clip) else source.name

    def open(self, row: Row) -> bool:
        self._rows[row] = Progress(token_count(row.text))
        return True

    def drop(self, row: Row) -> None:
        self._rows.pop(row, None)

    def decode(self, rows: Sequence[Row]) -> Sequence[bool]:
        self._begin("decode", rows)
        for row in rows:
            self._rows[row].decoded += 1
        return [self._rows[row].decoded < self._rows[row].total for row in rows]

    def due(self) -> Sequence[Window]:
        return [
            Window(row, progress.rendered // WINDOW_TOKENS)
            for row, progress in self._rows.items()
            if progress.rendered < progress.decoded
            and (progress.decoded - progress.rendered >= WINDOW_TOKENS or progress.decoded == progress.total)
        ]

    def render(self, windows: Sequence[Window]) -> Sequence[Rendered]:
        self._begin("render", [window.row for window in windows])
        return [self._render(window) for window in windows]

    def sleep(self) -> None:
        self.asleep = True

    def wake(self) -> None:
        self.asleep = False

    def _render(self, window: Window) -> Rendered:
        progress = self._rows[window.row]
        progress.steps += 1
        if progress.steps % self._render_steps:
            return Rendered(window.row, np.zeros(0, np.float32), last=False)
        start = progress.rendered
        progress.rendered = min(start + WINDOW_TOKENS, progress.total)
        samples = tone(window.row.seed, start * TOKEN_SAMPLES, (progress.rendered - start) * TOKEN_SAMPLES)
        last = progress.rendered == progress.total
        return Rendered(window.row, samples, last, tokens=progress.total if last else 0)

    def _begin(self, kind: str, rows: Sequence[Row]) -> None:
        if self.asleep:
            raise RuntimeError("asleep")
        self.units += 1
        if self._before_unit:
            self._before_unit(kind, rows)
        base, each = self._seconds[kind]
        self._pass_time(base + each * len(rows))
        if kind == "render" and any(self._fail_on in row.text for row in rows):
            raise RuntimeError("the fake model was told to fail")
