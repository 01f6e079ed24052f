import numpy as np
import pytest
import soundfile

from service.audio import check_reference
from service.config import ROOT
from service.errors import Reason, ServiceError

RATES = (8_000, 16_000, 24_000, 44_100, 48_000)


def hum(seconds: float, level: float = 0.1, rate: int = 24_000) -> np.ndarray:
    return (level * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 150 / rate)).astype(np.float32)


def refused(samples: np.ndarray, rate: int = 24_000) -> str:
    with pytest.raises(ServiceError) as caught:
        check_reference(samples, rate)
    assert caught.value.reason is Reason.BAD_REFERENCE_AUDIO
    assert caught.value.es != caught.value.en
    return caught.value.en


@pytest.mark.parametrize("name", ["alex", "default", "santa"])
def test_the_built_in_recordings_pass(name: str) -> None:
    check_reference(*soundfile.read(ROOT / "voices" / name / "reference.wav", dtype="float32"))


@pytest.mark.parametrize("rate", RATES)
def test_one_window_of_a_speaker_encoder_is_enough(rate: int) -> None:
    check_reference(hum(1.65, rate=rate), rate)
    assert "1.5 seconds of voice" in refused(hum(1.5, rate=rate), rate)


def test_silence_around_the_voice_does_not_count() -> None:
    pause = np.zeros(5 * 24_000, np.float32)
    assert "1.0 seconds of voice" in refused(np.concatenate([pause, hum(1.0), pause]))
    check_reference(np.concatenate([hum(1.0), pause, hum(1.0)]), 24_000)


def test_one_bang_is_not_a_voice() -> None:
    assert "0.0 seconds of voice" in refused(np.concatenate([hum(0.03, level=1.0), hum(8, level=0.02)]))


@pytest.mark.parametrize("samples", [np.zeros(240_000, np.float32), hum(10, level=0.002), hum(10, level=1e-30)])
def test_what_is_no_louder_than_noise_is_refused(samples: np.ndarray) -> None:
    assert "too quiet" in refused(samples)


def test_a_faint_voice_passes() -> None:
    check_reference(hum(3, level=0.01), 24_000)


def test_nothing_is_too_short() -> None:
    assert "0.0 seconds" in refused(np.zeros(0, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_numbers_are_refused(value: float) -> None:
    samples = hum(10)
    samples[1000] = value
    assert "not numbers" in refused(samples)
