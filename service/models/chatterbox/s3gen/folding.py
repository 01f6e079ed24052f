"""A vocoder's weights as they are used: weight norm and the slopes of its activations multiplied out."""

from collections.abc import Mapping

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]

_FORMS = ((".parametrizations.weight.original0", ".parametrizations.weight.original1"), (".weight_g", ".weight_v"))
"""How torch names the lengths and directions of a weight under weight norm, today and before 2.0."""


def fold(weights: Weights) -> dict[str, Tensor]:
    """Plain convolutions out of a state dict, computed in float64, in the state dict's own type."""
    wide = {name: tensor.to(torch.float64) for name, tensor in weights.items()}
    for name in weights:
        for lengths, directions in _FORMS:
            if name.endswith(lengths):
                layer = name.removesuffix(lengths)
                wide[f"{layer}.weight"] = _multiply(wide.pop(name), wide.pop(layer + directions))
    for name in weights:
        block, _, index = name.removesuffix(".alpha").partition(".activations1.")
        if index:
            _scale(wide, block, index)
    return {name: tensor.to(next(iter(weights.values())).dtype) for name, tensor in wide.items()}


def _multiply(lengths: Tensor, directions: Tensor) -> Tensor:
    """Weight norm: Salimans and Kingma, arXiv 1602.07868. Lengths are of the slices along the first axis."""
    scales: Tensor = lengths / directions.norm(dim=(1, 2), keepdim=True)
    return directions * scales


def _scale(weights: dict[str, Tensor], block: str, index: str) -> None:
    """Makes Snake, x + sin(ax)^2 / a, the parameterless z + sin(z)^2 of z = ax: `a` goes into the layers around it.

    The residual stream before the first activation cannot be scaled, so that one's `a` stays, ready to multiply.
    Snake: Liu, Hartwig and Ueda, arXiv 2006.08195; 1e-9 guards the division as in HiFTNet.
    """
    before, between = f"{block}.convs1.{index}", f"{block}.convs2.{index}"
    first = weights[f"{block}.activations1.{index}.alpha"] + 1e-9
    second = weights.pop(f"{block}.activations2.{index}.alpha") + 1e-9
    weights[f"{before}.weight"] *= second[:, None, None] / first[:, None]
    weights[f"{before}.bias"] *= second
    weights[f"{between}.weight"] /= second[:, None]
    weights[f"{block}.activations1.{index}.alpha"] = first[:, None]
