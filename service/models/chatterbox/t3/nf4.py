"""Matrices in 4 bits by bitsandbytes: a quarter of bf16's memory, and slower."""

from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor, nn


class Nf4(nn.Module):
    """NormalFloat4 in blocks of 64 with a float32 scale each; multiplied in bf16. CUDA only."""

    packed: Tensor
    scales: Tensor
    code: Tensor

    def __init__(self, weight: Tensor, device: torch.device) -> None:
        super().__init__()
        self._library = _bitsandbytes()
        matrix = weight.to(device, torch.bfloat16)
        packed, state = self._library.functional.quantize_4bit(matrix, blocksize=64, quant_type="nf4")
        self._shape = matrix.shape
        self.register_buffer("packed", packed)
        self.register_buffer("scales", state.absmax)
        self.register_buffer("code", state.code)

    def apply_to(self, x: Tensor) -> Tensor:
        state = self._library.functional.QuantState(
            absmax=self.scales, shape=self._shape, code=self.code, blocksize=64, quant_type="nf4", dtype=torch.bfloat16
        )
        return cast(Tensor, self._library.matmul_4bit(x.to(torch.bfloat16), self.packed.t(), quant_state=state))


def _bitsandbytes() -> Any:
    try:
        return import_module("bitsandbytes")
    except ImportError as error:
        raise ImportError("nf4 needs bitsandbytes: install the extra nf4, or choose bfloat16") from error
