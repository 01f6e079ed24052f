"""Phonemes as audio. A very short text is said after a sentence that is then cut away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.engine.jobs import Samples
from service.models.kokoro.network import FRAME, Network, Style
from service.models.kokoro.silence import find_pause, find_voice
from service.models.kokoro.symbols import encode

SHORT = 16
"""Up to so many phonemes the network blurs what it says alone: see benchmarks/results/one_word.md."""

_LEAD = "bwˈeno, le respˈondo."


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """Audio of n phonemes. By its length phoneme i goes from sample `edges[i]` to `edges[i + 1]`; shape [n + 1]."""

    samples: Samples
    edges: NDArray[np.int64]

    def cut(self, kept: slice) -> "Speech":
        """A part of the audio. A phoneme outside of it has no length."""
        samples = self.samples[kept]
        return Speech(samples, np.clip(self.edges - kept.start, 0, len(samples)))


def speak(network: Network, phonemes: str, style: Style) -> Speech:
    """Up to `symbols.LIMIT` phonemes, with up to 160 ms of silence at either end; no audio for none."""
    if not phonemes:
        return Speech(np.zeros(0, np.float32), np.zeros(1, np.int64))
    short = len(phonemes) <= SHORT
    speech = speak_after(_LEAD, network, phonemes, style) if short else speak_alone(network, phonemes, style)
    return speech.cut(find_voice(speech.samples))


def speak_alone(network: Network, phonemes: str, style: Style) -> Speech:
    """What the network makes of the phonemes."""
    audio, lengths = network.run(encode(phonemes), style)
    return Speech(audio, lengths.cumsum()[:-1] * FRAME)


def speak_after(lead: str, network: Network, phonemes: str, style: Style) -> Speech:
    """What is said after `lead`, phonemes that end in a stop, from the middle of the pause on."""
    speech = speak_alone(network, f"{lead} {phonemes}", style)
    stop, first = len(lead) - 1, len(lead) + 1
    start = find_pause(speech.samples, int(speech.edges[stop]), int(speech.edges[first]))
    return Speech(speech.samples, speech.edges[first:]).cut(slice(start, len(speech.samples)))
