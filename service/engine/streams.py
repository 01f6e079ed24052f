"""One request under way: what is still to be said, and what has been said in order."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from service.engine.engine import Audio, Event, SegmentEnd
from service.engine.jobs import Job, Row, Segment
from service.engine.model import Ending, Rendered
from service.engine.pacing import Playback
from service.errors import ServiceError


class Owner(Protocol):
    """What a stream needs of its engine."""

    changed: threading.Condition
    clock: Callable[[], float]

    def forget(self, stream: "LocalStream") -> None: ...


@dataclass(slots=True)
class Spoken:
    """A segment that has, or had, a slot; its events wait here until those before it are heard."""

    segment: Segment
    events: list[Event] = field(default_factory=list)
    sample_count: int = 0
    done: bool = False


class LocalStream:
    """A `Stream` of a `LocalEngine`.

    `Stream`'s own methods belong to the event loop and take the engine's lock; the others belong to the engine,
    which holds it.
    """

    def __init__(self, owner: Owner, job: Job, sample_rate: int) -> None:
        self.job = job
        self.rows: dict[Row, int] = {}
        self.pending: deque[tuple[int, Segment]] = deque()
        self.playback = Playback(arrived_at=owner.clock(), max_lead=job.max_lead)
        self.first_slot_at: float | None = None
        self.closed = False
        self._owner = owner
        self._rate = sample_rate
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | ServiceError | None] = asyncio.Queue()
        self._spoken: dict[int, Spoken] = {}
        self._said = 0
        self._current = 0
        self._finished = False

    async def __aenter__(self) -> "LocalStream":
        return self

    async def __aexit__(self, *exception: object) -> None:
        with self._owner.changed:
            self._close(None)

    def say(self, segment: Segment) -> None:
        with self._owner.changed:
            self.pending.append((self._said, segment))
            self._said += 1
            self._owner.changed.notify_all()

    def finish(self) -> None:
        with self._owner.changed:
            self._finished = True
            self._end_if_complete()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, ServiceError):
                raise event
            if isinstance(event, Audio):
                with self._owner.changed:
                    self.playback.taken += self._played(event)
                    self._owner.changed.notify_all()
            yield event

    @property
    def queue_seconds(self) -> float:
        until = self._owner.clock() if self.first_slot_at is None else self.first_slot_at
        return until - self.playback.arrived_at

    @property
    def open_rows(self) -> int:
        return len(self.rows)

    def dry_at(self) -> float:
        return self.playback.dry_at()

    def take(self, now: float) -> tuple[int, Segment]:
        """The next segment to speak; it has a slot from now on."""
        index, segment = self.pending.popleft()
        self._spoken[index] = Spoken(segment)
        if self.first_slot_at is None:
            self.first_slot_at = now
        return index, segment

    def accept(self, rendered: Rendered) -> None:
        """Takes what the model gave for one of the stream's rows."""
        index = self.rows[rendered.row]
        spoken = self._spoken[index]
        if rendered.samples.size:
            self._add(spoken, Audio(index, rendered.samples))
            spoken.sample_count += rendered.samples.size
        if rendered.last:
            del self.rows[rendered.row]
            spoken.done = True
            cut = rendered.ending is not Ending.COMPLETE
            spoken.events.append(SegmentEnd(index, spoken.sample_count, rendered.tokens, cut, rendered.words))
            if pause := round(spoken.segment.pause_after * self._rate):
                self._add(spoken, Audio(index, np.zeros(pause, np.float32)))
        self._flush()

    def fail(self, error: ServiceError) -> None:
        self._close(error)

    def _add(self, spoken: Spoken, audio: Audio) -> None:
        spoken.events.append(audio)
        self.playback.add(self._played(audio), self._owner.clock())

    def _flush(self) -> None:
        """Posts what is next in order: segments may be spoken side by side but are heard one after the other."""
        while spoken := self._spoken.get(self._current):
            for event in spoken.events:
                self._post(event)
            spoken.events.clear()
            if not spoken.done:
                return
            del self._spoken[self._current]
            self._current += 1
        self._end_if_complete()

    def _end_if_complete(self) -> None:
        if self._finished and self._current == self._said:
            self._close(None)

    def _close(self, last: ServiceError | None) -> None:
        if self.closed:
            return
        self.closed = True
        self.pending.clear()
        self._spoken.clear()
        self._post(last)
        self._owner.forget(self)

    def _post(self, event: Event | ServiceError | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    def _played(self, audio: Audio) -> float:
        return audio.samples.size / self._rate / self.job.speaking_rate
