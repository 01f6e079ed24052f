"""T3's weights by upstream's names, each in the precision it is computed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from service.models.chatterbox.t3.nf4 import Nf4
from service.models.chatterbox.t3.projections import Float, Int8, Precision, Projection

_NARROW = {
    "float64": torch.float64,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "int8": torch.float32,
    "nf4": torch.bfloat16,
}


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A state dict, and where and how it is to be computed with."""

    weights: Mapping[str, Tensor]
    precision: Precision
    device: torch.device

    @property
    def wide(self) -> torch.dtype:
        """Of embeddings, norms, residuals, conditioning and logits."""
        return torch.float64 if self.precision == "float64" else torch.float32

    @property
    def narrow(self) -> torch.dtype:
        """Of what the blocks' projections give."""
        return _NARROW[self.precision]

    @property
    def kept(self) -> torch.dtype:
        """Of keys and values between steps: bf16 is half the bytes to read, and products in it are twice as fast."""
        return torch.bfloat16 if self.precision == "int8" else self.narrow

    @property
    def layers(self) -> int:
        names = (name.split(".") for name in self.weights if name.startswith("tfmr.layers."))
        return 1 + max(int(parts[2]) for parts in names)

    def table(self, name: str) -> Tensor:
        """An embedding, a norm or a weight of the conditioning."""
        return self.weights[name].to(self.device, self.wide)

    def tables(self, prefix: str) -> Iterator[tuple[str, Tensor]]:
        """All tables of a part, without its prefix."""
        for name in self.weights:
            if name.startswith(prefix):
                yield name.removeprefix(prefix), self.table(name)

    def matrix(self, *names: str) -> Projection:
        """A projection of a block, or several that read the same, one after the other."""
        matrix = torch.cat([self.weights[name] for name in names])
        match self.precision:
            case "int8":
                return Int8(matrix)
            case "nf4":
                return Nf4(matrix, self.device)
        return Float(matrix.to(self.device, self.narrow))

    def head(self, name: str, rows: int) -> Projection:
        """The first `rows` of the head. In int8 too: in float32 a row's sums depend on how many rows there are."""
        matrix = self.weights[name][:rows]
        return Int8(matrix) if self.precision == "int8" else Float(matrix.to(self.device, self.wide))
