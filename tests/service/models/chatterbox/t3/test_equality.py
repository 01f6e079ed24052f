"""Equal to upstream: the same tokens from the same seed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from benchmarks.random_weights.t3 import t3_weights
from service.models.chatterbox.t3.decoder import Decoder, Knobs
from service.models.chatterbox.t3.rows import draw
from service.models.chatterbox.t3.sampling import IDS, keep_nucleus, race, score
from service.models.chatterbox.t3.vocabulary import SPEECH_IDS
from tests.service.models.chatterbox.t3.conftest import CPU, LAYERS, make_text, make_voice
from tests.service.models.chatterbox.t3.reference import Upstream
from tests.service.models.chatterbox.t3.segments import Spoken, speak_alone, speak_together

SEEDS = range(20)
OTHER_VALUES = {
    "temperature": (0.5, 1.2),
    "cfg_weight": (0.0, 1.0),
    "exaggeration": (0.25, 1.5),
    "min_p": (0.0, 0.2),
    "top_p": (0.8, 1.0),
    "repetition_penalty": (1.0, 2.0),
}
"""Beside the default, which the first test has."""


@pytest.fixture(scope="module")
def upstream(weights: dict[str, Tensor]) -> Upstream:
    return Upstream(weights, LAYERS, torch.float64)


@pytest.fixture(scope="module")
def batched(weights: dict[str, Tensor]) -> Decoder:
    """Rows go through the network together, as they do in int8: here that changes their last bits, but no token."""
    decoder = Decoder(weights, precision="float64", device=CPU, slots=8)
    decoder._network.is_row_exact = True
    return decoder


def say_upstream(upstream: Upstream, segment: Spoken) -> list[int]:
    voice = make_voice(segment.seed % 3)
    return upstream.say(voice, make_text(segment.seed), segment.knobs, segment.seed, segment.tokens).tokens


@pytest.mark.slow
def test_alone_and_beside_seven_others(exact: Decoder, batched: Decoder, upstream: Upstream) -> None:
    segments = [Spoken(seed, 32 - seed % 7) for seed in SEEDS]
    expected = {segment: say_upstream(upstream, segment) for segment in segments}
    assert speak_together(batched, segments, 8) == expected
    assert {segment: speak_alone(exact, segment) for segment in segments} == expected
    assert len({tuple(said) for said in expected.values()}) == len(segments)


@pytest.mark.slow
@pytest.mark.parametrize(("knob", "value"), [(knob, value) for knob in OTHER_VALUES for value in OTHER_VALUES[knob]])
def test_every_knob(batched: Decoder, upstream: Upstream, knob: str, value: float) -> None:
    segments = [Spoken(seed, 7 + seed % 7, replace(Knobs(), **{knob: value})) for seed in SEEDS]
    assert speak_together(batched, segments, 8) == {segment: say_upstream(upstream, segment) for segment in segments}


@pytest.mark.slow
def test_full_size_in_single_precision(record_property: Callable[[str, object], None]) -> None:
    """Each token is forced to be upstream's. Another may be drawn only where two had as good as the same chance."""
    weights = t3_weights(seed=1)
    upstream = Upstream(weights, 30, torch.float32)
    decoder = Decoder(weights, precision="float32", device=CPU, slots=1)
    close_calls = []
    for seed in range(3):
        said = upstream.say(make_voice(seed), make_text(seed), Knobs(), seed, 40)
        for step, (ours, drawn, gap) in enumerate(follow(decoder, Spoken(seed, 40), said.tokens)):
            torch.testing.assert_close(ours, said.logits[step : step + 1, :IDS], atol=1e-4, rtol=0)
            if drawn != said.tokens[step]:
                close_calls.append((seed, step, gap))
    record_property("close_calls", close_calls)
    assert [call for call in close_calls if call[2] > 1e-4] == []


@torch.inference_mode()
def follow(decoder: Decoder, segment: Spoken, tokens: Sequence[int]) -> Iterator[tuple[Tensor, int, float]]:
    """At each step our logits, the token that we would say, and by how much its perturbed score was the best."""
    segment.open(decoder)
    row = decoder._rows._rows[segment]
    for token in tokens:
        logits = decoder._rows.look([row])
        noise = torch.empty(1, SPEECH_IDS).exponential_(generator=copy(row.generator))[:, :IDS]
        scores = keep_nucleus(score(logits, row.said, row.dials), row.dials)
        best = race(scores, noise).log().topk(2).values[0]
        yield logits, draw([row], logits)[0], float(best[0] - best[1])
        row.take(token)


def copy(generator: torch.Generator) -> torch.Generator:
    return torch.Generator().set_state(generator.get_state())
