"""Attention of a block of frames to itself and to the blocks before it, whose keys and values are kept.

Scores of all blocks go through one softmax, so that nothing of what is kept is copied. Queries come scaled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention

HEADS = 8
HEAD = 64
"""Channels of a head."""
SCALE = HEAD**-0.5
"""A power of two: weights are multiplied by it without rounding."""

_ALIGNED = 32
"""Matrix products on a CPU are a third faster when the number of keys is a multiple of it."""
_QUERIES = 128
"""Queries whose scores are in memory at once on a CPU."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Keys, shape [lanes * heads, 64, n], and values, shape [lanes * heads, n, 64], of `length` frames, n or fewer."""

    keys: Tensor
    values: Tensor
    length: int

    @property
    def nbytes(self) -> int:
        return self.keys.nbytes + self.values.nbytes


def split(projected: Tensor) -> tuple[Tensor, Memory]:
    """Queries, keys and values side by side, shape [lanes, frames, 3 * 512]: queries [lanes * 8, frames, 64] alone."""
    lanes, frames, _ = projected.shape
    heads = projected.view(lanes, frames, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4)
    keys, values = heads[1:].reshape(2, lanes * HEADS, frames, HEAD)
    return heads[0].reshape(lanes * HEADS, frames, HEAD), _pack(keys, values)


def merge(heads: Tensor) -> Tensor:
    """From [lanes * 8, frames, 64] to [lanes, frames, 512]."""
    lanes, frames = heads.shape[0] // HEADS, heads.shape[1]
    return heads.view(lanes, HEADS, frames, HEAD).transpose(1, 2).reshape(lanes, frames, HEADS * HEAD)


def _pack(keys: Tensor, values: Tensor) -> Memory:
    frames = keys.shape[1]
    if keys.is_cuda:
        return Memory(keys.mT, values, frames)
    spare = (0, 0, 0, -frames % _ALIGNED)
    return Memory(pad(keys, spare).mT.contiguous(), pad(values, spare), frames)


def attend(queries: Tensor, memories: Sequence[Memory]) -> Tensor:
    """What queries, shape [lanes * 8, frames, 64], find in the memories; of the same shape."""
    return attend_fused(queries, memories) if queries.is_cuda else attend_by_parts(queries, memories)


def attend_fused(queries: Tensor, memories: Sequence[Memory]) -> Tensor:
    """By torch's kernel, which wants keys in one piece: fewer launches, and the copy costs a GPU little."""
    keys = join([memory.keys.mT[:, : memory.length] for memory in memories], 1)
    values = join([memory.values[:, : memory.length] for memory in memories], 1)
    return scaled_dot_product_attention(queries[None], keys[None], values[None], scale=1.0)[0]


def attend_by_parts(queries: Tensor, memories: Sequence[Memory]) -> Tensor:
    """By matrix products, a few queries at a time: twice as fast as torch's kernel on a CPU."""
    pieces = torch.split(queries, _QUERIES, dim=1)
    return join([weigh([score(piece, memory) for memory in memories], memories) for piece in pieces], 1)


def score(queries: Tensor, memory: Memory) -> Tensor:
    """Shape [lanes * heads, frames, n]."""
    scores = torch.bmm(queries, memory.keys)
    if memory.length < scores.shape[2]:
        scores[..., memory.length :] = -inf
    return scores


def weigh(scores: Sequence[Tensor], memories: Sequence[Memory]) -> Tensor:
    """Values by the softmax of all scores together, shape [lanes * heads, frames, 64]."""
    shares = torch.split(join(scores, -1).softmax(-1), [part.shape[2] for part in scores], dim=-1)
    total = torch.bmm(shares[0], memories[0].values)
    for share, memory in zip(shares[1:], memories[1:], strict=True):
        total += torch.bmm(share, memory.values)
    return total


def join(tensors: Sequence[Tensor], dim: int) -> Tensor:
    """`torch.cat`, without a copy where there is one tensor."""
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors), dim)
