"""The listener of one stream, imagined: a player that starts at the first chunk. Feeds the metrics."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from service.api.context import current
from service.engine.jobs import Priority
from service.telemetry import metrics

CONTINUOUS = 0.1
"""Longest gap, in seconds, that still counts as no gap."""


class Listener:
    """What one listener has heard so far. Times on the monotonic clock."""

    def __init__(self, rpc: str, priority: Priority = Priority.INTERACTIVE) -> None:
        self.rpc = rpc
        self.priority = priority
        self.first_audio_at: float | None = None
        self.cut = False
        self.interrupted = False
        self.heard = 0.0
        self.deficit = 0.0
        self._asked_at: float | None = current().arrived_at
        self._started_at = 0.0
        self._run = 0.0
        self._last_at = 0.0
        self._last_chunk = 0.0

    def ask(self) -> None:
        """Something is to be said after a silence that nobody has to answer for."""
        self._asked_at = time.monotonic()

    def hear(self, seconds: float) -> None:
        """Counts a chunk that is handed over."""
        now = time.monotonic()
        self.first_audio_at = self.first_audio_at or now
        if self._asked_at is not None:
            metrics.FIRST_AUDIO.labels(self.rpc, self.priority.label).observe(now - self._asked_at)
            self._asked_at, self._started_at, self._run = None, now, 0.0
        else:
            metrics.CHUNK_GAP.observe(max(0.0, now - self._last_at - self._last_chunk))
            self.deficit = max(self.deficit, now - self._started_at - self._run)
        self._last_at, self._last_chunk = now, seconds
        self._run += seconds
        self.heard += seconds
        metrics.AUDIO_SECONDS.inc(seconds)

    @property
    def outcome(self) -> str:
        return "interrupted" if self.interrupted else "length" if self.cut else "complete"


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Counts one synthesis from its start to its end: complete, length, interrupted, cancelled or failed."""
    outcome = "failed"
    with metrics.ACTIVE_STREAMS.labels(listener.rpc).track_inprogress():
        try:
            yield
            outcome = listener.outcome
        except (asyncio.CancelledError, GeneratorExit):
            outcome = "cancelled"
            raise
        finally:
            metrics.UNDERRUN.observe(listener.deficit)
            metrics.STREAMS.labels(listener.rpc, outcome, str(listener.deficit < CONTINUOUS).lower()).inc()
