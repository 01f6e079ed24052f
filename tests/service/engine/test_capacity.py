"""What a machine can do, told by units of known times."""

import random
from dataclasses import replace

import pytest

from service.engine.capacity import Capacity, Line, Work
from service.models.fake import FakeModel

STEP, ROW = 0.014, 0.00045
TOKENS = 25
"""In a second of audio."""


def make_capacity(slots: int = 32, batch: int = 8) -> Capacity:
    return Capacity(replace(FakeModel(slots=slots).info, render_batch=batch))


def row(seconds: int, windows: int = 0, steps: int | None = None) -> Work:
    return Work(TOKENS * seconds if steps is None else steps, windows, 24_000 * seconds)


@pytest.mark.parametrize("sizes", [(1, 32), tuple(range(1, 9))])
def test_a_line_is_found_from_some_sizes(sizes: tuple[int, ...]) -> None:
    line, noise = Line(1.3), random.Random(1)
    for _ in range(100):
        for size in sizes:
            line.learn(size, (STEP + ROW * size) * noise.uniform(0.95, 1.05))
    for size in (1, 16, 32):
        assert line.at(size) == pytest.approx(STEP + ROW * size, rel=0.05)


def test_a_unit_never_takes_less_for_more() -> None:
    line = Line(1.3)
    assert line.at(4) == 0
    for size, seconds in ((1, 3.0), (2, 2.0)):
        line.learn(size, seconds)
    assert line.at(8) == line.at(1) > 0


def test_odd_units_hardly_count() -> None:
    line = Line(1.3)
    line.learn(4, 60.0)
    for unit in range(200):
        line.learn(4, 10.0 if unit % 50 == 49 else 0.1)
    assert line.at(4) == pytest.approx(0.1, rel=0.1)


def test_capacity_is_what_full_slots_make() -> None:
    capacity = make_capacity()
    assert capacity.streams() is None
    for size in (1, 32):
        capacity.decode.learn(size, STEP + ROW * size)
    capacity.learn_row(row(seconds=4))
    assert capacity.streams() == pytest.approx(32 / TOKENS / (STEP + ROW * 32))


def test_light_traffic_does_not_lower_it() -> None:
    capacity = make_capacity()
    for size in (1, 32):
        capacity.decode.learn(size, STEP + ROW * size)
    for _ in range(10_000):
        capacity.decode.learn(1, STEP + ROW)
        capacity.learn_row(row(seconds=3))
    assert capacity.streams() == pytest.approx(32 / TOKENS / (STEP + ROW * 32))


def test_a_slower_machine_lowers_it() -> None:
    capacity = make_capacity()
    for factor in [1] * 100 + [1.25] * 1000:
        for size in (1, 32):
            capacity.decode.learn(size, factor * (STEP + ROW * size))
        capacity.learn_row(row(seconds=4))
    assert capacity.streams() == pytest.approx(32 / TOKENS / (STEP + ROW * 32) / 1.25, rel=0.01)


def test_rendering_takes_its_share() -> None:
    capacity = make_capacity()
    capacity.decode.learn(32, STEP + ROW * 32)
    for windows in (1, 8):
        capacity.render.learn(windows, 0.02 + 0.005 * windows)
    capacity.learn_row(row(seconds=10, windows=10))
    cost = TOKENS * (STEP + ROW * 32) / 32 + 0.06 / 8
    full = 1 / cost
    assert full > 32
    assert capacity.streams() == pytest.approx(full)


def test_fewer_streams_than_slots_must_keep_up_as_so_many_rows() -> None:
    capacity = make_capacity(batch=1)
    for size in (1, 32):
        capacity.decode.learn(size, STEP + ROW * size)
    capacity.render.learn(1, 0.025)
    capacity.learn_row(row(seconds=10, windows=10))
    streams = capacity.streams()
    assert streams is not None

    def busy(count: float) -> float:
        return TOKENS * (STEP + ROW * count) + 0.025 * count

    assert busy(streams) <= 1 < busy(streams + 1)


def test_a_model_without_decoding_is_known_by_its_renderings() -> None:
    capacity = make_capacity(slots=1, batch=1)
    for seconds in (2, 4, 6) * 100:
        capacity.render.learn(1, seconds / 3.5)
        capacity.learn_row(row(seconds, windows=1, steps=0))
    assert capacity.streams() == pytest.approx(3.5, rel=0.05)


def test_a_model_that_keeps_up_with_nobody_has_no_capacity() -> None:
    capacity = make_capacity(slots=8)
    for size in (1, 8):
        capacity.decode.learn(size, 0.1 + 0.01 * size)
    capacity.learn_row(row(seconds=4))
    assert capacity.streams() == 0
