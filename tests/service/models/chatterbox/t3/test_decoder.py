import sys
import weakref
from itertools import combinations

import pytest
import torch
from torch import Tensor

from service.models.chatterbox.t3.decoder import STOP, Decoder, Knobs
from service.models.chatterbox.t3.network import move
from service.models.chatterbox.t3.vocabulary import CODES
from tests.service.models.chatterbox.t3.conftest import CPU, make_text, make_voice
from tests.service.models.chatterbox.t3.segments import Spoken, speak_alone


def test_a_seed_says_the_same_again_and_another_says_something_else(decoder: Decoder) -> None:
    first = speak_alone(decoder, Spoken(0, 12))
    torch.rand(3)
    assert speak_alone(decoder, Spoken(0, 12)) == first
    decoder.open("other", make_voice(0), make_text(0), Knobs(), 1, 12)
    assert [decoder.step(["other"])[0] for _ in range(12)] != first
    decoder.drop("other")


def test_the_global_generator_is_left_alone(decoder: Decoder) -> None:
    before = torch.get_rng_state()
    speak_alone(decoder, Spoken(0, 3))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "knobs", [Knobs(cfg_weight=0), Knobs(exaggeration=2.0), Knobs(temperature=0.3), Knobs(repetition_penalty=2.0)]
)
def test_a_knob_is_heard(decoder: Decoder, knobs: Knobs) -> None:
    assert speak_alone(decoder, Spoken(0, 25, knobs)) != speak_alone(decoder, Spoken(0, 25))


def test_only_speech_is_said_and_it_ends(decoder: Decoder) -> None:
    said = speak_alone(decoder, Spoken(0, 400, Knobs(min_p=0.0, top_p=1.0, temperature=1.5)))
    assert said[-1] == STOP
    assert all(0 <= token < CODES for token in said[:-1])


def test_without_guidance_one_lane_is_followed(decoder: Decoder) -> None:
    for row, weight in (("guided", 0.5), ("free", 0.0)):
        decoder.open(row, make_voice(0), [1, 2], Knobs(cfg_weight=weight), 0, 4)
    assert [decoder._rows._rows[row].lanes for row in ("guided", "free")] == [2, 1]
    for row in ("guided", "free"):
        decoder.drop(row)


def test_a_voice_is_read_once_for_each_exaggeration(weights: dict[str, Tensor]) -> None:
    decoder = Decoder(weights, precision="int8", device=CPU, slots=1)
    for voice, exaggeration in ((0, 0.5), (1, 0.5), (0, 1.0), (0, 0.5)):
        decoder.open("row", make_voice(voice), [1, 2], Knobs(exaggeration=exaggeration), 0, 4)
    prefixes = [prefix for prefix, _ in decoder._prefixes._entries.values()]
    assert list(decoder._prefixes._entries) == [("voice-1", 0.5), ("voice-0", 1.0), ("voice-0", 0.5)]
    assert {prefix.nbytes for prefix in prefixes} == {2 * 2 * 34 * 1024 * 2}
    assert not any(torch.equal(one.keys, other.keys) for one, other in combinations(prefixes, 2))


def test_a_dropped_row_leaves_nothing(decoder: Decoder) -> None:
    decoder.open("row", make_voice(0), [1, 2], Knobs(), 0, 4)
    decoder.step(["row"])
    assert decoder._rows._cache.nbytes > 0
    decoder.drop("row")
    decoder.drop("row")
    assert decoder._rows._cache.nbytes == 0
    assert decoder._rows._rows == {}


def test_the_cache_grows_with_the_longest_row_and_keeps_what_it_has(decoder: Decoder) -> None:
    expected = speak_alone(decoder, Spoken(0, 80))
    decoder.open("row", make_voice(0), make_text(0), Knobs(), 0, 80)
    before = decoder._rows._cache.nbytes
    said = [decoder.step(["row"])[0] for _ in range(40)]
    decoder.open("other", make_voice(1), make_text(1), Knobs(), 1, 80)
    said += [decoder.step(["row", "other"])[0] for _ in range(len(expected) - 40)]
    assert decoder._rows._cache.nbytes > 2 * before
    for row in ("row", "other"):
        decoder.drop(row)
    assert said == expected


def test_weights_that_moved_say_the_same(weights: dict[str, Tensor]) -> None:
    copies = {name: weight.clone() for name, weight in weights.items()}
    decoder = Decoder(copies, precision="float32", device=CPU, slots=1)
    copies.clear()
    before = speak_alone(decoder, Spoken(0, 4))
    tensors = [weakref.ref(tensor) for _, tensor in decoder._network.named_buffers()]
    assert len(tensors) > 30
    with torch.inference_mode():
        move(decoder._network, torch.clone)
    assert [tensor() for tensor in tensors if tensor() is not None] == []
    assert speak_alone(decoder, Spoken(0, 4)) == before


def test_a_decoder_on_a_cpu_does_not_sleep(decoder: Decoder) -> None:
    decoder.open("row", make_voice(0), [1, 2], Knobs(), 0, 4)
    decoder.sleep()
    decoder.wake()
    assert decoder.step(["row"]) != []
    decoder.drop("row")


def test_half_precision_speaks(weights: dict[str, Tensor]) -> None:
    decoder = Decoder(weights, precision="bfloat16", device=CPU, slots=1)
    assert speak_alone(decoder, Spoken(0, 2))[0] in range(CODES)
    assert decoder._network.narrow == torch.bfloat16


def test_four_bits_without_their_library_say_what_to_install(
    weights: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(ImportError, match="extra nf4"):
        Decoder(weights, precision="nf4", device=CPU, slots=1)


def test_integers_are_refused_on_a_gpu(weights: dict[str, Tensor]) -> None:
    with pytest.raises(ValueError, match="CPU"):
        Decoder(weights, precision="int8", device=torch.device("cuda"), slots=1)
