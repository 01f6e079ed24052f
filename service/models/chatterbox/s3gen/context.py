"""What a block of frames leaves to the blocks after it, so that they need not compute it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from service.models.chatterbox.s3gen.attention import HEAD, HEADS, Memory, join


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """In the order of a network's layers: keys and values, shape [layers, 2, lanes * heads, frames, 64], and the last
    frames that its convolutions took, one after the other, [lanes, n].
    """

    memories: Tensor
    tails: Tensor

    @classmethod
    def empty(cls, like: Tensor, layers: int, tails: int, *, lanes: int, frames: int) -> "Context":
        """To be filled. Of the type, and on the device, of `like`."""
        return cls(like.new_empty(layers, 2, lanes * HEADS, frames, HEAD), like.new_empty(lanes, tails))

    @property
    def nbytes(self) -> int:
        return self.memories.nbytes + self.tails.nbytes


class Way(Protocol):
    """How blocks, of a row each, go through a network, whose layers call this in turn: what they see of those before.

    `distances` are, in frames, those from the first that each block of a memory has to the row's own first: one for
    each row, shape [rows], where rows differ.
    """

    distances: Sequence[int | Tensor]

    def extend(self, x: Tensor, frames: int) -> Tensor:
        """The blocks, shape [lanes, n, channels], each with so many frames before it: zeros at the very start."""
        ...

    def recall(self, others: Tensor) -> Memory:
        """All that they see. `others` are their own keys and values, shape [2, lanes, 8, n, 64]."""
        ...


class Passage:
    """The way of one block. `before` are those it sees, the one it follows last; it fills `left`, if given."""

    def __init__(
        self, before: Sequence[Context] = (), left: Context | None = None, distances: Sequence[int] = ()
    ) -> None:
        self.distances: Sequence[int | Tensor] = distances
        self._memories = [iter(context.memories) for context in before]
        self._tails = before[-1].tails if before else None
        self._left = left
        self._own = iter(left.memories) if left else None
        self._place = 0

    def extend(self, x: Tensor, frames: int) -> Tensor:
        lanes, _, channels = x.shape
        shape = (lanes, frames, channels)
        place = slice(self._place, self._place + frames * channels)
        self._place = place.stop
        tail = x.new_zeros(shape) if self._tails is None else self._tails[:, place].view(shape)
        extended = torch.cat((tail, x), dim=1)
        if self._left:
            self._left.tails[:, place].view(shape).copy_(extended[:, -frames:])
        return extended

    def recall(self, others: Tensor) -> Memory:
        if self._own:
            own = next(self._own)
            own.view(others.shape).copy_(others)
        else:
            own = others.flatten(1, 2)
        return join([*(next(memories) for memories in self._memories), own])
