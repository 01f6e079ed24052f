"""Attention of a block of frames to itself and to the blocks before it, whose keys and values are kept.

Queries come scaled.
"""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

HEADS = 8
HEAD = 64
"""Channels of a head."""
SCALE = HEAD**-0.5
"""A power of two: weights are multiplied by it without rounding."""

ALIGNED = 32
"""A softmax on a CPU is up to a quarter faster over a multiple of so many keys."""
_SCORES = 4 * 2**20
"""Scores that are in memory at once on a CPU: not many more than its caches hold."""


class Memory(NamedTuple):
    """Keys and values, shape [lanes * heads, n, 64] each, of blocks of so many frames: together n, or fewer.

    `mask`, shape [rows, 1, 1, n], is -inf where a row, of one lane or more, does not see a key, and 0 elsewhere.
    """

    keys: Tensor
    values: Tensor
    lengths: list[int]
    mask: Tensor | None = None

    @property
    def length(self) -> int:
        return sum(self.lengths)


def split(projected: Tensor) -> tuple[Tensor, Tensor]:
    """Queries, keys and values side by side, shape [lanes, frames, 3 * 512]: queries, [lanes * 8, frames, 64], and
    both others where they are, [2, lanes, 8, frames, 64].
    """
    lanes, frames, _ = projected.shape
    heads = projected.view(lanes, frames, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4)
    return heads[0].reshape(lanes * HEADS, frames, HEAD), heads[1:]


def merge(heads: Tensor) -> Tensor:
    """From [lanes * 8, frames, 64] to [lanes, frames, 512]."""
    lanes, frames = heads.shape[0] // HEADS, heads.shape[1]
    return heads.view(lanes, HEADS, frames, HEAD).transpose(1, 2).reshape(lanes, frames, HEADS * HEAD)


def join(memories: Sequence[Tensor]) -> Memory:
    """All of them, shape [2, lanes * heads, n, 64] each, as one: copying keys costs less than joining scores."""
    first = memories[0]
    lengths = [memory.shape[2] for memory in memories]
    if spare := 0 if first.is_cuda else -sum(lengths) % ALIGNED:
        memories = [*memories, first.new_zeros(2, first.shape[1], spare, HEAD)]
    keys, values = zip(*memories, strict=True)
    return Memory(torch.cat(keys, dim=1), torch.cat(values, dim=1), lengths)


def attend(queries: Tensor, seen: Memory) -> Tensor:
    """What queries, shape [lanes * 8, frames, 64], find in a memory; of the same shape."""
    is_fused = queries.is_cuda or seen.mask is not None
    return attend_fused(queries, seen) if is_fused else attend_by_parts(queries, seen)


def attend_fused(queries: Tensor, seen: Memory) -> Tensor:
    """By torch's kernel, which wants a mask for spare frames."""
    rows = 1 if seen.mask is None else len(seen.mask)
    asked, keys, values = (each.view(rows, -1, *each.shape[1:]) for each in (queries, seen.keys, seen.values))
    return scaled_dot_product_attention(asked, keys, values, attn_mask=seen.mask, scale=1.0).flatten(0, 1)


def attend_by_parts(queries: Tensor, seen: Memory) -> Tensor:
    """By matrix products, some heads at a time: twice as fast as torch's kernel on a CPU.

    All in one buffer, also the softmax: fresh memory for each step would cost more than the step.
    """
    found = torch.empty_like(queries)
    frames, keys = queries.shape[1], seen.keys.shape[1]
    heads = min(len(queries), max(1, _SCORES // (frames * keys)))
    buffer = queries.new_empty(heads, frames, keys)
    for first in range(0, len(queries), heads):
        part = slice(first, first + heads)
        scores = buffer[: len(queries) - first]
        torch.bmm(queries[part], seen.keys[part].mT, out=scores)
        scores[..., seen.length :] = -inf
        torch.softmax(scores, -1, out=scores)
        torch.bmm(scores, seen.values[part], out=found[part])
    return found
