import numpy as np
import pytest

from service.engine.jobs import Samples
from service.models.kokoro.network import SAMPLE_RATE
from service.models.kokoro.silence import find_pause, find_voice

MARGIN = SAMPLE_RATE * 160 // 1000
BLOCK = SAMPLE_RATE // 200


def trim(clip: Samples) -> Samples:
    return clip[find_voice(clip)]


def make_tone(seconds: float, level: float = 0.5) -> Samples:
    n = int(seconds * SAMPLE_RATE)
    return (level * np.sin(np.arange(n) * 2 * np.pi * 220 / SAMPLE_RATE)).astype(np.float32)


def make_silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


@pytest.mark.parametrize("level", [0.5, 0.005])
def test_trim_leaves_a_margin_at_each_end(level: float) -> None:
    tone = make_tone(0.3, level)
    kept = trim(np.concatenate([make_silence(0.2), tone, make_silence(0.3)]))
    assert 0 <= len(kept) - len(tone) - 2 * MARGIN < 2 * BLOCK
    assert np.array_equal(kept[MARGIN : MARGIN + len(tone)], tone)


def test_trim_keeps_a_faint_ending() -> None:
    clip = np.concatenate([make_silence(0.2), make_tone(0.2), make_tone(0.1, 0.002), make_silence(0.3)])
    assert len(trim(clip)) >= int(0.3 * SAMPLE_RATE) + 2 * MARGIN


def test_trim_adds_nothing() -> None:
    tone = make_tone(0.1)
    assert np.array_equal(trim(tone), tone)


def test_trim_of_silence_is_nothing() -> None:
    assert len(trim(make_silence(0.1))) == 0
    assert len(trim(make_silence(0))) == 0


def test_pause_is_found_between_two_sounds() -> None:
    clip = np.concatenate([make_tone(0.2), make_silence(0.012), make_tone(0.2)])
    assert abs(find_pause(clip, 0, len(clip)) - len(clip) // 2) < BLOCK
