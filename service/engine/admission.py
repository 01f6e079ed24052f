"""Who is let in, and what the others are told."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from service.engine.capacity import Capacity
from service.engine.jobs import Job, Priority
from service.errors import Reason, ServiceError

MEMORY = 0.9
"""Weight of the past in the moving average of what first audio takes."""

BRIEF = 0.05
"""What one can tell no better, in seconds."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator decides. Seconds.

    `live_share` of the capacity is given to streams that are spoken; others wait, if `queue_seconds` are expected to
    do and no more than `queue_limit` wait. A target is the first audio's deadline, from the moment its text was said.
    """

    queue_limit: int = 64
    queue_seconds: float = 60.0
    live_share: float = 0.9
    interactive_target: float = 0.25
    standard_target: float = 10.0

    def target(self, priority: Priority) -> float:
        return self.interactive_target if priority is Priority.INTERACTIVE else self.standard_target

    def longest_wait(self, priority: Priority) -> float:
        """Who has more time waits longer, and nobody waits for BATCH."""
        if priority is Priority.BATCH:
            return math.inf
        return self.queue_seconds if priority is Priority.INTERACTIVE else max(self.queue_seconds, self.standard_target)


DEFAULT_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Load:
    """Streams under way. `live` and `waiting` count listeners, one at twice the speed as two, and of BATCH none.

    `live` ones have had a slot and are not fully spoken. `waiting` ones, `queued` in number with BATCH, have had none.
    `rests` tells how many seconds of audio each listener's stream still has to come, at least and at most.
    """

    live: float = 0.0
    waiting: float = 0.0
    queued: int = 0
    rests: Callable[[], list[tuple[float, float]]] = list


class Admission:
    """A cap on live streams, a bound on the wait of the others."""

    def __init__(self, terms: Terms, capacity: Capacity, slots: int) -> None:
        self._terms = terms
        self._capacity = capacity
        self._slots = slots
        self._first_seconds = 0.0

    def learn_first(self, seconds: float) -> None:
        """Notes how long a stream took from its first slot to its first audio."""
        self._first_seconds = MEMORY * self._first_seconds + (1 - MEMORY) * seconds

    def limit(self) -> float:
        """The most live streams. Of a model that keeps up with nobody, or nobody knows how many, as many as slots."""
        if streams := self._capacity.streams():
            return self._terms.live_share * streams
        return self._slots * max(1.0, self._terms.live_share)

    def may_begin(self, load: Load, job: Job) -> bool:
        """Whether a stream that waits may have its first slot."""
        return job.priority is Priority.BATCH or not load.live or load.live + job.speaking_rate <= self.limit()

    def expect_wait(self, load: Load, job: Job) -> float:
        """Seconds until so many streams are spoken that one more may begin; 0 as long as the capacity is not known.

        Streams are taken to be spoken as fast as they are heard: too little for a model that keeps up with nobody.
        """
        excess = self._excess(load, job)
        if excess <= 0 or self._capacity.streams() is None:
            return 0.0
        return _until_ended(load.rests(), math.ceil(excess))

    def admit(self, job: Job, load: Load, now: float) -> bool:
        """Whether there is room for the stream at once, which is then a promise; else it waits.

        Raises OVERLOADED if the wait would be too long, DEADLINE_UNREACHABLE if it outlasts the caller.
        """
        wait = self.expect_wait(load, job)
        longest = self._terms.longest_wait(job.priority)
        if load.queued >= self._terms.queue_limit or wait > longest:
            raise _overloaded(wait, max(wait - longest, _until_ended(load.rests(), 1)))
        if now + wait + self._first_seconds > job.deadline:
            raise _unreachable(wait + self._first_seconds, wait + self._first_seconds - (job.deadline - now))
        return self._excess(load, job) <= 0

    def _excess(self, load: Load, job: Job) -> float:
        """Streams that must end before one more may begin."""
        return load.live + load.waiting + job.speaking_rate - max(self.limit(), job.speaking_rate)


def _until_ended(rests: list[tuple[float, float]], count: int) -> float:
    """When so many are expected to have ended, or all; each is as likely to end at any moment between its two."""
    changes = []
    for least, most in rests:
        width = max(most - least, BRIEF)
        changes += [(least, 1 / width), (least + width, -1 / width)]
    now, ended, rate = 0.0, 0.0, 0.0
    for following, change in sorted(changes):
        if ended + rate * (following - now) >= count:
            return now + (count - ended) / rate
        ended += rate * (following - now)
        rate += change
        now = following
    return now


def _overloaded(wait: float, retry: float) -> ServiceError:
    expected, seconds = _whole(wait), _whole(retry)
    return ServiceError(
        Reason.OVERLOADED,
        en=f"The service is full: the expected wait is {expected} s. Try again in {seconds} s.",
        es=f"El servicio está lleno: la espera prevista es de {expected} s. Intente de nuevo en {seconds} s.",
        retry_after=seconds,
    )


def _unreachable(wait: float, retry: float) -> ServiceError:
    expected, seconds = _whole(wait), _whole(retry)
    return ServiceError(
        Reason.DEADLINE_UNREACHABLE,
        en=f"The deadline cannot be met: the expected wait is {expected} s. Allow more, or try again in {seconds} s.",
        es=f"No se puede cumplir el plazo: la espera prevista es de {expected} s. "
        f"Amplíe el plazo o intente de nuevo en {seconds} s.",
        retry_after=seconds,
    )


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
