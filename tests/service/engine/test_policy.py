"""Pacing, scheduling, admission and seeds: policy without clock, thread or model."""

from dataclasses import dataclass

import pytest

from service.engine.admission import Admission
from service.engine.pacing import UNREAD_LIMIT, Playback
from service.engine.scheduling import pick
from service.engine.seeds import SEED_LIMIT, draw_seed, segment_seed
from service.errors import Reason, ServiceError


def test_a_stream_that_gave_nothing_need_not_wait() -> None:
    playback = Playback(arrived_at=100, max_lead=10)
    assert playback.wait(100) == 0
    assert playback.dry_at() == 100


def test_a_stream_ahead_of_its_listener_waits_until_it_is_not() -> None:
    playback = Playback(arrived_at=100, max_lead=10)
    playback.add(15, now=101)
    playback.taken = 15
    assert playback.dry_at() == 116
    assert playback.wait(101) == 5
    assert playback.wait(106) == 0
    assert playback.wait(200) == 0


def test_a_stream_that_nobody_reads_waits_for_its_reader() -> None:
    playback = Playback(arrived_at=0, max_lead=3600)
    playback.add(UNREAD_LIMIT + 1, now=1)
    assert playback.wait(1000) == float("inf")
    playback.taken = 2
    assert playback.wait(1000) == 0


@dataclass
class Waiting:
    name: str
    open_rows: int
    dry: float

    def dry_at(self) -> float:
        return self.dry


def test_who_has_fewest_rows_and_then_who_runs_dry_first_is_next() -> None:
    first, second, busy = Waiting("first", 0, 5), Waiting("second", 0, 7), Waiting("busy", 1, 1)
    assert pick([busy, second, first]) is first
    assert pick([busy, second]) is second
    assert pick([busy]) is busy
    assert pick([]) is None


def test_the_queue_tells_when_to_come_back() -> None:
    admission = Admission(queue_limit=4)
    admission.admit(waiting=3, slots=2)
    for _ in range(200):
        admission.learn(10)
    with pytest.raises(ServiceError) as caught:
        admission.admit(waiting=4, slots=2)
    assert caught.value.reason is Reason.OVERLOADED
    assert caught.value.retry_after == 20


def test_seeds_differ_by_request_and_by_segment_and_repeat() -> None:
    seeds = {segment_seed(seed, index) for seed in range(50) for index in range(50)}
    assert len(seeds) == 2500
    assert segment_seed(7, 3) == segment_seed(7, 3) < 2**64
    assert all(0 < draw_seed() < SEED_LIMIT for _ in range(100))
