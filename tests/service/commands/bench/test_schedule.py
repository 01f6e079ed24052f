import pytest

from service.commands.bench.schedule import LONG_SENTENCES, LONG_SHARE, Arrivals, make_schedule


@pytest.mark.parametrize("arrivals", ["poisson", "even"])
def test_visits_come_in_order_within_the_time_and_are_the_same_again(arrivals: Arrivals) -> None:
    visits = make_schedule(200, arrivals, 10.0)
    times = [visit.at for visit in visits]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] < 10
    assert visits == make_schedule(200, arrivals, 10.0)
    assert len({visit.seed for visit in visits}) == 200


def test_even_arrivals_are_even() -> None:
    assert [visit.at for visit in make_schedule(4, "even", 2.0)] == [0.0, 0.5, 1.0, 1.5]


def test_few_texts_are_long_and_they_are_long() -> None:
    lengths = [
        visit.text.count(". ") + visit.text.count("? ") + visit.text.count("! ") + 1
        for visit in make_schedule(2000, "poisson", 1.0)
    ]
    long = [length for length in lengths if length > 1]
    assert len(long) / len(lengths) == pytest.approx(LONG_SHARE, abs=0.03)
    assert (min(long), max(long)) == LONG_SENTENCES
