"""From noise to a mel: Euler's method along the estimator's velocity, with guidance."""

from math import pi
from typing import NamedTuple

import torch
from torch import Tensor

from service.models.chatterbox.s3gen.context import Way
from service.models.chatterbox.s3gen.estimator import Estimator

MELS = 80
GUIDANCE = 0.7
"""How far the velocity is pushed away from what it would be with nothing known."""


class Step(NamedTuple):
    """How far it goes, shape [], and what its time adds in the network."""

    width: Tensor
    shifts: Tensor


class Solver:
    """States and times are of the type `wide`."""

    def __init__(self, estimator: Estimator, *, wide: torch.dtype, device: torch.device) -> None:
        self.estimator = estimator
        self._wide = wide
        self._device = device
        self._schedules: dict[int, list[Step]] = {}

    def schedule(self, steps: int) -> list[Step]:
        """Short ones where the noise is."""
        if steps not in self._schedules:
            times = 1 - torch.cos(torch.linspace(0, 1, steps + 1, dtype=self._wide) * (0.5 * pi))
            times = times.to(self._device)
            self._schedules[steps] = list(map(Step, times.diff(), self.estimator.shifts(times[:-1])))
        return self._schedules[steps]

    def prepare(self, inputs: Tensor, mean: Tensor, speaker: Tensor) -> None:
        """Fills inputs of windows, shape [rows, 2, frames, 320], but for the state: what is known, in the first lane
        only. `mean` has the shape [rows, frames, 80], `speaker` [rows, 80].
        """
        inputs.zero_()
        inputs[:, 0, :, MELS : 2 * MELS] = mean
        inputs[:, 0, :, 2 * MELS : 3 * MELS] = speaker[:, None]

    def advance(self, states: Tensor, inputs: Tensor, step: Step, way: Way) -> None:
        """Takes the states, shape [rows, frames, 80], a step on."""
        inputs[..., :MELS] = states[:, None]
        velocities = self.estimator(inputs.flatten(0, 1), step.shifts, way).to(self._wide)
        guided, unguided = velocities.view(*inputs.shape[:3], MELS).unbind(1)
        states += step.width * ((1 + GUIDANCE) * guided - GUIDANCE * unguided)

    def forget(self) -> None:
        """Gives back what lies on the device."""
        self._schedules.clear()
