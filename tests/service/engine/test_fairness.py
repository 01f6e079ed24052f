import pytest

from service.engine.fairness import SPAN, Ledger


def test_a_callers_audio_adds_up_and_is_forgotten_after_a_minute() -> None:
    ledger = Ledger()
    ledger.add("a", 3, now=0)
    ledger.add("b", 1, now=10)
    ledger.add("a", 2, now=30)
    assert (ledger.heard("a"), ledger.heard("b"), ledger.heard("c")) == (5, 1, 0)
    ledger.add("b", 1, now=SPAN + 5)
    assert (ledger.heard("a"), ledger.heard("b")) == (2, 2)


def test_callers_that_came_once_are_not_kept() -> None:
    ledger = Ledger()
    for second in range(1000):
        ledger.add(f"caller {second}", 0.1, now=second)
    assert len(ledger) == pytest.approx(SPAN, abs=1)
