import pytest
import torch

from service.models.chatterbox.t3.decoder import Decoder
from service.models.chatterbox.t3.prefixes import Prefixes
from tests.service.models.chatterbox.t3.conftest import make_voice

ENTRY = 2 * 2 * 34 * 1024 * 2
"""Bytes: keys and values of two layers in bf16, once for both lanes."""


@pytest.fixture
def prefixes(decoder: Decoder) -> Prefixes:
    return Prefixes(decoder._network, limit=3 * ENTRY)


@torch.inference_mode()
def test_a_voice_is_read_once_for_each_exaggeration(prefixes: Prefixes) -> None:
    first = prefixes.find(make_voice(0), 0.5)
    assert prefixes.find(make_voice(0), 0.5) is first
    louder = prefixes.find(make_voice(0), 1.0)
    assert not torch.equal(louder.keys, first.keys)
    assert prefixes.size == 2 * ENTRY


@torch.inference_mode()
def test_the_voice_unused_for_longest_makes_room(prefixes: Prefixes) -> None:
    first = prefixes.find(make_voice(0), 0.5)
    second = prefixes.find(make_voice(1), 0.5)
    prefixes.find(make_voice(2), 0.5)
    prefixes.find(make_voice(0), 0.5)
    for seed in range(3, 5):
        prefixes.find(make_voice(seed), 0.5)
        assert prefixes.size == 3 * ENTRY
    assert prefixes.find(make_voice(0), 0.5) is first
    assert prefixes.find(make_voice(1), 0.5) is not second


@torch.inference_mode()
def test_a_voice_larger_than_the_limit_is_kept_while_it_speaks(decoder: Decoder) -> None:
    prefixes = Prefixes(decoder._network, limit=0)
    prefixes.find(make_voice(0), 0.5)
    prefixes.find(make_voice(1), 0.5)
    assert prefixes.size == ENTRY
    prefixes.clear()
    assert prefixes.size == 0
