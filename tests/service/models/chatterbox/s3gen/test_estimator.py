"""Against the package's estimator, which takes long to import: slow."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.random_weights.s3gen_flow import flow_weights
from service.models.chatterbox.s3gen.context import Context, Passage
from service.models.chatterbox.s3gen.estimator import Estimator
from service.models.chatterbox.s3gen.layers import Residence, Weights
from tests.service.models.chatterbox.s3gen.blocks import WINDOW, mask_attention
from tests.service.models.chatterbox.s3gen.package import distance, load, make_flow

TIME = torch.tensor([0.37], dtype=torch.float64)


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return flow_weights(1, mid_blocks=1, layers=1)


@pytest.fixture(scope="module")
def theirs(weights: dict[str, Tensor]) -> Any:
    return make_flow(weights, torch.float64).decoder.estimator


@pytest.fixture(scope="module")
def ours(weights: dict[str, Tensor]) -> Estimator:
    return Estimator(Weights(weights, torch.float64, Residence(torch.device("cpu"))))


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def random_inputs(frames: int) -> Tensor:
    """The mean mel, the speaker and the known mel in one lane only."""
    inputs = torch.randn(2, frames, 320, generator=torch.Generator().manual_seed(frames), dtype=torch.float64)
    inputs[1, :, 80:] = 0
    inputs[:, :, 160:240] = inputs[:, :1, 160:240]
    return inputs


def estimate(theirs: Any, inputs: Tensor) -> Tensor:
    x, mean, speaker, known = inputs.mT.chunk(4, dim=1)
    mask = torch.ones_like(x[:, :1])
    velocity: Tensor = theirs(x=x, mask=mask, mu=mean, t=TIME.expand(2), spks=speaker[:, :, 0], cond=known)
    return velocity.mT


def estimate_windows(ours: Estimator, inputs: Tensor, reference: int) -> Iterator[Tensor]:
    shifts = ours.shifts(TIME)[0]
    before: list[Context] = []
    for block in (inputs[:, :reference], *inputs[:, reference:].split(2 * WINDOW, dim=1)):
        left = ours.leave(block.shape[1])
        yield ours(block, shifts, Passage(before, left))
        before = [*before[:1], left]


@pytest.mark.slow
@pytest.mark.parametrize("frames", [2, 50, 202])
def test_a_whole_has_the_velocity_that_the_package_gives_it(ours: Estimator, theirs: Any, frames: int) -> None:
    inputs = random_inputs(frames)
    velocity = ours(inputs, ours.shifts(TIME)[0], Passage())
    assert distance(velocity, estimate(theirs, inputs)) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize(("reference", "count"), [(100, 140), (14, 52), (2, 2)])
def test_windows_are_a_whole_under_a_mask(
    ours: Estimator, theirs: Any, reference: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = random_inputs(reference + count)
    mask_attention(monkeypatch, load("decoder"), reference // 2, count // 2)
    velocity = torch.cat(list(estimate_windows(ours, inputs, reference)), dim=1)
    assert distance(velocity, estimate(theirs, inputs)) < 1e-12


@pytest.mark.parametrize("channel", [0, 100, 200, 300])
def test_random_weights_let_everything_that_goes_in_matter(ours: Estimator, channel: int) -> None:
    inputs, other = random_inputs(60), random_inputs(60)
    other[0, 20, channel - channel % 80 : channel - channel % 80 + 80] += 1
    velocity, changed = (ours(each, ours.shifts(TIME)[0], Passage())[0] for each in (inputs, other))
    assert distance(changed[20:30], velocity[20:30]) > 1e-3
    assert distance(changed[50:], velocity[50:]) > 1e-5
