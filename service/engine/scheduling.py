"""Who gets the next slot, and which unit of work comes next. Policy only: no clock, no thread, no model.

What is due soonest goes first. If there is no slot for it, it takes that of a segment that is not due for long, which
is made anew when its turn comes: the same audio, for a row's depends on nothing but itself. A deadline is a moment on
the engine's clock that nothing moves away, and every class rises in the end, so that whatever waits is the most urgent
of all some day: nothing starves.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

SOON = 2.0
"""Seconds until its deadline within which a stream that has begun goes before those that have not: a slot that it does
not get now may be the last for the time of a segment, and a gap is worse than a wait."""

DUE, AHEAD = 1.0, 4.0
"""Seconds until its deadline within which a segment takes the slot of one that has more than so many."""

LULL, LONG_LULL = 5.0, 6.0
"""Fixed costs of a rendering that pass without one before windows go first: the long one, if a row is due sooner."""

Urgency = tuple[float, ...]


class Speaker(Protocol):
    """What the policy looks at in a stream that has a segment to open."""

    job: Job

    @property
    def begun(self) -> bool: ...

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
    goes_on = stream.begun and deadline <= now + SOON
    return ranked, not goes_on, deadline // EQUAL, heard(stream.job.caller), deadline


def pick(ready: Iterable[S], now: float, heard: Callable[[str], float]) -> S | None:
    """The stream whose next segment opens."""
    return min(ready, key=lambda stream: urgency(stream, now, heard), default=None)


def may_open(stream: Speaker, now: float, free: int, slots: int) -> bool:
    """Whether a stream may take one of the free slots, of which BATCH leaves some.

    If there is none, whether it takes the slot of a segment that can wait.
    """
    if not free:
        return stream.deadline() <= now + DUE
    batch = rank(stream.job.priority, now - stream.waiting_since()) is Priority.BATCH
    return not batch or free > slots // RESERVE


def can_wait(deadline: float, now: float) -> bool:
    """Whether a segment may lose its slot and what was done for it, to one that is due."""
    return deadline > now + AHEAD


@dataclass(frozen=True, slots=True)
class Outlook:
    """Windows are due, and rows that have none are decoding.

    `window` and `row` are the deadlines of the most urgent of each; `full` says that one unit could not render more
    windows. For `lull` seconds nothing has been rendered. `cost` is the fixed cost of a rendering as far as rows wait
    for it: all of it if every slot does, half if half of them do.
    """

    window: float
    row: float
    full: bool
    lull: float
    cost: float


def render_first(outlook: Outlook) -> bool:
    """Whether rendering goes before decoding.

    Windows in company share the fixed cost of a rendering, but hold slots while they wait for it: so they wait until a
    rendering is full, or for a lull, a longer one if a row is due sooner. Neither side starves: a lull has an end, and
    only decoding makes more windows.
    """
    lull = LULL if outlook.window <= outlook.row else LONG_LULL
    return outlook.full or outlook.lull >= lull * outlook.cost
