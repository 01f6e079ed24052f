"""Two layers of random weights at full width, and voices to speak with."""

import pytest
import torch
from torch import Tensor

from benchmarks.random_weights.t3 import t3_weights
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.t3.decoder import Decoder

LAYERS = 2
CPU = torch.device("cpu")


def make_voice(seed: int) -> Conditioning:
    """A voice of random numbers, the part T3 reads."""
    generator = torch.Generator().manual_seed(seed)
    speaker = torch.randn(256, generator=generator)
    prompt = torch.randint(6561, (150 - seed % 3,), generator=generator)
    nothing = torch.empty(0)
    return Conditioning(f"voice-{seed}", speaker / speaker.norm(), prompt, nothing, nothing, nothing)


def make_text(seed: int) -> list[int]:
    """Ids of a text, of 5 to 60."""
    generator = torch.Generator().manual_seed(seed)
    length = int(torch.randint(5, 61, (), generator=generator))
    return torch.randint(1, 2454, (length,), generator=generator).tolist()


@pytest.fixture(scope="package")
def weights() -> dict[str, Tensor]:
    return t3_weights(seed=0, layers=LAYERS)


@pytest.fixture(scope="package")
def exact(weights: dict[str, Tensor]) -> Decoder:
    return Decoder(weights, precision="float64", device=CPU, slots=8)


@pytest.fixture(scope="package")
def decoder(weights: dict[str, Tensor]) -> Decoder:
    return Decoder(weights, precision="int8", device=CPU, slots=8)
