"""Mel to samples, piece by piece and exact: every sample is the one that the whole mel would have given."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from service.models.chatterbox.s3gen.filter import CONTEXT, speak
from service.models.chatterbox.s3gen.folding import fold
from service.models.chatterbox.s3gen.source import FRAME, PITCH_CONTEXT, Oscillator, excite, find_pitch, start

BANDS = 80
HELD = PITCH_CONTEXT + CONTEXT
"""Frames held back until those that they depend on are there."""

TAIL = 2
"""Frames of the last speech token, often a click or a breath: upstream cuts their audio since June 2026."""

SILENT = FRAME
"""Samples of silence that speech begins with, and as many again in which it rises: the reference spills over there."""


@dataclass(slots=True, eq=False)
class Voicing:
    """What one row needs for its next piece.

    `mel`, shape [80, frames], and `source`, shape [samples], begin at frame `start`; `given` frames have become audio.
    """

    oscillator: Oscillator
    mel: Tensor
    source: Tensor
    start: int = 0
    given: int = 0


class Vocoder:
    """HiFT, in float32. `weights` is a state dict of upstream's `mel2wav`; what is made of it lies on `device`.

    Rows share nothing but the weights. Shapes and samples are of 24 kHz audio, 480 samples a frame.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], *, device: torch.device | str, dtype: torch.dtype = torch.float32
    ) -> None:
        self._device = torch.device(device)
        folded = {name: tensor.to(dtype) for name, tensor in fold(weights).items()}
        pinned = self._device.type == "cuda"
        self._stored = {name: tensor.pin_memory() if pinned else tensor for name, tensor in folded.items()}
        self._dtype = dtype
        self.wake()

    def open(self, seed: int) -> Voicing:
        """The state of a new row."""
        nothing = torch.empty(0, dtype=self._dtype, device=self._device)
        return Voicing(start(seed, self._device), mel=nothing.view(BANDS, 0), source=nothing)

    @torch.inference_mode()
    def feed(self, state: Voicing, mel: Tensor, *, last: bool) -> Tensor:
        """Takes the next frames of log mel, shape [frames, 80]; gives the audio that is certain by now, on the CPU.

        Shape [samples], float32, [-0.99, 0.99]. That is all but the last `HELD` frames or, with `last`, the rest.
        Speech of more than one token then loses the audio of its last one.
        """
        state.mel = torch.cat([state.mel, mel.T.to(state.mel)], dim=1)
        total = state.start + state.mel.shape[1]
        end = total if last else total - HELD
        if end <= state.given:
            return torch.empty(0)
        self._excite(state, last=last)
        audio = self._speak(state, end)
        if last and total > TAIL:
            audio = audio[: -TAIL * FRAME]
        return audio.cpu()

    def sleep(self) -> None:
        """Frees the weights of a GPU; a copy stays in pinned host memory."""
        self._weights: dict[str, Tensor] = {}

    def wake(self) -> None:
        """Undoes `sleep`."""
        self._weights = {name: tensor.to(self._device, non_blocking=True) for name, tensor in self._stored.items()}

    def _excite(self, state: Voicing, *, last: bool) -> None:
        """Appends the source of the frames whose pitch is certain."""
        made = len(state.source) // FRAME
        before = min(made, PITCH_CONTEXT)
        pitch = find_pitch(self._weights, state.mel[:, made - before :])[before:]
        if not last:
            pitch = pitch[: max(0, len(pitch) - PITCH_CONTEXT)]
        state.source = torch.cat([state.source, excite(self._weights, state.oscillator, pitch)])

    def _speak(self, state: Voicing, end: int) -> Tensor:
        """Renders the frames up to `end` and forgets what none after it needs."""
        made = len(state.source) // FRAME
        left, right = state.given - state.start, made - (end - state.start)
        audio = speak(self._weights, state.mel[:, :made], state.source, left, right)
        _rise(audio, state.given * FRAME)
        forgotten = max(0, end - CONTEXT - state.start)
        state.mel, state.source = state.mel[:, forgotten:], state.source[forgotten * FRAME :]
        state.start += forgotten
        state.given = end
        return audio


def _rise(audio: Tensor, position: int) -> None:
    """Fades a piece that begins at sample `position`, in place, where it lies in the first 40 ms."""
    curve = (1 - torch.linspace(0, pi, SILENT, dtype=audio.dtype, device=audio.device).cos()) / 2
    curve = torch.cat([torch.zeros_like(curve), curve])[position : position + len(audio)]
    audio[: len(curve)] *= curve
