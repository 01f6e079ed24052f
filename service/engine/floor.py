"""The streams under way with one model, and who of them has the floor."""

import math
import threading
from collections.abc import Callable, Iterable

from service.engine.admission import Admission, Load, Terms
from service.engine.capacity import Capacity
from service.engine.fairness import Ledger
from service.engine.jobs import Job, Priority
from service.engine.model import Model
from service.engine.pacing import Articulation
from service.engine.scheduling import may_open, pick, render_first
from service.engine.slots import Order, Slots
from service.engine.streams import LocalStream
from service.errors import ServiceError

Picker = Callable[[Iterable[LocalStream], float, Callable[[str], float]], LocalStream | None]
"""Tells who opens the next segment, as `scheduling.pick` does."""


class Floor:
    """Has no thread: `open` and the streams' own methods are for the event loop, `work` is for the engine's thread.

    `changed` guards what they share, and wakes whoever waits for something to do.
    """

    def __init__(
        self,
        model: Model,
        terms: Terms,
        changed: threading.Condition,
        clock: Callable[[], float],
        pick: Picker = pick,
        order: Order = render_first,
    ) -> None:
        self.changed = changed
        self.clock = clock
        self.articulation = Articulation()
        self.capacity = Capacity(model.info)
        self.streams: list[LocalStream] = []
        self.idle_since = clock()
        self._info = model.info
        self._terms = terms
        self._admission = Admission(terms, self.capacity, model.info.slots)
        self._ledger = Ledger()
        self._pick = pick
        self._slots = Slots(model, self.capacity, changed, clock, order)

    def open(self, job: Job) -> LocalStream:
        """Lets a request in. Raises ServiceError: OVERLOADED, DEADLINE_UNREACHABLE."""
        with self.changed:
            now = self.clock()
            promised = self._admission.admit(job, self._load(now, job.priority), now)
            stream = LocalStream(self, job, self._info.sample_rate, self._terms.target(job.priority), promised)
            self.streams.append(stream)
            self.changed.notify_all()
        return stream

    def hear(self, stream: LocalStream, seconds: float) -> None:
        """Counts audio that was made for a stream. The lock is held."""
        now = self.clock()
        self._ledger.add(stream.job.caller, seconds, now)
        if stream.first_slot_at is not None and stream.playback.made == seconds:
            self._admission.learn_first(now - stream.first_slot_at)

    def forget(self, stream: LocalStream) -> None:
        """Drops a stream that has closed; its rows go before the next unit. The lock is held."""
        self.streams.remove(stream)
        self.idle_since = self.clock()
        self.changed.notify_all()

    def fail(self, error: ServiceError) -> None:
        """Ends every stream. The lock is held."""
        for stream in list(self.streams):
            stream.fail(error)

    def rest(self, now: float) -> float:
        """Seconds until there is work: 0 for now, infinity for none in sight. The lock is held."""
        if self._slots.busy:
            return 0.0
        return min((stream.wait(now) for stream in self._may_speak(now)), default=math.inf)

    def queued_segments(self) -> int:
        return sum(len(stream.pending) for stream in self.streams)

    def work(self) -> None:
        """Fills the slots and does one unit of work."""
        self._slots.work(self._choose)

    def _choose(self, free: int) -> LocalStream | None:
        with self.changed:
            now = self.clock()
            ready = (
                stream
                for stream in self._may_speak(now)
                if not stream.wait(now) and may_open(stream, now, free, self._info.slots)
            )
            return self._pick(ready, now, self._ledger.heard)

    def _may_speak(self, now: float) -> Iterable[LocalStream]:
        """The streams with something to say that have begun, or may."""
        load = self._load(now)
        return (s for s in self.streams if s.pending and (s.promised or self._admission.may_begin(load, s.job)))

    def _load(self, now: float, priority: Priority = Priority.STANDARD) -> Load:
        """What is under way; of those that wait, only the ones no less urgent than `priority`."""
        wanting = [stream for stream in self.streams if not stream.rests(now)]
        counted = [stream for stream in wanting if stream.job.priority is not Priority.BATCH]
        return Load(
            live=sum(s.job.speaking_rate for s in counted if s.begun),
            waiting=sum(s.job.speaking_rate for s in counted if not s.begun and s.job.priority <= priority),
            queued=sum(not stream.begun for stream in wanting),
            rests=lambda: [stream.rest() for stream in counted],
        )
