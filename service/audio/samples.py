"""What audio is inside the service, its 16-bit form, and how a stream is cut into equal blocks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono audio, shape [n], in [-1, 1]."""


def silence(count: int) -> Samples:
    """`count` zeros."""
    return np.zeros(count, np.float32)


def to_int16(samples: Samples) -> NDArray[np.int16]:
    """Full scale is 32767; rounds to the nearest, clips, adds no dither."""
    return np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2")


class Blocks:
    """Cuts a stream into blocks of `size` samples, however it comes in."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest = silence(0)

    def cut(self, samples: Samples) -> Iterator[Samples]:
        """Every block that is complete by now."""
        ready = np.concatenate([self._rest, samples])
        whole = len(ready) - len(ready) % self._size
        self._rest = ready[whole:].copy()
        for start in range(0, whole, self._size):
            yield ready[start : start + self._size]

    def rest(self) -> Samples:
        """What is short of a block; it is taken out."""
        rest, self._rest = self._rest, silence(0)
        return rest
