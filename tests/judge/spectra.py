"""Mel spectrograms, equal to those of librosa with its defaults."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tests.judge.recordings import RATE, Samples

HOP = 160
"""Samples from one frame to the next."""

_LINEAR = 200 / 3
_BEND = 1000.0
_STEP = math.log(6.4) / 27


def mel_spectrogram(samples: Samples, window: int, bands: int) -> NDArray[np.float32]:
    """Power, shape [bands, frames]: centred frames, zeros beyond the ends, a periodic Hann window of `window`."""
    padded = np.pad(samples, window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::HOP]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)).astype(np.float32) ** 2
    spectrogram: NDArray[np.float32] = mel_filters(window, bands) @ power.T
    return spectrogram


@cache
def mel_filters(window: int, bands: int) -> NDArray[np.float32]:
    """Triangles of equal area on Slaney's scale (Auditory Toolbox, 1998), shape [bands, window // 2 + 1]."""
    edges = np.array([_to_hertz(mel) for mel in np.linspace(0, _to_mel(RATE / 2), bands + 2)])
    ramps = edges[:, None] - np.fft.rfftfreq(window, 1 / RATE)
    widths = np.diff(edges)[:, None]
    triangles = np.maximum(0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None], np.float32)


def _to_mel(hertz: float) -> float:
    return hertz / _LINEAR if hertz < _BEND else _BEND / _LINEAR + math.log(hertz / _BEND) / _STEP


def _to_hertz(mel: float) -> float:
    bend = _BEND / _LINEAR
    return mel * _LINEAR if mel < bend else _BEND * math.exp(_STEP * (mel - bend))
