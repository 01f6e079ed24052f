"""The network of the flow: from a noisy mel, what is known of it and the time, its velocity.

Source: Matcha-TTS's decoder (arXiv 2309.03199) as CosyVoice 2 made it causal: one level of a U-Net, each residual block
followed by four transformer blocks. All but attention looks back only.
"""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import gelu, mish, silu

from service.models.chatterbox.s3gen.attention import SCALE, attend, merge, split
from service.models.chatterbox.s3gen.context import Context, Way
from service.models.chatterbox.s3gen.layers import Linear, Weights

_INPUTS = 320
"""Channels of the input: the noisy mel, the mean mel, the speaker, the known mel."""
_NAME = "decoder.estimator"


class Estimator:
    """Takes the weights under `decoder.estimator`."""

    def __init__(self, weights: Weights) -> None:
        self._down = _Stage(weights, f"{_NAME}.down_blocks.0")
        self._after_down = weights.convolution(f"{_NAME}.down_blocks.0.2")
        self._mid = [_Stage(weights, name) for name in weights.numbered(f"{_NAME}.mid_blocks")]
        self._up = _Stage(weights, f"{_NAME}.up_blocks.0")
        self._after_up = weights.convolution(f"{_NAME}.up_blocks.0.2")
        self._final = _Causal(weights, f"{_NAME}.final_block.block")
        self._project = weights.linear(f"{_NAME}.final_proj")
        self._first_clock = weights.wide_linear(f"{_NAME}.time_mlp.linear_1")
        self._second_clock = weights.wide_linear(f"{_NAME}.time_mlp.linear_2")
        self._dtype = weights.dtype

    def leave(self, frames: int) -> Context:
        """What so many frames leave, with and without what is known of them, to be filled."""
        stages = (self._down, *self._mid, self._up)
        ends = (self._after_down, self._after_up, self._final)
        tails = sum(stage.tails for stage in stages) + sum(end.tail for end in ends)
        layers = sum(stage.layers for stage in stages)
        return Context.empty(self._project.weight, layers, tails, lanes=2, frames=frames)

    def blank(self, rows: int, frames: int) -> Tensor:
        """Inputs for so many windows of so many frames, shape [rows, 2, frames, 320], to be filled."""
        return self._project.weight.new_zeros(rows, 2, frames, _INPUTS)

    def shifts(self, times: Tensor) -> Tensor:
        """What each time in [0, 1] adds within each residual block, shape [times, blocks, 256]."""
        embedded = mish(self._second_clock(silu(self._first_clock(_waves(times)))))
        stages = (self._down, *self._mid, self._up)
        return torch.stack([stage.shift(embedded) for stage in stages], dim=1).to(self._dtype)

    def __call__(self, x: Tensor, shifts: Tensor, way: Way) -> Tensor:
        """Velocity, shape [lanes, frames, 80], of inputs of shape [lanes, frames, 320] and one time's `shifts`."""
        each = iter(shifts)
        x = skip = self._down(x, next(each), way)
        x = self._after_down(way.extend(x, 2))
        for stage in self._mid:
            x = stage(x, next(each), way)
        x = self._up(torch.cat((x, skip), dim=-1), next(each), way)
        x = self._after_up(way.extend(x, 2))
        return self._project(self._final(x, way))


class _Stage:
    """A residual block and the transformer blocks after it."""

    def __init__(self, weights: Weights, name: str) -> None:
        self.shift = weights.wide_linear(f"{name}.0.mlp.1")
        self._first = _Causal(weights, f"{name}.0.block1.block")
        self._second = _Causal(weights, f"{name}.0.block2.block")
        self._around = weights.linear(f"{name}.0.res_conv")
        self._blocks = [_Block(weights, block) for block in weights.numbered(f"{name}.1")]
        self.layers = len(self._blocks)
        self.tails = self._first.tail + self._second.tail

    def __call__(self, x: Tensor, shift: Tensor, way: Way) -> Tensor:
        inner = self._second(self._first(x, way) + shift, way)
        x = inner + self._around(x)
        for block in self._blocks:
            x = block(x, way)
        return x


class _Causal:
    """A convolution that looks back two frames, normalised."""

    def __init__(self, weights: Weights, name: str) -> None:
        self._convolution = weights.convolution(f"{name}.0")
        self._norm = weights.norm(f"{name}.2")
        self.tail = self._convolution.tail

    def __call__(self, x: Tensor, way: Way) -> Tensor:
        return mish(self._norm(self._convolution(way.extend(x, 2))))


class _Block:
    """Attention and feed-forward, each normalised before."""

    def __init__(self, weights: Weights, name: str) -> None:
        queries, keys, values = (weights.raw(f"{name}.attn1.to_{letter}.weight") for letter in "qkv")
        self._project = Linear(weights.keep(torch.cat((queries * SCALE, keys, values))), None)
        self._out = weights.linear(f"{name}.attn1.to_out.0")
        self._first_norm = weights.norm(f"{name}.norm1")
        self._second_norm = weights.norm(f"{name}.norm3")
        self._widen = weights.linear(f"{name}.ff.net.0.proj")
        self._narrow = weights.linear(f"{name}.ff.net.2")

    def __call__(self, x: Tensor, way: Way) -> Tensor:
        queries, others = split(self._project(self._first_norm(x)))
        x = x + self._out(merge(attend(queries, way.recall(others))))
        return x + self._narrow(gelu(self._widen(self._second_norm(x))))


def _waves(times: Tensor) -> Tensor:
    """Shape [times, 320]."""
    half = _INPUTS // 2
    slowness = torch.exp(torch.arange(half, dtype=torch.float32, device=times.device) * -(log(10000) / (half - 1)))
    angles = 1000 * times[:, None] * slowness
    return torch.cat((angles.sin(), angles.cos()), dim=-1)
