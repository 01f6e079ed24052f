"""The judge sees each fault that it is there to see. The voice is the embedded one."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from service.models.kokoro.g2p import phonemize
from service.models.kokoro.network import SAMPLE_RATE, Network
from service.models.kokoro.presets import load_style
from service.models.kokoro.speech import speak
from service.models.kokoro.weights import read_weights
from tests.judge.recordings import Samples, resample
from tests.judge.sentences import read_sentences
from tests.judge.verdicts import Recording, Totals, total

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.judge.judge import Judge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KEYS = ("s02", "s08", "x05", "x15")


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(read_weights(), threads=2)


@pytest.fixture(scope="module")
def speech(network: Network) -> list[Recording]:
    return say(network, "ef_dora")


def say(network: Network, voice: str) -> list[Recording]:
    sentences = read_sentences()
    style = load_style(voice)
    return [
        Recording(resample(speak(network, phonemize(sentences[key]), style).samples, SAMPLE_RATE), sentences[key])
        for key in KEYS
    ]


def judge_spoilt(judge: "Judge", speech: list[Recording], spoil: "Callable[[Samples], Samples]") -> Totals:
    return total(judge.judge([Recording(spoil(recording.samples), recording.text) for recording in speech]))


def add_noise(samples: Samples) -> Samples:
    """10 dB below the speech."""
    level = np.sqrt(np.mean(samples**2)) / np.sqrt(10)
    noise = np.random.default_rng(0).normal(0, level, len(samples))
    return np.asarray(samples + noise, np.float32)


def test_good_speech_is_good(judge: "Judge", speech: list[Recording]) -> None:
    totals = total(judge.judge(speech))
    assert totals.wer <= 0.1
    assert totals.pcer <= 0.03
    assert totals.dnsmos >= 3.0
    assert totals.distillmos >= 3.8
    assert totals.likeness >= 0.85


def test_speech_that_is_cut_lacks_sounds(judge: "Judge", speech: list[Recording]) -> None:
    assert judge_spoilt(judge, speech, lambda samples: samples[: int(0.6 * len(samples))]).pcer > 0.2


def test_speech_said_twice_has_sounds_too_many(judge: "Judge", speech: list[Recording]) -> None:
    assert judge_spoilt(judge, speech, lambda samples: np.concatenate([samples, samples])).pcer > 0.5


def test_another_sentence_is_not_the_one(judge: "Judge", speech: list[Recording]) -> None:
    texts = [recording.text for recording in speech]
    swapped = zip(speech, texts[1:] + texts[:1], strict=True)
    assert total(judge.judge([Recording(recording.samples, text) for recording, text in swapped])).wer > 0.8


def test_noise_lowers_opinions(judge: "Judge", speech: list[Recording]) -> None:
    totals = judge_spoilt(judge, speech, add_noise)
    assert totals.dnsmos < 2.7
    assert totals.distillmos < 3.4


def test_silence_is_the_worst(judge: "Judge", speech: list[Recording]) -> None:
    totals = judge_spoilt(judge, speech, np.zeros_like)
    assert totals == Totals(wer=1.0, pcer=1.0, dnsmos=1.0, distillmos=1.0, likeness=0.0)


def test_another_voice_is_not_alike(judge: "Judge", network: Network) -> None:
    assert total(judge.judge(say(network, "em_alex"))).likeness < 0.85


def test_a_verdict_does_not_depend_on_its_neighbours(judge: "Judge", speech: list[Recording]) -> None:
    together = judge.judge(speech)
    assert [judge.judge([recording])[0] for recording in speech] == together
