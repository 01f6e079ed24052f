"""What a block of frames leaves to the blocks after it, so that they need not compute it again."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from service.models.chatterbox.s3gen.attention import Memory


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """In the order of a network's layers: what attention remembers, and the last frames that convolutions took."""

    memories: tuple[Memory, ...]
    tails: tuple[Tensor, ...]

    @property
    def nbytes(self) -> int:
        return sum(memory.nbytes for memory in self.memories) + sum(tail.nbytes for tail in self.tails)


class Passage:
    """The way of one block through a network. `before` are the blocks it sees, the one it follows last.

    Its layers call `extend` and `recall` in turn. Afterwards `context` is what the block leaves, if it `keeps` that.
    """

    def __init__(self, before: Sequence[Context] = (), *, keeps: bool = False) -> None:
        self._memories = [iter(context.memories) for context in before]
        self._tails = iter(before[-1].tails) if before else None
        self._keeps = keeps
        self._left: tuple[list[Memory], list[Tensor]] = ([], [])

    def extend(self, x: Tensor, frames: int) -> Tensor:
        """The block, shape [lanes, n, channels], with so many frames before it: zeros at the very start."""
        tail = next(self._tails) if self._tails else x.new_zeros(x.shape[0], frames, x.shape[2])
        extended = torch.cat((tail, x), dim=1)
        if self._keeps:
            self._left[1].append(extended[:, -frames:].clone())
        return extended

    def recall(self, own: Memory) -> list[Memory]:
        """All that the block attends to, itself last."""
        if self._keeps:
            self._left[0].append(own)
        return [*(next(memories) for memories in self._memories), own]

    @property
    def context(self) -> Context:
        return Context(tuple(self._left[0]), tuple(self._left[1]))
