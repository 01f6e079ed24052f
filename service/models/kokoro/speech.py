"""Phonemes as audio. A very short text is said after a sentence that is then cut away."""

import numpy as np

from service.engine.jobs import Samples
from service.models.kokoro.network import FRAME, Network, Style
from service.models.kokoro.silence import find_pause, trim
from service.models.kokoro.symbols import encode

SHORT = 16
"""Up to so many phonemes the network blurs what it says alone: see benchmarks/results/one_word.md."""

_LEAD = "bwˈeno, le respˈondo."


def speak(network: Network, phonemes: str, style: Style) -> Samples:
    """Audio of up to `symbols.LIMIT` phonemes, with up to 160 ms of silence at either end; none for none."""
    if not phonemes:
        return np.zeros(0, np.float32)
    if len(phonemes) <= SHORT:
        return trim(speak_after(_LEAD, network, phonemes, style))
    audio, _ = network.run(encode(phonemes), style)
    return trim(audio)


def speak_after(lead: str, network: Network, phonemes: str, style: Style) -> Samples:
    """What is said after `lead`, phonemes that end in a stop, from the middle of the pause on."""
    audio, lengths = network.run(encode(f"{lead} {phonemes}"), style)
    ends = np.cumsum(lengths) * FRAME
    stop = len(lead)
    return audio[find_pause(audio, int(ends[stop - 1]), int(ends[stop + 1])) :]
