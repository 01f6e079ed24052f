from service.commands.bench.listeners import Heard, Session
from service.commands.bench.report import Spread, count, spread, write_table

SESSION = Session(
    [
        Heard(0.0, first=0.1, whole=2.0, audio=4.0, gap=0.2),
        Heard(1.0, first=0.3, whole=4.0, audio=6.0, gap=0.0),
        Heard(2.0, "OVERLOADED", whole=0.1),
        Heard(3.0, "OVERLOADED", whole=0.1),
        Heard(3.0, "CUT", first=0.1, whole=1.0, audio=5.0, gap=9.0),
    ],
    [0.001] * 100,
)


def test_figures_are_of_what_was_heard_whole_and_refusals_by_reason() -> None:
    figures = count(SESSION)
    assert (figures.offered, figures.complete, figures.refused) == (5, 2, {"OVERLOADED": 2, "CUT": 1})
    assert figures.first_audio == Spread(0.1, 0.3, 0.3)
    assert (figures.worst_gap.p99, figures.gaps) == (0.2, 1)
    assert (figures.audio_seconds, figures.elapsed, figures.throughput) == (15.0, 5.0, 3.0)


def test_nobody_heard_anything() -> None:
    figures = count(Session([], []))
    assert (figures.complete, figures.throughput, figures.first_audio) == (0, 0.0, Spread(0, 0, 0))


def test_percentiles_are_by_the_nearest_rank() -> None:
    assert spread(list(range(100, 0, -1))) == Spread(50, 95, 99)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_the_table_names_every_reason() -> None:
    assert "| CUT 1, OVERLOADED 2 |" in write_table(count(SESSION))
    assert "100 / 300 / 300 ms" in write_table(count(SESSION))
