"""Our attention by blocks as the package's networks do it when told to: all at once, under a mask."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, pad

WINDOW = 25


def mask_attention(monkeypatch: pytest.MonkeyPatch, module: ModuleType, reference: int, tokens: int) -> None:
    """Puts our mask into a module of the package, at either rate of frames."""
    slow = mask_blocks(reference, tokens)
    fast = slow.repeat_interleave(2, 0).repeat_interleave(2, 1)

    def mask(x: Tensor, *_: Any) -> Tensor:
        return (slow if x.shape[1] == len(slow) else fast).expand(x.shape[0], -1, -1)

    monkeypatch.setattr(module, "add_optional_chunk_mask", mask)


def mask_blocks(reference: int, tokens: int) -> Tensor:
    """Who sees whom: the reference, the window before, one's own. The reference sees itself alone."""
    block = torch.cat((torch.zeros(reference, dtype=torch.int64), 1 + torch.arange(tokens) // WINDOW))
    seen, sees = block[None, :], block[:, None]
    return (seen == 0) | (seen == sees) | (seen == sees - 1)


def end_lookahead(monkeypatch: pytest.MonkeyPatch, encoder: Any, reference: int) -> None:
    """Lets the reference look ahead no farther than its own end."""
    layer = encoder.pre_lookahead_layer

    def look_ahead(x: Tensor) -> Tensor:
        parts = (x[:, :reference].mT, x[:, reference:].mT)
        ahead = torch.cat([leaky_relu(layer.conv1(pad(part, (0, 3)))) for part in parts], dim=2)
        mended: Tensor = layer.conv2(pad(ahead, (2, 0))).mT + x
        return mended

    monkeypatch.setattr(layer, "forward", look_ahead)
