"""Tests against the package are slow: it takes long to import."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.random_weights.s3gen_flow import flow_weights
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.profiles import PROFILES, Profile
from service.models.chatterbox.s3gen import flow as module
from service.models.chatterbox.s3gen.encoder import LONGEST
from service.models.chatterbox.s3gen.flow import LOOKAHEAD, Flow
from tests.service.models.chatterbox.s3gen.blocks import WINDOW, end_lookahead, mask_attention
from tests.service.models.chatterbox.s3gen.package import (
    distance,
    load,
    make_flow,
    random_noise,
    random_tokens,
    random_voice,
    render,
)
from tests.service.models.chatterbox.s3gen.segments import Row, finish, say, speak_together

WHOLE = Profile(flow_steps=3, reference_seconds=10, cached_prompt=False)
CACHED = replace(WHOLE, cached_prompt=True)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def small() -> dict[str, Tensor]:
    return flow_weights(1, mid_blocks=1, layers=1)


@pytest.fixture(scope="module")
def full() -> dict[str, Tensor]:
    return flow_weights(2)


@pytest.fixture(scope="module")
def flow(small: dict[str, Tensor]) -> Flow:
    return Flow(small, dtype=torch.float32, device=CPU)


def prompt_noise(voice: Conditioning) -> Tensor:
    """What the flow draws for a cached reference."""
    return module._draw(voice, len(voice.reference_mel))


def compare(weights: dict[str, Tensor], dtype: torch.dtype, reference: int, count: int, steps: int) -> float:
    """Of our mel from the package's, in the profile without a cache."""
    voice, tokens, noise = random_voice(3, reference), random_tokens(4, count), random_noise(5, 2 * (reference + count))
    ours = Flow(weights, dtype=dtype, device=CPU)
    mel = say(ours, ours.refer(voice, replace(WHOLE, flow_steps=steps)), tokens, noise)
    assert mel.dtype == dtype
    return distance(mel, render(make_flow(weights, dtype), voice, tokens, noise, steps))


@pytest.mark.slow
@pytest.mark.parametrize(("reference", "count"), [(50, 1), (50, 2), (33, 17), (50, 40), (1, 5)])
def test_a_mel_is_the_package_s_in_doubles(small: dict[str, Tensor], reference: int, count: int) -> None:
    assert compare(small, torch.float64, reference, count, steps=4) < 1e-11


@pytest.mark.slow
@pytest.mark.parametrize(("count", "steps"), [(1, 10), (11, 2), (40, 10)])
def test_a_mel_is_the_package_s_at_full_size(full: dict[str, Tensor], count: int, steps: int) -> None:
    assert compare(full, torch.float32, 50, count, steps) < 1e-5


@pytest.mark.slow
def test_a_mel_is_the_package_s_at_full_length(full: dict[str, Tensor]) -> None:
    assert compare(full, torch.float32, 250, 100, steps=4) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(("size", "reference", "count"), [("small", 50, 110), ("small", 7, 26), ("full", 50, 60)])
def test_windows_are_a_whole_under_a_mask(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, size: str, reference: int, count: int
) -> None:
    weights = request.getfixturevalue(size)
    voice, tokens, noise = random_voice(3, reference), random_tokens(4, count), random_noise(5, 2 * count)
    theirs = masked_package(monkeypatch, weights, reference, count)
    ours = Flow(weights, dtype=torch.float64, device=CPU)
    mel = Row(ours, ours.refer(voice, CACHED), tokens, noise).finish()
    whole = render(theirs, voice, tokens, torch.cat((prompt_noise(voice), noise)), CACHED.flow_steps)
    assert distance(mel, whole) < 1e-9


@pytest.mark.slow
def test_the_first_window_needs_no_token_beyond_those_it_looks_ahead_to(
    small: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    voice, noise = random_voice(3, 30), random_noise(5, 2 * 80)
    theirs = masked_package(monkeypatch, small, 30, 50)
    first, second = random_tokens(6, 50), random_tokens(7, 50)
    second[: WINDOW + LOOKAHEAD] = first[: WINDOW + LOOKAHEAD]
    mels = [render(theirs, voice, tokens, noise, 3) for tokens in (first, second)]
    assert distance(mels[0][: 2 * WINDOW], mels[1][: 2 * WINDOW]) < 1e-12
    assert distance(mels[0][2 * WINDOW :], mels[1][2 * WINDOW :]) > 1e-2


def masked_package(monkeypatch: pytest.MonkeyPatch, weights: dict[str, Tensor], reference: int, count: int) -> Any:
    theirs = make_flow(weights, torch.float64)
    for name in ("decoder", "transformer.upsample_encoder"):
        mask_attention(monkeypatch, load(name), reference, count)
    end_lookahead(monkeypatch, theirs.encoder, reference)
    return theirs


@dataclass(frozen=True, slots=True)
class Said:
    """One segment in several ways. From no noise at all: what a frame is comes from the network alone."""

    whole: Tensor
    cached: Tensor
    coarse: Tensor
    """In bfloat16."""


@pytest.fixture(scope="module")
def said(full: dict[str, Tensor]) -> Said:
    """100 tokens after 3 s of reference, 4 steps."""
    voice, tokens, noise = random_voice(3, 75), random_tokens(4, 100), torch.zeros(200, 80)
    fine, coarse = (Flow(full, dtype=dtype, device=CPU) for dtype in (torch.float32, torch.bfloat16))
    cached = replace(CACHED, flow_steps=4)
    whole = fine.refer(voice, replace(WHOLE, flow_steps=4))
    return Said(
        say(fine, whole, tokens, torch.cat((prompt_noise(voice), noise))),
        Row(fine, fine.refer(voice, cached), tokens, noise).finish(),
        Row(coarse, coarse.refer(voice, cached), tokens, noise).finish(),
    )


@pytest.mark.slow
def test_a_cached_reference_gives_another_mel_than_the_package(said: Said) -> None:
    """13 % of it on random weights, whose attention is wilder than a trained one's."""
    difference = distance(said.cached, said.whole)
    print(f"cached against whole: {difference:.3f}")
    assert 1e-2 < difference < 0.2


@pytest.mark.slow
def test_windows_join_without_a_step(flow: Flow) -> None:
    """From frame to frame, 7 seams: the distance of their mels, and the change of their level (log of the sum of bins).

    Without noise, so that what a frame is comes from the network. Without the frames that convolutions keep, distances
    at seams are twice the others.
    """
    reference = flow.refer(random_voice(3, 75), CACHED)
    mel = Row(flow, reference, random_tokens(4, 8 * WINDOW), torch.zeros(16 * WINDOW, 80)).finish()
    is_seam = torch.arange(1, len(mel)) % (2 * WINDOW) == 0
    for steps in (mel.diff(dim=0).norm(dim=1), mel.logsumexp(dim=1).diff().abs()):
        seams, others = steps[is_seam], steps[~is_seam]
        print(f"median {seams.median():.2f} at seams, {others.median():.2f} elsewhere")
        assert seams.median() < 1.2 * others.median()
        assert seams.max() < others.quantile(0.99)


@pytest.mark.slow
def test_bfloat16_is_near_float32(said: Said) -> None:
    """0.8 % of the mel, 6 % of what differs from frame to frame."""
    middle = said.cached.mean(dim=0)
    errors = distance(said.coarse, said.cached), distance(said.coarse - middle, said.cached - middle)
    print(f"bfloat16 against float32: {errors[0]:.4f} of the mel, {errors[1]:.3f} of its variation")
    assert errors[0] < 0.015
    assert errors[1] < 0.08


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_of_different_voices_do_not_touch_each_other(small: dict[str, Tensor], dtype: torch.dtype) -> None:
    flow = Flow(small, dtype=dtype, device=CPU)
    references = [flow.refer(random_voice(seed, tokens), CACHED) for seed, tokens in ((3, 20), (4, 11))]

    def make_rows() -> list[Row]:
        counts = (31, 28)
        return [
            Row(flow, reference, random_tokens(i, count), random_noise(i, 2 * count))
            for i, (reference, count) in enumerate(zip(references, counts, strict=True))
        ]

    alone = [row.finish() for row in make_rows()]
    for mel, its in zip(speak_together(flow, make_rows()), alone, strict=True):
        assert torch.equal(mel, its)


def test_a_window_is_the_segment_s_frames_and_leaves_a_past_only_if_another_follows(flow: Flow) -> None:
    reference = flow.refer(random_voice(3, 20), CACHED)
    tokens, noise = random_tokens(4, 30), random_noise(5, 60)
    first = flow.open(reference, tokens[:25], tokens[25:28], noise[:50], None)
    finish(flow, first)
    assert first.mel.shape == (50, 80)
    assert first.mel.dtype == torch.float32
    last = flow.open(reference, tokens[25:], tokens[:0], noise[50:], first.past)
    finish(flow, last)
    assert last.mel.shape == (10, 80)
    assert last.past is None
    assert first.past
    assert not first.past.steps


def test_a_segment_in_one_piece_is_without_the_reference_s_frames(flow: Flow) -> None:
    reference = flow.refer(random_voice(3, 20), WHOLE)
    assert reference.noise_frames == 40
    assert say(flow, reference, random_tokens(4, 9), random_noise(5, 58)).shape == (18, 80)


def test_a_reference_is_cut_to_the_profile_and_states_its_bytes(flow: Flow) -> None:
    voice = random_voice(3, 80)
    three = flow.refer(voice, PROFILES["fast"])
    assert (len(three.tokens), three.noise_frames) == (75, 0)
    frames, steps, blocks = 150, 4, 12
    keys_and_values = 2 * 2 * 512 * 4 * frames * steps * blocks
    assert 1 < three.nbytes / keys_and_values < 1.1
    ten = flow.refer(voice, PROFILES["reference"])
    assert len(ten.tokens) == 80
    assert ten.nbytes < 1e5


def test_rendering_leaves_a_reference_as_it_is(flow: Flow) -> None:
    reference = flow.refer(random_voice(3, 20), CACHED)
    tokens, noise = random_tokens(4, 30), random_noise(5, 60)
    mels = [Row(flow, reference, tokens, noise).finish() for _ in range(2)]
    assert torch.equal(*mels)
    assert torch.equal(noise, random_noise(5, 60))


def test_a_voice_s_reference_is_the_same_whenever_it_is_made(flow: Flow) -> None:
    tokens, noise = random_tokens(4, 10), random_noise(5, 20)
    mels = [say(flow, flow.refer(random_voice(3, 20), CACHED), tokens, noise) for _ in range(2)]
    assert torch.equal(*mels)


def test_sleep_changes_nothing_that_is_heard(flow: Flow) -> None:
    reference = flow.refer(random_voice(3, 20), WHOLE)
    tokens, noise = random_tokens(4, 10), random_noise(5, 60)
    mel = say(flow, reference, tokens, noise)
    flow.sleep()
    flow.wake()
    assert torch.equal(say(flow, reference, tokens, noise), mel)


def test_a_segment_beyond_all_positions_is_refused(flow: Flow) -> None:
    reference = flow.refer(random_voice(3, 20), WHOLE)
    tokens = random_tokens(4, LONGEST - 19)
    with pytest.raises(ValueError, match="1281 tokens"):
        flow.open(reference, tokens, tokens[:0], random_noise(5, 2 * LONGEST + 2), None)
