import math
import random

import pytest

from service.engine.pacing import UNREAD_LIMIT, Articulation, Playback


def test_a_stream_that_gave_nothing_need_not_wait() -> None:
    playback = Playback(max_lead=10)
    assert playback.wait(100) == 0
    assert playback.dry_at() == -math.inf


def test_a_stream_ahead_of_its_listener_waits_until_it_is_not() -> None:
    playback = Playback(max_lead=10)
    playback.give(15, now=101)
    assert playback.dry_at() == 116
    assert playback.wait(101) == 5
    assert playback.wait(106) == 0
    assert playback.wait(200) == 0


def test_what_is_still_to_come_before_a_segment_is_ahead_too() -> None:
    playback = Playback(max_lead=10)
    assert playback.wait(0, between=12) == 2
    playback.give(4, now=0)
    assert playback.wait(0, between=8) == 2
    assert playback.wait(50, between=8) == 0


def test_a_player_that_ran_dry_goes_on_where_it_stopped() -> None:
    playback = Playback(max_lead=10)
    playback.give(2, now=0)
    playback.give(3, now=7)
    assert playback.dry_at() == 10


def test_a_stream_that_nobody_reads_waits_for_its_reader() -> None:
    playback = Playback(max_lead=3600)
    playback.made = UNREAD_LIMIT + 1
    assert playback.wait(1000) == math.inf
    playback.taken = 2
    assert playback.wait(1000) == 0


def test_what_a_text_takes_to_say_is_learned() -> None:
    articulation = Articulation()
    for _ in range(200):
        articulation.learn("a" * 40, 2.0)
        articulation.learn("", 1.0)
    assert articulation.guess("b" * 100) == pytest.approx(5.0, rel=0.01)
    assert articulation.spread == pytest.approx(0.0, abs=0.01)


def test_how_far_lengths_lie_from_what_is_guessed_is_learned() -> None:
    articulation, chance = Articulation(), random.Random(1)
    for _ in range(2000):
        articulation.learn("a" * 40, 2.0 * chance.uniform(0.8, 1.2))
    assert articulation.spread == pytest.approx(0.2, abs=0.05)
