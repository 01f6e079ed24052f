"""Random weights of T3 make for a test that means something."""

import pytest
import torch

from benchmarks.random_weights.t3 import STOP, t3_weights
from service.models.chatterbox.t3.decoder import Decoder
from service.models.chatterbox.t3.rows import draw
from service.models.chatterbox.t3.sampling import score
from tests.service.models.chatterbox.t3.conftest import CPU
from tests.service.models.chatterbox.t3.segments import Spoken


@torch.inference_mode()
def shares(decoder: Decoder, segment: Spoken) -> tuple[list[float], list[int]]:
    """At each step the likeliest token's share of all, and how many tokens min_p keeps."""
    segment.open(decoder)
    row = decoder._rows._rows[segment]
    best, kept = [], []
    for _ in range(segment.tokens):
        logits = decoder._rows.look([row])
        best.append(float((logits / segment.knobs.temperature).softmax(-1).max()))
        kept.append(int(score(logits, row.said, row.dials).isfinite().sum()))
        row.take(draw([row], logits)[0])
    return best, kept


def check(decoder: Decoder, seeds: int, tokens: int) -> None:
    pairs = [shares(decoder, Spoken(seed, tokens)) for seed in range(seeds)]
    best = torch.tensor([share for shares_, _ in pairs for share in shares_])
    kept = torch.tensor([count for _, counts in pairs for count in counts]).double()
    assert 0.2 < float(best.mean()) < 0.4
    assert 3 < float(kept.mean()) < 60


def test_two_layers_are_as_sure_as_a_trained_model() -> None:
    check(Decoder(t3_weights(seed=0, layers=2), precision="int8", device=CPU, slots=1), seeds=5, tokens=20)


@pytest.mark.slow
def test_all_layers_are_as_sure_as_a_trained_model() -> None:
    check(Decoder(t3_weights(seed=1), precision="int8", device=CPU, slots=1), seeds=5, tokens=20)


def test_a_seed_makes_the_same_weights_and_touches_no_global_generator() -> None:
    before = torch.get_rng_state()
    first, second = t3_weights(seed=3, layers=1), t3_weights(seed=3, layers=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_ids_that_are_never_said_are_not_preferred() -> None:
    head = t3_weights(seed=0, layers=1)["speech_head.weight"]
    assert head[STOP + 1 :].norm(dim=1).unique().tolist() == [15]
