"""Where the voice begins and ends in a clip."""

import numpy as np

from service.engine.jobs import Samples
from service.models.kokoro.network import SAMPLE_RATE

_BLOCK = SAMPLE_RATE // 200
_FLOOR = 10 ** (-55 / 20)
_MARGIN = SAMPLE_RATE * 160 // 1000
"""About what the network leaves itself: players clip the start of a shorter one, and DNSMOS marks it down."""


def find_voice(samples: Samples) -> slice:
    """The part to keep: not what is 55 dB or more under the peak at either end, but for 160 ms."""
    if not samples.any():
        return slice(0, 0)
    padded = np.pad(np.abs(samples), (0, -len(samples) % _BLOCK))
    levels = padded.reshape(-1, _BLOCK).max(axis=1)
    voiced = np.flatnonzero(levels > _FLOOR * levels.max())
    start = max(0, int(voiced[0]) * _BLOCK - _MARGIN)
    return slice(start, min(len(samples), (int(voiced[-1]) + 1) * _BLOCK + _MARGIN))


def find_pause(samples: Samples, start: int, end: int) -> int:
    """The quietest place between two samples: the middle of the 10 ms with the least power."""
    width = min(SAMPLE_RATE // 100, end - start)
    total = np.cumsum(np.pad(samples[start:end].astype(np.float64) ** 2, (1, 0)))
    return start + int((total[width:] - total[:-width]).argmin()) + width // 2
