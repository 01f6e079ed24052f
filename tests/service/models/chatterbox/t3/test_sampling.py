"""Sampling by our own tensors against transformers' processors and torch's multinomial."""

import warnings
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from service.models.chatterbox.t3.knobs import Knobs
from service.models.chatterbox.t3.sampling import IDS, guide, keep_nucleus, race, score
from service.models.chatterbox.t3.vocabulary import SPEECH_IDS, START, STOP

ROWS = 4


@pytest.fixture
def logits() -> Tensor:
    return 4 * torch.randn(ROWS, IDS, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def said() -> Tensor:
    return torch.rand(ROWS, IDS, generator=torch.Generator().manual_seed(6)) < 0.01


def dials(*knobs: Knobs) -> Tensor:
    return torch.cat([each.dials(torch.float64) for each in knobs])


def test_rows_have_dials_of_their_own(logits: Tensor, said: Tensor) -> None:
    rows = [Knobs(), Knobs(temperature=0.3, min_p=0.2), Knobs(top_p=1.0, min_p=0), Knobs(repetition_penalty=2)]
    together = keep_nucleus(score(logits, said, dials(*rows)), dials(*rows))
    for i, knobs in enumerate(rows):
        own = dials(knobs)
        assert torch.equal(together[i : i + 1], keep_nucleus(score(logits[i : i + 1], said[i : i + 1], own), own))


def test_a_short_sort_keeps_what_a_whole_one_keeps(logits: Tensor, said: Tensor) -> None:
    own = dials(Knobs(top_p=0.8))
    scores = score(logits[:1] / 2, said[:1], own)
    width = int(scores.isfinite().sum())
    assert 1 < width < 200
    kept = keep_nucleus(scores, own, width)
    assert torch.equal(kept, keep_nucleus(scores, own))
    assert 1 < int(kept.isfinite().sum()) < width


def test_the_likeliest_token_is_always_kept(logits: Tensor, said: Tensor) -> None:
    own = dials(Knobs(min_p=1.0, top_p=1e-9)).expand(ROWS, -1)
    kept = keep_nucleus(score(logits, said, own), own)
    assert kept.isfinite().sum(-1).tolist() == [1] * ROWS


def test_guidance_of_nothing_leaves_the_logits(logits: Tensor) -> None:
    assert torch.equal(guide(logits[:1], logits[1:2], dials(Knobs(cfg_weight=0))), logits[:1])


def test_the_start_is_never_said_again(logits: Tensor, said: Tensor) -> None:
    logits[:, START] = 1000
    own = dials(Knobs(min_p=0.0)).expand(ROWS, -1)
    assert score(logits, said, own)[:, START].tolist() == [-torch.inf] * ROWS
    assert IDS == STOP + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "knobs",
    [
        Knobs(),
        *(Knobs(min_p=value) for value in (0.0, 1.0)),
        *(Knobs(top_p=value) for value in (0.1, 1.0)),
        Knobs(temperature=5.0, repetition_penalty=3.0, min_p=0.0),
    ],
)
def test_scores_are_those_of_transformers(logits: Tensor, said: Tensor, knobs: Knobs) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers.generation import logits_process as upstream
    penalty = upstream.RepetitionPenaltyLogitsProcessor(penalty=float(knobs.repetition_penalty))
    min_p, top_p = upstream.MinPLogitsWarper(min_p=knobs.min_p), upstream.TopPLogitsWarper(top_p=knobs.top_p)
    logits[:, START] = -torch.inf
    own = dials(knobs)
    for row, ids in zip(logits.split(1), said, strict=True):
        history = ids.nonzero().T
        expected = top_p(history, min_p(history, penalty(history, row) / knobs.temperature))
        assert torch.equal(keep_nucleus(score(row, ids[None], own), own), expected)


def test_a_race_is_a_draw_of_multinomial(logits: Tensor) -> None:
    scores = torch.full((1, SPEECH_IDS), -torch.inf)
    scores[:, :IDS] = logits[:1]
    for seed in range(200):
        expected = torch.multinomial(scores.softmax(-1), 1, generator=torch.Generator().manual_seed(seed))
        noise = torch.empty(1, SPEECH_IDS).exponential_(generator=torch.Generator().manual_seed(seed))
        assert race(scores[:, :IDS], noise[:, :IDS]).argmax() == expected


def test_a_knob_sets_a_dial_of_its_own() -> None:
    plain = dials(Knobs())[0]
    for name, dial in (("cfg_weight", 0), ("repetition_penalty", 1), ("temperature", 2), ("min_p", 3), ("top_p", 4)):
        assert (dials(replace(Knobs(), **{name: 0.7}))[0] != plain).nonzero().tolist() == [[dial]]
