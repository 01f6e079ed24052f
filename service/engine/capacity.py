"""What the machine can do, from what units of work took: never from how much it was asked to do."""

from dataclasses import dataclass

from service.engine.model import ModelInfo

TRUSTED = 3
"""Units of a size after which one that takes much longer than the others counts as the most that is usual."""

STEP_SPREAD, RENDERING_SPREAD = 1.3, 3.0
"""The most that is usual, over the mean: steps of a size are alike, renderings are of longer and shorter windows."""

MEMORY = 50
"""Units of a size that its mean remembers, and rows that the proportions do."""


class Line:
    """The time of a unit, as `base + slope * size`.

    A mean for each size that was seen, and the straight line through them: units of one size teach nothing false about
    another, and hours of light traffic do not wash out what full units took. What a busy machine adds to some units is
    cut off at `spread` times the mean; a machine that has become slower is still known after a hundred units.
    """

    def __init__(self, spread: float) -> None:
        self._spread = spread
        self._means: dict[int, tuple[float, int]] = {}
        self._fitted: tuple[float, float] | None = (0.0, 0.0)  # forgotten with each unit

    def learn(self, size: int, seconds: float) -> None:
        mean, count = self._means.get(size, (seconds, 0))
        if seconds * self._spread < mean:  # what was seen before was the odd one
            mean, count = seconds, 0
        if count >= TRUSTED:
            seconds = min(seconds, self._spread * mean)
        count = min(count + 1, MEMORY)
        self._means[size] = (mean + (seconds - mean) / count, count)
        self._fitted = None

    def at(self, size: float) -> float:
        """Seconds that a unit of this size takes; 0 if none was seen."""
        base, slope = self._fitted = self._fitted or self._fit()
        return base + slope * size

    def _fit(self) -> tuple[float, float]:
        """Least squares; a unit never takes less for more, nor less than nothing."""
        total = sum(count for _, count in self._means.values())
        middle = sum(size * count for size, (_, count) in self._means.items()) / total
        level = sum(mean * count for mean, count in self._means.values()) / total
        spread = sum(count * (size - middle) ** 2 for size, (_, count) in self._means.items())
        if not spread:
            return level, 0.0
        slope = sum(count * (size - middle) * (mean - level) for size, (mean, count) in self._means.items()) / spread
        slope = min(max(0.0, slope), level / middle)
        return level - slope * middle, slope


@dataclass(slots=True)
class Work:
    """What was done for a row so far: tokens decoded, calls in which it was rendered, samples of audio."""

    steps: int = 0
    windows: int = 0
    samples: int = 0

    def add(self, samples: int) -> None:
        """Counts a rendering."""
        self.windows += 1
        self.samples += samples


class Capacity:
    """How many listeners a model can keep up with at once.

    `decode` and `render` learn the times of units by rows and by windows. `learn_row` tells what a row that was spoken
    to its end was made of, which is what a second of audio takes.
    """

    def __init__(self, info: ModelInfo) -> None:
        self.decode = Line(STEP_SPREAD)
        self.render = Line(RENDERING_SPREAD)
        self._slots = info.slots
        self._batch = info.render_batch
        self._rate = info.sample_rate
        self._steps = 0.0
        self._windows = 0.0
        self._audio = 0.0

    def learn_row(self, work: Work) -> None:
        keep = 1 - 1 / MEMORY
        self._steps = keep * self._steps + work.steps
        self._windows = keep * self._windows + work.windows
        self._audio = keep * self._audio + work.samples / self._rate

    def streams(self) -> float | None:
        """Streams that never stutter, each heard at the model's own rate: seconds of audio in a busy second.

        With fewer streams than slots, the most for which as many rows keep up. 0 if not even one does; None while no
        row has been spoken.
        """
        if not self._audio:
            return None
        full = 1 / max(self._cost(self._slots), 1e-9)
        if full >= self._slots:
            return full
        return float(next((count for count in range(self._slots, 0, -1) if count * self._cost(count) <= 1), 0))

    def _cost(self, rows: int) -> float:
        """Busy seconds for a second of audio, with so many rows side by side."""
        windows = min(rows, self._batch)
        decoding = self._steps * self.decode.at(rows) / rows
        rendering = self._windows * self.render.at(windows) / windows
        return (decoding + rendering) / self._audio
