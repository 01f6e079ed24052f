"""Who is let in: policy without clock, thread or model."""

import math

import pytest

from service.engine.admission import Admission, Load, Terms
from service.engine.capacity import Capacity, Work
from service.engine.jobs import Priority
from service.errors import Reason, ServiceError
from service.models.fake import FakeModel
from tests.service.engine.conftest import make_job

SLOTS = 32


def make_admission(streams: float | None = 45.0, terms: Terms = Terms()) -> Admission:  # noqa: B008
    """Of a model that keeps up with so many streams."""
    info = FakeModel(slots=SLOTS).info
    capacity = Capacity(info)
    if streams:
        capacity.decode.learn(SLOTS, SLOTS / streams)
        capacity.learn_row(Work(steps=1, samples=info.sample_rate))
    return Admission(terms, capacity, SLOTS)


def make_load(live: int, waiting: int = 0) -> Load:
    """One stream ends every quarter of a second."""
    return Load(live, waiting, waiting, lambda: [(0.25 * index, 0.25 * (index + 1)) for index in range(live + waiting)])


def test_live_streams_are_capped_at_their_share_of_the_capacity() -> None:
    admission = make_admission(45.0)
    assert admission.limit() == pytest.approx(40.5)
    assert admission.may_begin(Load(live=39.5), make_job())
    assert not admission.may_begin(Load(live=39.6), make_job())
    assert not admission.may_begin(Load(live=39.0), make_job(speaking_rate=2.0))


def test_who_knows_nothing_yet_fills_the_slots_and_then_the_queue() -> None:
    admission = make_admission(None, Terms(queue_seconds=0, queue_limit=4))
    assert admission.may_begin(make_load(SLOTS - 1), make_job())
    assert not admission.may_begin(make_load(SLOTS), make_job())
    admission.admit(make_job(), make_load(SLOTS, 3), now=0)
    with pytest.raises(ServiceError):
        admission.admit(make_job(), make_load(SLOTS, 4), now=0)


@pytest.mark.parametrize("streams", [None, 45.0])
def test_terms_without_bounds_let_everybody_in(streams: float | None) -> None:
    admission = make_admission(streams, Terms(queue_limit=1000, queue_seconds=math.inf, live_share=math.inf))
    assert admission.admit(make_job(), make_load(500, 400), now=0)
    assert admission.may_begin(make_load(500), make_job())


def test_one_stream_is_always_let_in() -> None:
    admission = make_admission(0.5, Terms(queue_seconds=0))
    admission.admit(make_job(speaking_rate=4.0), Load(), now=0)
    assert admission.may_begin(Load(), make_job(speaking_rate=4.0))


def test_the_queue_is_bounded_by_the_expected_wait() -> None:
    admission = make_admission(40 / 0.9, Terms(queue_seconds=2.0))
    assert admission.admit(make_job(), make_load(30, 9), now=0)
    assert not admission.admit(make_job(), make_load(40, 7), now=0)
    with pytest.raises(ServiceError) as caught:
        admission.admit(make_job(), make_load(40, 19), now=0)
    error = caught.value
    assert error.reason is Reason.OVERLOADED
    assert error.retry_after == 3
    for sentence in (error.en, error.es):
        assert "5 s" in sentence
        assert "3 s" in sentence


def test_the_wait_is_until_enough_are_expected_to_have_ended() -> None:
    admission = make_admission(40 / 0.9)
    unsure = Load(live=40, rests=lambda: [(0.0, 4.0)] * 40)
    assert admission.expect_wait(unsure, make_job()) == pytest.approx(0.1)
    known = Load(live=40, rests=lambda: [(3.0, 3.0)] + [(0.0, 80.0)] * 39)
    assert admission.expect_wait(known, make_job()) == pytest.approx(80 / 39)


def test_the_queue_is_bounded_by_its_length() -> None:
    admission = make_admission(45.0, Terms(queue_limit=4))
    admission.admit(make_job(priority=Priority.BATCH), Load(0, 0, 3), now=0)
    for priority in Priority:
        with pytest.raises(ServiceError) as caught:
            admission.admit(make_job(priority=priority), Load(0, 0, 4), now=0)
        assert caught.value.retry_after == 1


@pytest.mark.parametrize(("priority", "waits"), [(Priority.STANDARD, 10.0), (Priority.BATCH, math.inf)])
def test_who_has_time_may_wait(priority: Priority, waits: float) -> None:
    terms = Terms(queue_seconds=1.0)
    assert terms.longest_wait(Priority.INTERACTIVE) == 1.0
    assert terms.longest_wait(priority) == waits
    with pytest.raises(ServiceError):
        make_admission(terms=terms).admit(make_job(), make_load(40, 30), now=0)
    make_admission(terms=terms).admit(make_job(priority=priority), make_load(40, 30), now=0)


def test_a_deadline_that_cannot_be_met_is_refused_at_once() -> None:
    admission = make_admission(40 / 0.9)
    for _ in range(200):
        admission.learn_first(0.5)
    full = make_load(40, 7)
    admission.admit(make_job(deadline=102.6), full, now=100)
    with pytest.raises(ServiceError) as caught:
        admission.admit(make_job(deadline=102.4), full, now=100)
    assert caught.value.reason is Reason.DEADLINE_UNREACHABLE
    assert caught.value.retry_after == 1
    assert "3 s" in caught.value.en


def test_batch_takes_no_listeners_place() -> None:
    admission = make_admission(45.0)
    assert admission.may_begin(Load(live=100), make_job(priority=Priority.BATCH))
