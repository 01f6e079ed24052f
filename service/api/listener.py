"""The listener of one stream, imagined: a player that starts at the first chunk. Feeds the metrics."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from service.api.context import current
from service.telemetry import metrics

CONTINUOUS = 0.1
"""Longest gap, in seconds, that still counts as no gap."""


class Listener:
    """What one listener has heard so far. Times on the monotonic clock."""

    def __init__(self, rpc: str) -> None:
        self.first_audio_at: float | None = None
        self.cut = False
        self.heard = 0.0
        self.deficit = 0.0
        self._rpc = rpc
        self._last_at = 0.0
        self._last_chunk = 0.0

    def hear(self, seconds: float) -> None:
        """Counts a chunk that is handed over."""
        now = time.monotonic()
        if self.first_audio_at is None:
            self.first_audio_at = now
            metrics.FIRST_AUDIO.labels(self._rpc, "interactive").observe(now - current().arrived_at)
        else:
            metrics.CHUNK_GAP.observe(max(0.0, now - self._last_at - self._last_chunk))
            self.deficit = max(self.deficit, now - self.first_audio_at - self.heard)
        self._last_at, self._last_chunk = now, seconds
        self.heard += seconds
        metrics.AUDIO_SECONDS.inc(seconds)


@contextmanager
def listening(rpc: str, characters: int) -> Iterator[Listener]:
    """Counts one synthesis from its start to its end: complete, length, cancelled or failed."""
    metrics.CHARACTERS.inc(characters)
    listener = Listener(rpc)
    outcome = "failed"
    with metrics.ACTIVE_STREAMS.labels(rpc).track_inprogress():
        try:
            yield listener
            outcome = "length" if listener.cut else "complete"
            metrics.REAL_TIME_FACTOR.labels(rpc).observe((time.monotonic() - current().arrived_at) / listener.heard)
        except (asyncio.CancelledError, GeneratorExit):
            outcome = "cancelled"
            raise
        finally:
            metrics.UNDERRUN.observe(listener.deficit)
            metrics.STREAMS.labels(rpc, outcome, str(listener.deficit < CONTINUOUS).lower()).inc()
