"""A matrix of the network, by the precision it is kept in: `apply_to` maps [n, inputs] to [n, outputs]."""

import warnings
from typing import Literal, cast

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from service.models.chatterbox.t3.nf4 import Nf4

Precision = Literal["float64", "float32", "bfloat16", "int8", "nf4"]


class Float(nn.Module):
    """A matrix in the dtype it is given in, which is that of what comes out."""

    weight: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)

    def apply_to(self, x: Tensor) -> Tensor:
        return F.linear(x.to(self.weight.dtype), self.weight)


class Int8(nn.Module):
    """Integers with one scale for each output; inputs with one scale for each row. CPU only.

    The kernel takes one scale for all rows. Each row is therefore divided by its largest magnitude before and
    multiplied by it after: sums are of integers, so a row comes out bit for bit the same in any company.
    """

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self._packed = _pack(weight.float())
        # Without VNNI the kernel adds pairs of products in 16 bits: 7-bit inputs keep 2 * 127 * 127 within them.
        self._levels = 127 if torch.cpu._is_vnni_supported() else 63  # noqa: SLF001

    def apply_to(self, x: Tensor) -> Tensor:
        largest = x.abs().amax(-1, keepdim=True).clamp_min_(torch.finfo(x.dtype).tiny)
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / largest, 1 / self._levels, self._levels + 1, self._packed
        )
        return cast(Tensor, product.mul_(largest))


def _pack(weight: Tensor) -> object:
    """The matrix as FBGEMM wants it. The engine is a global of torch: it is put back at once."""
    scales = weight.abs().amax(1).clamp_min(torch.finfo(torch.float32).tiny) / 127
    zeros = torch.zeros(len(scales), dtype=torch.int64)
    quantized, engine = torch.backends.quantized, torch.backends.quantized.engine
    if "fbgemm" not in quantized.supported_engines:
        raise ValueError("int8 needs an x86 processor: choose float32 or bfloat16")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        integers = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    try:
        quantized.engine = "fbgemm"
        return torch.ops.quantized.linear_prepack(integers, None)
    finally:
        quantized.engine = engine


Projection = Float | Int8 | Nf4
