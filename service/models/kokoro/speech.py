"""Phonemes as audio."""

import numpy as np

from service.engine.jobs import Samples
from service.models.kokoro.network import Network, Style
from service.models.kokoro.silence import trim
from service.models.kokoro.symbols import encode


def speak(network: Network, phonemes: str, style: Style) -> Samples:
    """Audio of up to `symbols.LIMIT` phonemes, with 40 ms of silence at either end; none for none."""
    if not phonemes:
        return np.zeros(0, np.float32)
    audio, _ = network.run(encode(phonemes), style)
    return trim(audio)
