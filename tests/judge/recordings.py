"""Recordings as the judge hears them: mono, 16 000 samples per second."""

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly  # type: ignore[import-untyped]

RATE = 16_000

Samples = NDArray[np.float32]
"""Mono audio, shape [n], in [-1, 1]."""


def read_recording(file: Path | BinaryIO) -> Samples:
    """Any form that libsndfile knows: WAV, FLAC, Ogg, MP3."""
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    return resample(samples.mean(axis=1), rate)


def resample(samples: Samples, rate: int) -> Samples:
    """From `rate` to `RATE` samples per second."""
    common = math.gcd(rate, RATE)
    return np.asarray(resample_poly(samples, RATE // common, rate // common), np.float32)
