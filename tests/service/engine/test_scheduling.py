"""Who goes first: policy without clock, thread or model."""

from dataclasses import dataclass, field, replace
from itertools import permutations

import pytest

from service.engine.jobs import Job, Priority
from service.engine.scheduling import (
    AHEAD,
    BATCH_AGE,
    DUE,
    EQUAL,
    LONG_LULL,
    LULL,
    RESERVE,
    SOON,
    STANDARD_AGE,
    Outlook,
    can_wait,
    may_open,
    pick,
    rank,
    render_first,
)
from tests.service.engine.conftest import make_job

INTERACTIVE, STANDARD, BATCH = Priority


@dataclass
class Waiting:
    """A stream as the policy sees it."""

    due: float
    priority: Priority = INTERACTIVE
    caller: str = "c"
    since: float = 0.0
    begun: bool = False
    job: Job = field(init=False)

    def __post_init__(self) -> None:
        self.job = make_job(priority=self.priority, caller=self.caller)

    def waiting_since(self) -> float:
        return self.since

    def deadline(self) -> float:
        return self.due


def heard(caller: str) -> float:
    return {"loud": 50.0, "quiet": 1.0}.get(caller, 0.0)


def served(streams: list[Waiting], now: float = 0.0) -> list[Waiting]:
    """The streams in the order in which they are picked."""
    left, order = list(streams), []
    while (stream := pick(left, now, heard)) is not None:
        left.remove(stream)
        order.append(stream)
    return order


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_is_due_soonest_goes_first(order: tuple[int, ...]) -> None:
    streams = [Waiting(due) for due in (5.0, 7.0, 9.0)]
    assert served([streams[index] for index in order]) == streams


def test_a_class_goes_before_the_next_whatever_is_due() -> None:
    batch, standard, interactive = Waiting(1, BATCH), Waiting(2, STANDARD), Waiting(3)
    assert served([batch, standard, interactive]) == [interactive, standard, batch]


def test_among_equals_the_caller_with_the_least_audio_goes_first() -> None:
    loud, quiet = Waiting(0.0, caller="loud"), Waiting(EQUAL / 2, caller="quiet")
    assert served([loud, quiet]) == [quiet, loud]
    later = Waiting(EQUAL, caller="quiet")
    assert served([loud, later]) == [loud, later]


@pytest.mark.parametrize(
    ("priority", "waited", "ranked"),
    [
        (INTERACTIVE, 0, INTERACTIVE),
        (STANDARD, STANDARD_AGE - 1, STANDARD),
        (STANDARD, STANDARD_AGE, INTERACTIVE),
        (BATCH, BATCH_AGE - 1, BATCH),
        (BATCH, BATCH_AGE, STANDARD),
        (BATCH, BATCH_AGE + STANDARD_AGE, INTERACTIVE),
    ],
)
def test_who_waits_long_rises(priority: Priority, waited: float, ranked: Priority) -> None:
    assert rank(priority, waited) is ranked


@pytest.mark.parametrize(
    ("priority", "age"), [(INTERACTIVE, 0.0), (STANDARD, STANDARD_AGE), (BATCH, BATCH_AGE + STANDARD_AGE)]
)
def test_nobody_starves_under_a_flood(priority: Priority, age: float) -> None:
    """One slot a second, and one more INTERACTIVE stream a second that wants it."""
    patient, target, now = Waiting(100.0 + age, priority, since=0.0), 1.0, 0.0
    streams = [patient]
    while patient in streams:
        streams.append(Waiting(now + target, since=now))
        picked = pick(streams, now, heard)
        assert picked is not None
        streams.remove(picked)
        now += 1.0
    assert now <= patient.due + target + 1


def test_batch_leaves_a_slot_for_those_who_come() -> None:
    slots, batch = 4 * RESERVE, Waiting(BATCH_AGE, BATCH)
    assert [free for free in range(slots + 1) if may_open(batch, 0.0, free, slots)] == list(range(5, slots + 1))
    assert may_open(batch, 0.0, free=1, slots=1)
    assert may_open(batch, BATCH_AGE, free=1, slots=slots)
    assert may_open(Waiting(10.0, STANDARD), 0.0, free=1, slots=slots)


def test_only_who_is_due_wants_a_slot_that_is_not_free() -> None:
    assert may_open(Waiting(5.0 + DUE), 5.0, free=0, slots=8)
    assert not may_open(Waiting(5.1 + DUE), 5.0, free=0, slots=8)
    assert can_wait(5.1 + AHEAD, 5.0)
    assert not can_wait(5.0 + AHEAD, 5.0)


def test_who_has_begun_and_is_due_soon_goes_before_those_who_have_not() -> None:
    new, soon, later = Waiting(0.0), Waiting(5.0 + SOON, begun=True), Waiting(5.1 + SOON, begun=True)
    assert served([new, later, soon], now=5.0) == [soon, new, later]


LOADED = Outlook(window=5.0, row=6.0, full=False, lull=0.0, cost=0.02)


def test_a_full_rendering_waits_for_nothing_and_others_for_a_lull() -> None:
    assert render_first(replace(LOADED, full=True))
    assert not render_first(LOADED)
    assert render_first(replace(LOADED, lull=LULL * LOADED.cost))


def test_windows_wait_longer_for_a_row_that_is_due_sooner() -> None:
    urgent = replace(LOADED, row=4.0)
    assert not render_first(replace(urgent, lull=LULL * LOADED.cost))
    assert render_first(replace(urgent, lull=LONG_LULL * LOADED.cost))


def test_windows_that_share_nothing_or_hold_up_nobody_are_rendered_at_once() -> None:
    assert render_first(replace(LOADED, row=0.0, cost=0.0))
