"""Who gets the next slot, and which unit of work comes next. Policy only: no clock, no thread, no model.

What is due soonest goes first. A deadline is a moment on the engine's clock that nothing moves away, and every class
rises in the end, so that whatever waits is the most urgent of all some day: nothing starves.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from service.engine.jobs import Job, Priority

STANDARD_AGE = 30.0
"""Seconds of waiting after which STANDARD goes with INTERACTIVE."""

BATCH_AGE = 600.0
"""Seconds of waiting after which BATCH goes with STANDARD, and by and by with INTERACTIVE."""

EQUAL = 0.25
"""Deadlines within so many seconds are equals: among them the caller who has heard least goes first."""

RESERVE = 4
"""Of so many slots, one is never given to BATCH, so that whoever comes next finds it."""

URGENT = 1.0
"""Seconds before its listener runs dry at which a window waits for no decoding: about what a window takes to decode."""

Urgency = tuple[float, ...]


class Speaker(Protocol):
    """What the policy looks at in a stream that has a segment to open."""

    job: Job

    def waiting_since(self) -> float: ...

    def deadline(self) -> float: ...


S = TypeVar("S", bound=Speaker)


def rank(priority: Priority, waited: float) -> Priority:
    """The class that a stream goes with after so many seconds without a slot given to it."""
    if priority is Priority.BATCH and waited >= BATCH_AGE:
        return rank(Priority.STANDARD, waited - BATCH_AGE)
    if priority is Priority.STANDARD and waited >= STANDARD_AGE:
        return Priority.INTERACTIVE
    return priority


def urgency(stream: Speaker, now: float, heard: Callable[[str], float]) -> Urgency:
    """Sorts streams, the most urgent first. `heard` tells the seconds of audio a caller had lately."""
    deadline = stream.deadline()
    ranked = rank(stream.job.priority, now - stream.waiting_since())
    return ranked, deadline // EQUAL, heard(stream.job.caller), deadline


def pick(ready: Iterable[S], now: float, heard: Callable[[str], float]) -> S | None:
    """The stream whose next segment opens."""
    return min(ready, key=lambda stream: urgency(stream, now, heard), default=None)


def may_open(priority: Priority, waited: float, free: int, slots: int) -> bool:
    """Whether a stream may take one of the free slots: BATCH takes none that others may want the next moment."""
    return rank(priority, waited) is not Priority.BATCH or free > slots // RESERVE


def render_first(window: float, row: float, now: float) -> bool:
    """Whether the most urgent window goes before decoding, by its deadline and that of the most urgent row without one.

    A window far from its deadline waits, and is rendered in company later; a row is worth waiting for only while
    no listener is about to run dry.
    """
    return window <= row or window - now <= URGENT
