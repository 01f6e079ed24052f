"""From the model's rate and pace to those of the reply."""

from collections import deque
from dataclasses import dataclass

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


@dataclass(slots=True)
class _Part:
    """A run of a stream at one speaking rate: samples in all, and those still to come, at the source's rate."""

    speaking_rate: float
    count: int
    left: int


class Conversion:
    """A stream whose parts have speaking rates of their own. Each part is converted for itself."""

    def __init__(self, source_rate: int, target_rate: int) -> None:
        self._rates = source_rate, target_rate
        self._parts: deque[_Part] = deque()
        self._converter: Converter | None = None
        self._before = 0

    def expect(self, count: int, speaking_rate: float) -> int:
        """Told before so many more samples are given. Returns where they end, in samples of what comes out."""
        if not self._parts or self._parts[-1].speaking_rate != speaking_rate:
            self._before += self._give(self._parts[-1]) if self._parts else 0
            self._parts.append(_Part(speaking_rate, 0, 0))
        part = self._parts[-1]
        part.count += count
        part.left += count
        return self._before + self._give(part)

    def convert(self, samples: Samples) -> Samples:
        """Samples that were expected, shape [n], in; what can be given by now out, possibly none."""
        given = []
        while len(samples):
            given.append(self._leave_part())
            part = self._parts[0]
            self._converter = self._converter or Converter(*self._rates, part.speaking_rate)
            given.append(self._converter.convert(samples[: part.left]))
            taken = min(part.left, len(samples))
            part.left -= taken
            samples = samples[taken:]
        return np.concatenate(given) if given else silence(0)

    def finish(self) -> Samples:
        """The rest. Nothing can be converted afterwards."""
        return self._converter.finish() if self._converter else silence(0)

    def _leave_part(self) -> Samples:
        """The rest of a part that is over, once another follows."""
        if self._parts[0].left:
            return silence(0)
        self._parts.popleft()
        rest = self.finish()
        self._converter = None
        return rest

    def _give(self, part: _Part) -> int:
        source_rate, target_rate = self._rates
        return round(part.count * target_rate / (source_rate * part.speaking_rate))
