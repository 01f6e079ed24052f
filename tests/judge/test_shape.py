import numpy as np
import pytest

from tests.judge.recordings import RATE
from tests.judge.shape import duration_ratio, tail_level


def tone(seconds: float, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(np.arange(round(seconds * RATE)) * 0.2)).astype(np.float32)


def test_a_text_said_at_reading_pace_has_ratio_one_whatever_the_silence_around() -> None:
    silence = np.zeros(RATE, np.float32)
    assert duration_ratio(np.concatenate([silence, tone(2), silence]), "a" * 30) == pytest.approx(1, abs=0.02)
    assert duration_ratio(tone(6), "a b " * 15) == pytest.approx(3, abs=0.02)
    assert duration_ratio(silence, "nada") == 0


def test_the_tail_tells_an_end_in_silence_from_one_in_mid_sound() -> None:
    assert tail_level(tone(2)) == pytest.approx(0, abs=0.2)
    assert tail_level(np.concatenate([tone(2), tone(0.2, 0.005)])) == pytest.approx(-40, abs=0.5)
    assert tail_level(np.zeros(RATE, np.float32)) == -120
