"""The layers of the encoder and the estimator, on tensors of shape [lanes, frames, channels], and their weights."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import layer_norm, linear


class Linear(NamedTuple):
    """A projection of each frame."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


class Norm(NamedTuple):
    """Layer normalisation of each frame."""

    weight: Tensor
    bias: Tensor
    eps: float

    def __call__(self, x: Tensor) -> Tensor:
        return layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class Convolution(NamedTuple):
    """A convolution over `width` frames as one projection of them side by side: `width - 1` fewer come out than go in.

    `weight` has the shape [out, width * in].
    """

    weight: Tensor
    bias: Tensor
    width: int

    @property
    def tail(self) -> int:
        """Numbers in the frames before a block that it takes."""
        return self.weight.shape[1] // self.width * (self.width - 1)

    def __call__(self, x: Tensor) -> Tensor:
        frames = x.shape[1] - self.width + 1
        shifted = [x[:, i : i + frames] for i in range(self.width)]
        return linear(torch.cat(shifted, dim=-1), self.weight, self.bias)


class Residence:
    """Tensors that layers use, on their device or, asleep, off it."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._tensors: list[Tensor] = []

    def admit(self, tensor: Tensor, dtype: torch.dtype) -> Tensor:
        """A copy of a tensor, on the device."""
        copy = tensor.detach().to(self.device, dtype, copy=True).contiguous()
        self._tensors.append(copy)
        return copy

    def sleep(self) -> None:
        """From the GPU to pinned memory. On a CPU there is nowhere to go."""
        if self.device.type == "cuda":
            for tensor in self._tensors:
                tensor.data = tensor.data.cpu().pin_memory()

    def wake(self) -> None:
        for tensor in self._tensors:
            tensor.data = tensor.data.to(self.device, non_blocking=True)


class Weights:
    """A state dict as layers take it: by name, in one type, into one residence. Not needed once they have been made."""

    def __init__(self, tensors: Mapping[str, Tensor], dtype: torch.dtype, residence: Residence) -> None:
        self.dtype = dtype
        self.wide = widen(dtype)
        self._tensors = tensors
        self._residence = residence

    def numbered(self, name: str) -> list[str]:
        """Names of the layers of a list."""
        start = f"{name}."
        numbers = {key.removeprefix(start).partition(".")[0] for key in self._tensors if key.startswith(start)}
        return [f"{start}{i}" for i in range(len(numbers))]

    def raw(self, name: str) -> Tensor:
        """A tensor on the CPU in the wide type: what is computed from it is to be kept."""
        return self._tensors[name].detach().to("cpu", self.wide)

    def keep(self, tensor: Tensor) -> Tensor:
        return self._residence.admit(tensor, self.dtype)

    def take(self, name: str) -> Tensor:
        return self.keep(self._tensors[name])

    def linear(self, name: str) -> Linear:
        """Also a convolution over one frame."""
        return Linear(self.keep(self._tensors[f"{name}.weight"].flatten(1)), self.take(f"{name}.bias"))

    def wide_linear(self, name: str) -> Linear:
        weight, bias = (self._tensors[f"{name}.{part}"] for part in ("weight", "bias"))
        return Linear(self._residence.admit(weight, self.wide), self._residence.admit(bias, self.wide))

    def norm(self, name: str, eps: float = 1e-5) -> Norm:
        return Norm(self.take(f"{name}.weight"), self.take(f"{name}.bias"), eps)

    def convolution(self, name: str) -> Convolution:
        weight = self._tensors[f"{name}.weight"]
        return Convolution(self.keep(weight.mT.flatten(1)), self.take(f"{name}.bias"), weight.shape[2])


def widen(dtype: torch.dtype) -> torch.dtype:
    """The type of what is small and must be exact: times, positions, the speaker, the mel under way."""
    return torch.float64 if dtype == torch.float64 else torch.float32
