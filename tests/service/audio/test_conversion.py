import gc
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audio import Conversion, Converter

SPEEDS = [0.25, 0.4, 0.5, 0.75, 1.0, 1.1, 1.5, 2.0, 3.0, 4.0]
RATES = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]


def convert(samples, target_rate, speed, sizes):
    converter = Converter(24_000, target_rate, speed)
    parts, start = [], 0
    while start < len(samples):
        size = sizes[len(parts) % len(sizes)]
        parts.append(converter.convert(samples[start : start + size]))
        start += size
    return [*parts, converter.finish()]


@pytest.mark.parametrize("count", [0, 1, 100, 4799, 4800, 24_000, 100_001])
@pytest.mark.parametrize("target_rate", RATES)
@pytest.mark.parametrize("speed", SPEEDS)
def test_the_number_of_samples_is_exact(lab, count, target_rate, speed):
    parts = convert(lab.babble(count, 24_000), target_rate, speed, [4800])
    assert sum(map(len, parts)) == round(count * target_rate / (24_000 * speed))
    assert all(part.dtype == np.float32 for part in parts)


@settings(deadline=None, max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=6),
    target_rate=st.sampled_from(RATES),
    speed=st.sampled_from(SPEEDS),
)
def test_the_samples_do_not_depend_on_the_chunks(lab, sizes, target_rate, speed):
    samples = lab.babble(20_000, 24_000)
    chunked = np.concatenate(convert(samples, target_rate, speed, sizes))
    assert np.array_equal(chunked, np.concatenate(convert(samples, target_rate, speed, [20_000])))


def test_nothing_to_do_is_the_very_samples(lab):
    samples = lab.babble(4800, 24_000)
    converter = Converter(24_000, 24_000, 1.0)
    assert converter.convert(samples) is samples
    assert len(converter.finish()) == 0


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.25, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("hertz", [120.0, 220.0, 1000.0])
def test_stretching_keeps_the_pitch_within_1_percent(lab, speed, hertz):
    stretched = np.concatenate(convert(lab.sine(96_000, 24_000, hertz), 24_000, speed, [4800]))
    middle = stretched[len(stretched) // 4 : 3 * len(stretched) // 4]
    assert lab.hertz(middle, 24_000) == pytest.approx(hertz, rel=0.01)
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.25, 1.5, 2.0])
def test_stretching_keeps_events_at_their_place(lab, speed):
    samples = np.zeros(72_000, np.float32)
    for start in (12_000, 36_000, 60_000):
        samples[start : start + 4800] = lab.sine(4800, 24_000, 500.0)
    stretched = np.concatenate(convert(samples, 24_000, speed, [4800]))
    thirds = np.abs(stretched).reshape(3, -1) > 0.2
    starts = thirds.argmax(axis=1) * speed / 24_000
    ends = (thirds.shape[1] - thirds[:, ::-1].argmax(axis=1)) * speed / 24_000
    assert starts == pytest.approx(0.5, abs=0.05)
    assert ends == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("target_rate", [rate for rate in RATES if rate != 24_000])
def test_resampling_keeps_the_wave(lab, target_rate):
    resampled = np.concatenate(convert(lab.sine(24_000, 24_000), target_rate, 1.0, [4800]))
    expected = lab.sine(target_rate, target_rate)
    middle = slice(target_rate // 10, -target_rate // 10)
    assert np.abs(resampled - expected)[middle].max() < 0.001


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_the_last_sound_is_not_lost(lab, speed):
    samples = np.zeros(24_000, np.float32)
    samples[-2400:] = lab.sine(2400, 24_000, 500.0)
    stretched = np.concatenate(convert(samples, 48_000, speed, [4800]))
    last = stretched[-round(2400 * 2 / speed) :]
    assert np.sqrt(2 * np.mean(last**2)) > 0.35


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("target_rate", [24_000, 48_000])
def test_the_first_chunk_gives_audio_already(lab, speed, target_rate):
    first, *_ = convert(lab.babble(24_000, 24_000), target_rate, speed, [4800])
    assert len(first) > 0.4 * 4800 * target_rate / (24_000 * speed)


def test_never_ahead_of_what_the_input_is_worth(lab):
    for speed in SPEEDS:
        parts = convert(lab.babble(48_000, 24_000), 48_000, speed, [1000])
        given = np.cumsum([len(part) for part in parts[:-1]])
        worth = [round(1000 * taken * 48_000 / (24_000 * speed)) for taken in range(1, 49)]
        assert (given <= worth).all()


@pytest.mark.slow
def test_ten_minutes_in_one_chunk(lab):
    samples = np.tile(lab.babble(24_000 * 60, 24_000), 10)
    parts = convert(samples, 8000, 4.0, [len(samples)])
    assert sum(map(len, parts)) == 600 * 8000 // 4


def test_silence_stays_silent():
    parts = convert(np.zeros(48_000, np.float32), 44_100, 0.6, [4800])
    assert np.abs(np.concatenate(parts)).max() == 0


def test_a_dropped_converter_is_freed_at_once(lab):
    gc.collect()
    gc.disable()
    try:
        converter = Converter(24_000, 48_000, 0.3)
        converter.convert(lab.babble(4800, 24_000))
        del converter
        assert gc.collect() == 0
    finally:
        gc.enable()


@settings(deadline=None, max_examples=40)
@given(
    parts=st.lists(st.tuples(st.integers(0, 9000), st.sampled_from(SPEEDS)), max_size=5),
    ahead=st.integers(0, 12_000),
    target_rate=st.sampled_from(RATES),
)
def test_parts_at_rates_of_their_own(lab, parts, ahead, target_rate):
    """Whatever is held back in between, as a watermark does."""
    conversion, expected, ends, given_out = Conversion(24_000, target_rate), [], [0], []
    held = np.zeros(0, np.float32)
    for index, (count, speed) in enumerate(parts):
        ends.append(conversion.expect(count, speed))
        held = np.concatenate([held, lab.babble(count, 24_000) * (index + 1) / 10])
        ready = max(0, len(held) - ahead)
        given_out.append(conversion.convert(held[:ready]))
        held = held[ready:]
    given_out += [conversion.convert(held), conversion.finish()]
    for speed, run in groupby(enumerate(parts), key=lambda part: part[1][1]):
        samples = [lab.babble(count, 24_000) * (index + 1) / 10 for index, (count, _) in run]
        expected += convert(np.concatenate(samples).astype(np.float32), target_rate, speed, [24_000])
    whole = np.concatenate([np.zeros(0, np.float32), *expected])
    assert np.array_equal(np.concatenate(given_out), whole)
    assert ends[-1] == len(whole)
    assert ends == sorted(ends)
