import numpy as np
import pytest

from service.models.kokoro.network import SAMPLE_RATE, Network
from service.models.kokoro.presets import load_style
from service.models.kokoro.silence import trim
from service.models.kokoro.speech import SHORT, speak, speak_after
from service.models.kokoro.symbols import encode
from service.models.kokoro.weights import read_weights


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(read_weights(), threads=1)


def test_lengths_add_up_to_the_audio(network: Network) -> None:
    audio, lengths = network.run(encode("ˈola."), load_style("ef_dora"))
    assert len(lengths) == len("ˈola.") + 2
    assert lengths.sum() * 600 == len(audio)


@pytest.mark.parametrize("voice", ["ef_dora", "em_alex", "em_santa"])
@pytest.mark.parametrize("phonemes", ["nˈo.", "sˈi?", "ˈola", "ɡɾˈasjas!"])
def test_nothing_of_the_lead_is_left(network: Network, voice: str, phonemes: str) -> None:
    seconds = len(speak(network, phonemes, load_style(voice))) / SAMPLE_RATE
    assert len(phonemes) <= SHORT
    assert 0.2 < seconds < 1


def test_lead_is_a_sentence_of_its_own(network: Network) -> None:
    style = load_style("ef_dora")
    lead, rest = "bjˈen.", "ɡɾˈasjas poɾ ʝamˈaɾ."
    whole, _ = network.run(encode(f"{lead} {rest}"), style)
    after = speak_after(lead, network, rest, style)
    assert np.array_equal(after, whole[-len(after) :])
    assert 0.6 < len(trim(after)) / len(trim(whole)) < 0.9


def test_a_long_text_is_said_alone(network: Network) -> None:
    phonemes = "bwˈenas tˈaɾdes a tˈoðos."
    style = load_style("em_alex")
    assert np.array_equal(speak(network, phonemes, style), trim(network.run(encode(phonemes), style)[0]))
