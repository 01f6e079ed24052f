"""What the vocoder's voice is made of: the pitch of each frame, and the hum and hiss that follow it.

Source: the neural source filter of Wang, Takaki and Yamagishi, arXiv 1904.12088, as HiFTNet uses it (arXiv 2309.09493).
"""

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor
from torch.nn.functional import conv1d, elu, linear

from service.models.chatterbox.s3gen.folding import Weights

SAMPLE_RATE = 24_000
FRAME = 480
"""Samples of a mel frame."""
PITCH_CONTEXT = 5
"""Frames on each side that the pitch of a frame depends on."""

HARMONICS = 9
LOUDNESS = 0.1
"""Amplitude of a harmonic; a third of it is the noise where there is no voice."""
BREATH = 0.003
"""Noise where there is a voice."""
VOICED = 10.0
"""Hz; what is below has no voice."""


@dataclass(slots=True, eq=False)
class Oscillator:
    """Where the hum of one row is. Phases are in turns; `phase` is the first harmonic's, float64, shape [].

    `offsets`, shape [9], is where each harmonic began. `noise` is a generator on the CPU: numbers are the same
    whatever the device.
    """

    noise: torch.Generator
    offsets: Tensor
    phase: Tensor


def start(seed: int, device: torch.device) -> Oscillator:
    """The first harmonic begins at 0, the others anywhere."""
    noise = torch.Generator().manual_seed(seed)
    offsets = torch.rand(HARMONICS, generator=noise, dtype=torch.float32) - 0.5
    offsets[0] = 0
    return Oscillator(noise, offsets.to(device, torch.float64), torch.zeros((), dtype=torch.float64, device=device))


def find_pitch(weights: Weights, mel: Tensor) -> Tensor:
    """F0 in Hz, shape [frames], of a mel of shape [80, frames]."""
    hidden = mel
    for layer in range(0, 2 * PITCH_CONTEXT, 2):
        name = f"f0_predictor.condnet.{layer}"
        hidden = elu(conv1d(hidden, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
    name = "f0_predictor.classifier"
    return linear(hidden.T, weights[f"{name}.weight"], weights[f"{name}.bias"])[:, 0].abs()


def excite(weights: Weights, oscillator: Oscillator, pitch: Tensor) -> Tensor:
    """The source of the next frames, shape [480 * frames], of their F0, shape [frames].

    The same however the frames are cut up: phases are kept modulo a turn in float64, and each frame draws 480 numbers.
    """
    voiced = pitch > VOICED
    steps = pitch.double() / SAMPLE_RATE
    ends = torch.cat([oscillator.phase[None], FRAME * steps]).cumsum(0)
    oscillator.phase = ends[-1] % 1
    within = torch.arange(1 - FRAME, 1, device=pitch.device, dtype=torch.float64)
    phases = (ends[1:, None] + within * steps[:, None]).flatten()
    orders = torch.arange(1, HARMONICS + 1, device=pitch.device)
    turns = (phases[:, None] * orders + oscillator.offsets) % 1
    mix = weights["m_source.l_linear.weight"][0]
    hum = LOUDNESS * (turns.to(mix.dtype) * (2 * pi)).sin_() @ mix
    frames = (hum.view(-1, FRAME) * voiced[:, None]) + _hiss(mix, oscillator, voiced)
    return (frames + weights["m_source.l_linear.bias"]).tanh_().flatten()


def _hiss(mix: Tensor, oscillator: Oscillator, voiced: Tensor) -> Tensor:
    """Shape [frames, 480]. Upstream adds noise to each harmonic before they are mixed: the mix is one noise again."""
    numbers = torch.randn(len(voiced), FRAME, generator=oscillator.noise, dtype=torch.float32).to(mix)
    loudness: Tensor = torch.where(voiced, BREATH, LOUDNESS / 3).to(mix.dtype) * mix.norm()
    return numbers * loudness[:, None]
