import numpy as np
import pytest

from service.engine.jobs import Samples
from service.models.kokoro.network import FRAME, SAMPLE_RATE, Network
from service.models.kokoro.presets import load_style
from service.models.kokoro.silence import find_voice
from service.models.kokoro.speech import SHORT, Speech, speak, speak_after, speak_alone
from service.models.kokoro.symbols import encode
from service.models.kokoro.weights import read_weights


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(read_weights(), threads=1)


def test_lengths_add_up_to_the_audio(network: Network) -> None:
    audio, lengths = network.run(encode("ˈola."), load_style("ef_dora"))
    assert len(lengths) == len("ˈola.") + 2
    assert lengths.sum() * 600 == len(audio)


@pytest.mark.slow
@pytest.mark.parametrize("voice", ["ef_dora", "em_alex", "em_santa"])
@pytest.mark.parametrize("phonemes", ["nˈo.", "sˈi?", "ˈola", "ɡɾˈasjas!"])
def test_nothing_of_the_lead_is_left(network: Network, voice: str, phonemes: str) -> None:
    seconds = len(speak(network, phonemes, load_style(voice)).samples) / SAMPLE_RATE
    assert len(phonemes) <= SHORT
    assert 0.2 < seconds < 1


@pytest.mark.slow
def test_lead_is_a_sentence_of_its_own(network: Network) -> None:
    style = load_style("ef_dora")
    lead, rest = "bjˈen.", "ɡɾˈasjas poɾ ʝamˈaɾ."
    whole = speak_alone(network, f"{lead} {rest}", style)
    after = speak_after(lead, network, rest, style)
    cut = len(whole.samples) - len(after.samples)
    assert np.array_equal(after.samples, whole.samples[cut:])
    assert np.array_equal(after.edges, whole.edges[len(lead) + 1 :] - cut)
    assert 0.6 < len(trim(after)) / len(trim(whole)) < 0.9


@pytest.mark.slow
def test_a_long_text_is_said_alone(network: Network) -> None:
    phonemes = "bwˈenas tˈaɾdes a tˈoðos."
    style = load_style("em_alex")
    alone, said = speak_alone(network, phonemes, style), speak(network, phonemes, style)
    assert np.array_equal(said.samples, trim(alone))
    kept = find_voice(alone.samples)
    assert kept.start > 0
    assert np.array_equal(said.edges, (alone.edges - kept.start).clip(0, len(said.samples)))


@pytest.mark.slow
def test_edges_are_the_networks_own_lengths(network: Network) -> None:
    phonemes, style = "bwˈenas tˈaɾdes.", load_style("em_santa")
    _, lengths = network.run(encode(phonemes), style)
    edges = speak_alone(network, phonemes, style).edges
    assert edges[0] == lengths[0] * FRAME
    assert np.array_equal(np.diff(edges), lengths[1:-1] * FRAME)


def test_what_is_cut_off_has_no_length() -> None:
    speech = Speech(np.arange(10, dtype=np.float32), np.array([0, 2, 5, 7, 10])).cut(slice(3, 6))
    assert speech.samples.tolist() == [3, 4, 5]
    assert speech.edges.tolist() == [0, 0, 2, 3, 3]


def trim(speech: Speech) -> Samples:
    return speech.samples[find_voice(speech.samples)]
