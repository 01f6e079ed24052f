"""What needs no recogniser: whether a recording is about as long as its text, and whether it ends in silence."""

import numpy as np

from tests.judge.recordings import RATE, Samples

LETTERS_PER_SECOND = 15.0
"""Of read Spanish."""

TAIL = RATE // 10
FRAME = RATE // 50
SPEECH_SHARE = 0.1
"""Frames within 20 dB of the loudest are speech."""


def duration_ratio(samples: Samples, text: str) -> float:
    """Seconds from the first speech to the last, over what the text's letters and digits should take."""
    speech = np.flatnonzero(_levels(samples) > SPEECH_SHARE * _levels(samples).max(initial=0.0))
    if not speech.size:
        return 0.0
    seconds = (speech[-1] - speech[0] + 1) * FRAME / RATE
    return float(seconds * LETTERS_PER_SECOND / max(1, sum(letter.isalnum() for letter in text)))


def tail_level(samples: Samples) -> float:
    """Level of the last 0.1 s over that of the loudest 0.02 s, in dB: near 0 for a recording cut in mid-sound."""
    loudest = _levels(samples).max(initial=0.0)
    if loudest == 0.0:
        return -120.0
    tail = np.sqrt(np.mean(samples[-TAIL:] ** 2))
    return float(20 * np.log10(max(tail / loudest, 1e-6)))


def _levels(samples: Samples) -> Samples:
    """Root mean square of each whole frame of 20 ms."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt(np.mean(frames**2, axis=1))
