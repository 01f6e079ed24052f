"""Where the voice begins and ends in a clip."""

import numpy as np

from service.engine.jobs import Samples
from service.models.kokoro.network import SAMPLE_RATE

_BLOCK = SAMPLE_RATE // 200
_FLOOR = 10 ** (-55 / 20)
_MARGIN = SAMPLE_RATE * 40 // 1000


def trim(samples: Samples) -> Samples:
    """The clip without what is 55 dB or more under its peak at either end, but for 40 ms."""
    if not samples.any():
        return samples[:0]
    padded = np.pad(np.abs(samples), (0, -len(samples) % _BLOCK))
    levels = padded.reshape(-1, _BLOCK).max(axis=1)
    voiced = np.flatnonzero(levels > _FLOOR * levels.max())
    start = max(0, int(voiced[0]) * _BLOCK - _MARGIN)
    return samples[start : (int(voiced[-1]) + 1) * _BLOCK + _MARGIN]


def find_pause(samples: Samples, start: int, end: int) -> int:
    """The quietest sample between two, measured over 10 ms around each."""
    width = SAMPLE_RATE // 100
    power = np.convolve(samples[start:end].astype(np.float64) ** 2, np.full(width, 1 / width), "same")
    return start + int(power.argmin())
