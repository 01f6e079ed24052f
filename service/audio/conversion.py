"""From the model's rate and pace to those of the reply."""

import numpy as np
import soxr

from service.audio.samples import Samples, silence
from service.audio.stretching import Stretcher


class Converter:
    """Stretches, then resamples, a stream. Gives exactly `round(n * target / (source * speaking_rate))` samples.

    Rates are in Hz, `speaking_rate` is 0.25 to 4. What comes out does not depend on how the input was cut up.
    """

    def __init__(self, source_rate: int, target_rate: int, speaking_rate: float) -> None:
        self._target_rate = target_rate
        self._played_rate = source_rate * speaking_rate
        self._stretcher = Stretcher(source_rate, speaking_rate) if speaking_rate != 1.0 else None
        self._resampler = (
            soxr.ResampleStream(source_rate, target_rate, 1, dtype="float32") if target_rate != source_rate else None
        )
        self._idle = self._stretcher is None and self._resampler is None
        self._taken = 0
        self._given = 0
        self._held = silence(0)

    def convert(self, samples: Samples) -> Samples:
        """Shape [n] in; what can be given by now out, possibly none."""
        if self._idle:
            return samples
        self._taken += len(samples)
        if self._stretcher is not None:
            samples = self._stretcher.stretch(samples)
        return self._give(self._resample(samples))

    def finish(self) -> Samples:
        """The rest. Nothing can be converted afterwards."""
        if self._idle:
            return silence(0)
        rest = silence(0) if self._stretcher is None else self._stretcher.finish()
        given = self._give(self._resample(rest, last=True))
        missing = self._due() - self._given
        self._given += missing
        return np.concatenate([given, silence(missing)])

    def _resample(self, samples: Samples, *, last: bool = False) -> Samples:
        if self._resampler is None:
            return samples
        resampled: Samples = self._resampler.resample_chunk(samples, last)
        return resampled

    def _give(self, samples: Samples) -> Samples:
        """Never more than the input so far is worth: the libraries may run ahead of it."""
        ready = np.concatenate([self._held, samples])
        count = min(len(ready), self._due() - self._given)
        self._held = ready[count:]
        self._given += count
        return ready[:count]

    def _due(self) -> int:
        return round(self._taken * self._target_rate / self._played_rate)
