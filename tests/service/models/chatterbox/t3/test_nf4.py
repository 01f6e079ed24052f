"""Four bits by bitsandbytes, which runs on a CPU too, if slowly."""

import pytest
import torch
from torch import Tensor

from service.models.chatterbox.t3.decoder import Decoder
from service.models.chatterbox.t3.network import move
from service.models.chatterbox.t3.nf4 import Nf4
from tests.service.models.chatterbox.t3.conftest import CPU
from tests.service.models.chatterbox.t3.segments import Spoken, speak_alone

pytest.importorskip("bitsandbytes")


@torch.inference_mode()
def test_a_projection_is_near_to_the_exact_one_wherever_it_moves() -> None:
    weight, x = (torch.randn(rows, 256, generator=torch.Generator().manual_seed(rows)) for rows in (512, 3))
    projection = Nf4(weight, CPU)
    product = projection.apply_to(x)
    exact = x @ weight.T
    assert float((product - exact).norm() / exact.norm()) < 0.12
    move(projection, torch.clone)
    assert torch.equal(projection.apply_to(x), product)
    assert sum(tensor.nbytes for tensor in projection.buffers()) < weight.numel() * 0.6


def test_it_speaks(weights: dict[str, Tensor]) -> None:
    decoder = Decoder(weights, precision="nf4", device=CPU, slots=1)
    assert len(speak_alone(decoder, Spoken(0, 2))) == 2
