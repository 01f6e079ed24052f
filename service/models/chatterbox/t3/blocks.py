"""A block of T3's Llama. Attention is the caller's, who keeps the keys and values.

Source: LlamaDecoderLayer of transformers.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from service.models.chatterbox.t3.checkpoint import Checkpoint
from service.models.chatterbox.t3.rotation import HEAD, rotate

HEADS = 16
WIDTH = HEADS * HEAD
_EPSILON = 1e-5
_ROWS_OF_A_THREAD = 8
"""Of 4096 numbers: torch gives a thread no fewer than 32768."""

Attention = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Takes a block's index, queries, keys and values of shape [n, HEADS, HEAD]; gives what was found, the same shape."""


def normalise(x: Tensor, weight: Tensor) -> Tensor:
    """Root mean square norm of each row, shape [n, WIDTH]."""
    return F.rms_norm(x, weight.shape, weight, _EPSILON)


class Block(nn.Module):
    """Attention and a gated layer. Queries, keys and values are one matrix; so are gate and up."""

    attention_norm: Tensor
    gated_norm: Tensor

    def __init__(self, checkpoint: Checkpoint, index: int) -> None:
        super().__init__()
        self.index = index
        name = f"tfmr.layers.{index}.{{}}.weight".format
        attention = [name(f"self_attn.{part}_proj") for part in "qkv"]
        self.register_buffer("attention_norm", checkpoint.table(name("input_layernorm")))
        self._queries_keys_values = checkpoint.matrix(*attention)
        self._out = checkpoint.matrix(name("self_attn.o_proj"))
        self.register_buffer("gated_norm", checkpoint.table(name("post_attention_layernorm")))
        self._gate_up = checkpoint.matrix(name("mlp.gate_proj"), name("mlp.up_proj"))
        self._down = checkpoint.matrix(name("mlp.down_proj"))

    def run(self, x: Tensor, cosines: Tensor, sines: Tensor, attend: Attention) -> Tensor:
        """Rows of shape [n, WIDTH], each at the position whose cosines and sines are given, shape [n, 1, HEAD]."""
        mixed = self._queries_keys_values.apply_to(normalise(x, self.attention_norm)).view(-1, 3 * HEADS, HEAD)
        turned = rotate(mixed[:, : 2 * HEADS], cosines, sines)
        found = attend(self.index, turned[:, :HEADS], turned[:, HEADS:], mixed[:, 2 * HEADS :])
        x = x + self._out.apply_to(found.flatten(1))
        gate, up = self._gate_up.apply_to(normalise(x, self.gated_norm)).chunk(2, -1)
        return x + self._down.apply_to(activate(gate) * up)


def activate(gate: Tensor) -> Tensor:
    """SiLU, on a CPU in parts too small to be shared among threads: where one thread leaves off and the next begins,
    torch takes another exponential, and where that is depends on how many rows there are.
    """
    if gate.device.type != "cpu":
        return F.silu(gate)
    return torch.cat([F.silu(part) for part in torch.split(gate, _ROWS_OF_A_THREAD)])
