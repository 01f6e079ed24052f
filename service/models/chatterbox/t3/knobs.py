"""What a caller may change about how T3 speaks."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Knobs:
    """Defaults of Resemble's LatAm Space. `temperature` and `repetition_penalty` are over 0, `top_p` in (0, 1]."""

    temperature: float = 0.8
    cfg_weight: float = 0.5
    exaggeration: float = 0.5
    min_p: float = 0.05
    top_p: float = 0.95
    repetition_penalty: float = 1.2

    @property
    def lanes(self) -> int:
        """Sequences that the network has to follow: without guidance the one without text is never asked."""
        return 2 if self.cfg_weight else 1

    def dials(self, dtype: torch.dtype) -> Tensor:
        """What `sampling` reads, shape [1, 5]."""
        numbers = (self.cfg_weight, self.repetition_penalty, self.temperature, self.min_p, 1 - self.top_p)
        return torch.tensor([numbers], dtype=dtype)
