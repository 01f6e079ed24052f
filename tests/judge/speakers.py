"""Who speaks: the GE2E speaker encoder (Wan et al. 2018), with the weights of the package resemblyzer."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from tests.judge.packages import find_package
from tests.judge.recordings import RATE, Samples
from tests.judge.spectra import HOP, mel_spectrogram

Embedding = NDArray[np.float32]
"""Shape [256], of length 1. One voice in two texts: a cosine of 0.91 to 0.97; two voices: below 0.8."""

_BANDS = 40
_SIZE = 256
_WINDOW = 400
_FRAMES = 160
"""Frames of spectrogram in one partial utterance."""
_STEP = round(RATE / 1.3 / HOP)
"""Frames from one partial utterance to the next: 1.3 of them each second."""
_LEAST_COVER = 0.75
"""Share of the last partial utterance that must be speech."""
_LOUDNESS = 10**-1.5
_SILENCE = 10 ** (-35 / 20)


class SpeakerEncoder:
    """Turns a recording into the embedding of its speaker."""

    def __init__(self) -> None:
        weights = torch.load(find_package("resemblyzer") / "pretrained.pt", map_location="cpu", weights_only=True)
        self._lstm = torch.nn.LSTM(_BANDS, _SIZE, num_layers=3, batch_first=True)
        self._linear = torch.nn.Linear(_SIZE, _SIZE)
        for name, part in (("lstm.", self._lstm), ("linear.", self._linear)):
            own = {key.removeprefix(name): value for key, value in weights["model_state"].items() if name in key}
            part.load_state_dict(own)

    def embed(self, samples: Samples) -> Embedding:
        """ValueError for a recording without a sound."""
        partials = _cut(_drop_silences(_amplify(samples)))
        with torch.inference_mode():
            _, (hidden, _) = self._lstm(torch.from_numpy(partials))
            vectors = torch.relu(self._linear(hidden[-1]))
            mean = torch.nn.functional.normalize(vectors, dim=1).mean(dim=0)
            embedding: Embedding = torch.nn.functional.normalize(mean, dim=0).numpy()
        return embedding


def _amplify(samples: Samples) -> Samples:
    """Raises what is quieter than -30 dBFS to it."""
    loudness = float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
    if loudness == 0:
        raise ValueError("a silence has no speaker")
    return samples * np.float32(max(1.0, _LOUDNESS / loudness))


def _drop_silences(samples: Samples) -> Samples:
    """Keeps what is within 50 ms of a sound."""
    loudness = np.sqrt(np.convolve(samples**2, np.full(480, 1 / 480), "same"))
    near = np.convolve(loudness > loudness.max() * _SILENCE, np.ones(1601), "same")
    return samples[near > 0.5]


def _cut(samples: Samples) -> NDArray[np.float32]:
    """Overlapping spectrograms, shape [partials, 160, 40]."""
    count = max(1, math.ceil((len(samples) / HOP - _FRAMES) / _STEP) + 1)
    cover = (len(samples) - (count - 1) * _STEP * HOP) / (_FRAMES * HOP)
    if count > 1 and cover < _LEAST_COVER:
        count -= 1
    length = ((count - 1) * _STEP + _FRAMES) * HOP
    mels = mel_spectrogram(np.pad(samples, (0, max(0, length - len(samples)))), _WINDOW, _BANDS).T
    return np.stack([mels[start : start + _FRAMES] for start in range(0, count * _STEP, _STEP)])
