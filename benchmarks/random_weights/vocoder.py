"""Random weights of the HiFT vocoder, in the names of the package's HiFTGenerator (its state dict under `mel2wav.`).

Shaped so that sound comes out: a voice of 120 to 240 Hz with unvoiced stretches, audible, not clipped.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

UPSAMPLERS = ((16, 8), (11, 5), (7, 3))
"""Kernel and stride."""
SOURCE_DOWNS = (30, 6, 1)
SOURCE_BLOCKS = (7, 7, 11)
BLOCKS = (3, 7, 11)
BINS = 18
BASE, SPAN = 120.0, 100.0
"""F0 in Hz where the contour is just above 0, and how much it rises at 1."""
LINEAR = 2.5
"""A bias that keeps ELU where it is the identity."""
STEP, SLOPE = 20.0, 20.0
CORNERS = ((-STEP, 0.0), (-STEP, -1.0), (SLOPE, 0.0), (SLOPE, -SLOPE))
"""Slopes and biases of the four ELUs that make both functions of the contour."""


def vocoder_weights(seed: int, *, width: int = 512) -> dict[str, Tensor]:
    """The 328 tensors, float32. `width` is the channels of the widest layers: 512, or fewer for a quick test."""
    random = torch.Generator().manual_seed(seed)
    weights = {
        "m_source.l_linear.weight": 0.6 + 0.4 * torch.rand(1, 9, generator=random),
        "m_source.l_linear.bias": torch.zeros(1),
        **_normed("conv_pre", (width, 80, 7), 0.3, random),
    }
    for i, (kernel, stride) in enumerate(UPSAMPLERS):
        channels = width >> i + 1
        weights |= _normed(f"ups.{i}", (2 * channels, channels, kernel), (stride / 2) ** 0.5, random)
        weights |= _plain(f"source_downs.{i}", (channels, BINS, SOURCE_DOWNS[i]), random)
        weights |= _block(f"source_resblocks.{i}", channels, SOURCE_BLOCKS[i], random)
        for j, size in enumerate(BLOCKS):
            weights |= _block(f"resblocks.{3 * i + j}", channels, size, random)
    weights |= _normed("conv_post", (BINS, width >> 3, 7), 0.5, random)
    weights["conv_post.bias"][: BINS // 2] = -0.5
    return weights | dict(_pitch(width, random))


def random_mel(seed: int, frames: int) -> Tensor:
    """A log mel such as speech has, by its range alone, shape [frames, 80]."""
    return torch.randn(frames, 80, generator=torch.Generator().manual_seed(seed)) * 2 - 5


def _block(name: str, channels: int, kernel: int, random: torch.Generator) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    for i in range(3):
        weights |= _normed(f"{name}.convs1.{i}", (channels, channels, kernel), 0.7, random)
        weights |= _normed(f"{name}.convs2.{i}", (channels, channels, kernel), 0.3, random)
        for j in (1, 2):
            weights[f"{name}.activations{j}.{i}.alpha"] = 0.3 + torch.rand(channels, generator=random)
    return weights


def _pitch(width: int, random: torch.Generator) -> Iterator[tuple[str, Tensor]]:
    """F0 as `BASE * step(s) + SPAN * clip(s, 0, 1)`, where the contour s is a smoothed contrast of mel bands.

    Channel 0 carries s; in the last layer the first channels are the corners, of which differences make the functions.
    The other channels are random and move F0 by about 1 Hz.
    """
    for layer, inner in enumerate((80, *4 * (width,))):
        v = torch.randn(width, inner, 3, generator=random) / (3 * inner) ** 0.5
        bias = 0.1 * torch.randn(width, generator=random)
        v[: len(CORNERS) if layer == 4 else 1] = 0
        if layer == 0:
            contrast = torch.randn(80, generator=random)
            contrast -= contrast.mean()
            v[0] = (contrast / contrast.norm() * 0.5)[:, None]
            bias[0] = LINEAR + 0.3
        elif layer < 4:
            v[0, 0] = 1 / 3
            bias[0] = 0
        else:
            for channel, (slope, offset) in enumerate(CORNERS):
                v[channel, 0] = slope / 3
                bias[channel] = offset - slope * LINEAR
        name = f"f0_predictor.condnet.{2 * layer}"
        yield f"{name}.bias", bias
        yield f"{name}.parametrizations.weight.original0", v.norm(dim=(1, 2), keepdim=True)
        yield f"{name}.parametrizations.weight.original1", v * 3
    head = 0.1 * torch.randn(1, width, generator=random)
    head[0, : len(CORNERS)] = torch.tensor([-BASE, BASE, SPAN / SLOPE, -SPAN / SLOPE])
    yield "f0_predictor.classifier.weight", head
    yield "f0_predictor.classifier.bias", torch.tensor([BASE])


def _normed(name: str, shape: tuple[int, int, int], gain: float, random: torch.Generator) -> dict[str, Tensor]:
    """A convolution under weight norm: `original0` is the length of each slice of the first axis."""
    out = shape[1] if name.startswith("ups") else shape[0]
    return {
        f"{name}.bias": 0.02 * torch.randn(out, generator=random),
        f"{name}.parametrizations.weight.original0": gain * (0.8 + 0.4 * torch.rand(shape[0], 1, 1, generator=random)),
        f"{name}.parametrizations.weight.original1": torch.randn(shape, generator=random),
    }


def _plain(name: str, shape: tuple[int, int, int], random: torch.Generator) -> dict[str, Tensor]:
    return {
        f"{name}.weight": torch.randn(shape, generator=random) / (shape[1] * shape[2]) ** 0.5,
        f"{name}.bias": 0.02 * torch.randn(shape[0], generator=random),
    }
