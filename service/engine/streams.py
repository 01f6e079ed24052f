"""One request under way: what is still to be said, and what has been said in order."""

import asyncio
import math
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from service.engine.engine import Audio, Event, SegmentEnd
from service.engine.jobs import Job, Priority, Row, Segment
from service.engine.model import Ending, Rendered
from service.engine.pacing import Articulation, Playback
from service.engine.scheduling import BATCH_AGE, can_wait
from service.errors import ServiceError
from service.telemetry import metrics


class Owner(Protocol):
    """What a stream needs of those who serve it."""

    changed: threading.Condition
    clock: Callable[[], float]
    articulation: Articulation

    def hear(self, stream: "LocalStream", seconds: float) -> None: ...

    def forget(self, stream: "LocalStream") -> None: ...


@dataclass(slots=True)
class Said:
    """A segment that was said; once it has a slot, its events wait here until those before it are heard.

    `guess` is the seconds it may take to hear, `made` what was made of them.
    """

    index: int
    segment: Segment
    said_at: float
    guess: float
    made: float = 0.0
    events: list[Event] = field(default_factory=list)
    sample_count: int = 0
    done: bool = False

    @property
    def rest(self) -> float:
        """Seconds of audio still to be made, as far as one can tell."""
        return 0.0 if self.done else max(0.0, self.guess - self.made)


class LocalStream:
    """A `Stream` of a `LocalEngine`.

    `Stream`'s own methods belong to the event loop and take the engine's lock; the others belong to the engine,
    which holds it. One that is `promised` its slots, as every stream that has had one is, waits for nobody to end.
    """

    def __init__(self, owner: Owner, job: Job, sample_rate: int, target: float, promised: bool) -> None:
        self.job = job
        self.rows: dict[Row, int] = {}
        self.pending: deque[Said] = deque()
        self.playback = Playback(max_lead=job.max_lead)
        self.arrived_at = owner.clock()
        self.first_slot_at: float | None = None
        self.promised = promised
        self.closed = False
        self._owner = owner
        self._target = target
        self._last_slot_at = self.arrived_at
        self._cancelled_at: float | None = None
        self._rate = sample_rate
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | ServiceError | None] = asyncio.Queue()
        self._spoken: dict[int, Said] = {}
        self._rates: dict[int, float] = {}  # of segments that have one of their own
        self._said = 0
        self._current = 0
        self._finished = False

    async def __aenter__(self) -> "LocalStream":
        return self

    async def __aexit__(self, *exception: object) -> None:
        with self._owner.changed:
            self._cancel()

    def say(self, segment: Segment) -> None:
        with self._owner.changed:
            seconds = self._owner.articulation.guess(segment.text) + segment.pause_before + segment.pause_after
            rate = self.job.speaking_rate * segment.rate
            if segment.rate != 1:
                self._rates[self._said] = rate
            self.pending.append(Said(self._said, segment, self._owner.clock(), seconds / rate))
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
        return until - self.arrived_at

    @property
    def begun(self) -> bool:
        """Whether it has had a slot."""
        return self.first_slot_at is not None

    def rests(self, now: float) -> bool:
        """Whether it wants nothing: all that was said is spoken, or nobody reads what is."""
        return not self.rows and self.wait(now) == math.inf

    def waiting_since(self) -> float:
        """Since when its next segment has waited for a slot, while others of the stream got none either."""
        return max(self._last_slot_at, self.pending[0].said_at) if self.pending else self._last_slot_at

    def deadline(self, row: Row | None = None) -> float:
        """When the listener needs a row's segment, or the next one to open, to be heard.

        That is when all before it is heard; no sooner than the target after its text was said. BATCH is not listened
        to: its deadline is when its patience ends.
        """
        if self.job.priority is Priority.BATCH:
            return self.waiting_since() + BATCH_AGE
        dry_at = max(self.playback.dry_at(), self._next_heard.said_at + self._target)
        return dry_at + self._between(self.rows[row] if row else self.pending[0].index)

    def wait(self, now: float) -> float:
        """Seconds until the next segment may be opened: 0 for now, infinity if there is none or nobody reads."""
        return self.playback.wait(now, self._between(self.pending[0].index)) if self.pending else math.inf

    def rest(self) -> tuple[float, float]:
        """The least and the most seconds of audio still to be made of what was said, as far as one can tell."""
        spread = self._owner.articulation.spread
        unsaid = [said for said in (*self._spoken.values(), *self.pending) if not said.done]
        least, most = (
            sum(max(0.0, share * each.guess - each.made) for each in unsaid) for share in (1 - spread, 1 + spread)
        )
        return least, most

    def take(self, now: float) -> tuple[int, Segment]:
        """The next segment to speak; it has a slot from now on."""
        said = self.pending.popleft()
        self._spoken[said.index] = said
        self._last_slot_at = now
        self.promised = True
        if self.first_slot_at is None:
            self.first_slot_at = now
        return said.index, said.segment

    def may_lose(self, row: Row, now: float) -> bool:
        """Whether a row may make room for another: the stream's last that has a slot, if it is not heard for long."""
        if self.closed:
            return False
        index = self.rows[row]
        is_last = index + 1 not in self._spoken  # segments are taken in order
        return is_last and index > self._current and can_wait(self.deadline(row), now)

    def lose(self, row: Row) -> None:
        """Takes back a row whose slot is given to another; it is spoken anew, and no other way."""
        said = self._spoken.pop(self.rows.pop(row))
        self.playback.made -= said.made
        self.pending.appendleft(Said(said.index, said.segment, said.said_at, said.guess))

    def release(self) -> None:
        """Notes that no slot is held for it any more; how long that took counts, if it was cancelled."""
        if self._cancelled_at is not None:
            metrics.CANCEL.observe(self._owner.clock() - self._cancelled_at)
            self._cancelled_at = None

    @property
    def _next_heard(self) -> Said:
        return self._spoken.get(self._current) or self.pending[0]

    def _between(self, index: int) -> float:
        """Seconds of audio before a segment that the listener has not been given."""
        if index == self._current:
            return 0.0
        spoken = [self._spoken[each] for each in range(self._current, index)]
        held = sum(each.made for each in spoken[1:])  # of the first, all that was made was given
        return held + sum(each.rest for each in spoken)

    def accept(self, rendered: Rendered) -> None:
        """Takes what the model gave for one of the stream's rows."""
        index = self.rows[rendered.row]
        spoken = self._spoken[index]
        if rendered.samples.size:
            if not spoken.sample_count:
                self._add_silence(spoken, spoken.segment.pause_before)
            self._add(spoken, Audio(index, rendered.samples))
            spoken.sample_count += rendered.samples.size
        if rendered.last:
            del self.rows[rendered.row]
            spoken.done = True
            self._owner.articulation.learn(spoken.segment.text, spoken.sample_count / self._rate)
            cut = rendered.ending is not Ending.COMPLETE
            spoken.events.append(SegmentEnd(index, spoken.sample_count, rendered.tokens, cut, rendered.words))
            self._add_silence(spoken, spoken.segment.pause_after)
        self._flush()

    def fail(self, error: ServiceError) -> None:
        self._close(error)

    def _cancel(self) -> None:
        """Closes it before its end."""
        if not self.closed:
            self._cancelled_at = self._owner.clock()
            self._close(None)

    def _add(self, spoken: Said, audio: Audio) -> None:
        seconds = self._played(audio)
        spoken.events.append(audio)
        spoken.made += seconds
        self.playback.made += seconds
        self._owner.hear(self, seconds)

    def _add_silence(self, spoken: Said, seconds: float) -> None:
        if count := round(seconds * self._rate):
            self._add(spoken, Audio(spoken.index, np.zeros(count, np.float32)))

    def _flush(self) -> None:
        """Posts what is next in order: segments may be spoken side by side but are heard one after the other."""
        while spoken := self._spoken.get(self._current):
            for event in spoken.events:
                if isinstance(event, Audio):
                    self.playback.give(self._played(event), self._owner.clock())
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
        if not self.rows:
            self.release()

    def _post(self, event: Event | ServiceError | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    def _played(self, audio: Audio) -> float:
        rate = self._rates.get(audio.segment, self.job.speaking_rate)
        return audio.samples.size / self._rate / rate
