"""The filter that makes speech of a source: HiFTNet, a HiFi-GAN whose last step is an inverse Fourier transform.

Source: Li, Han, Jiang and Mesgarani, arXiv 2309.09493; layers and sizes as in `chatterbox/models/s3gen/hifigan.py`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv_transpose1d, leaky_relu, pad

from service.models.chatterbox.s3gen.folding import Weights
from service.models.chatterbox.s3gen.source import FRAME

CONTEXT = 15
"""Frames on each side that a frame of audio depends on, those of the source among them."""

_FFT, _HOP = 16, 4
_SPECTRA = FRAME // _HOP
"""Spectra in a frame."""
_LOUDEST_BIN = 100.0
_LIMIT = 0.99
_DILATIONS = (1, 3, 5)
_BRANCHES = 3


@dataclass(frozen=True, slots=True)
class _Stage:
    """Goes from `rate` positions a frame to `stride` times as many; `down` is the way there from the spectra.

    `context` is the frames on each side that a frame of audio depends on from here on.
    """

    rate: int
    stride: int
    down: int
    context: int


_STAGES = (
    _Stage(rate=1, stride=8, down=15, context=CONTEXT),
    _Stage(rate=8, stride=5, down=3, context=4),
    _Stage(rate=40, stride=3, down=1, context=2),
)


def speak(weights: Weights, mel: Tensor, source: Tensor, left: int, right: int) -> Tensor:
    """Audio, shape [480 * (frames - left - right)], of a mel, shape [80, frames], and its source, [480 * frames].

    `left` and `right` are the frames given for context only: `CONTEXT` each, fewer where the speech begins or ends.
    They are dropped as soon as no stage needs them, for one stage costs as much as another.
    """
    hidden = _convolve(weights, "conv_pre", mel)
    spectra = _analyse(source)
    for index, stage in enumerate(_STAGES):
        spare_left, spare_right = max(0, left - stage.context), max(0, right - stage.context)
        left, right = left - spare_left, right - spare_right
        hidden = hidden[:, spare_left * stage.rate : hidden.shape[1] - spare_right * stage.rate]
        spectra = spectra[:, spare_left * _SPECTRA : spectra.shape[1] - spare_right * _SPECTRA]
        hidden = _advance(weights, index, hidden, spectra)
    hidden = _convolve(weights, "conv_post", leaky_relu(hidden))
    audio = _synthesise(hidden)
    return audio[left * FRAME : len(audio) - right * FRAME].clamp_(-_LIMIT, _LIMIT)


def _advance(weights: Weights, index: int, hidden: Tensor, spectra: Tensor) -> Tensor:
    """One stage: upsampled, joined by the source, and through three blocks side by side."""
    stage = _STAGES[index]
    weight, bias = weights[f"ups.{index}.weight"], weights[f"ups.{index}.bias"]
    padding = (weight.shape[2] - stage.stride) // 2
    hidden = conv_transpose1d(leaky_relu(hidden, 0.1), weight, bias, stride=stage.stride, padding=padding)
    if stage is _STAGES[-1]:  # as many positions as spectra, whose windows are centred on samples 0, 4 ...
        hidden = pad(hidden, (1, 0), mode="reflect")
    name = f"source_downs.{index}"
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    voice = conv1d(spectra, weight, bias, stride=stage.down, padding=stage.down // 2)
    hidden += _refine(weights, f"source_resblocks.{index}", voice)
    first, *others = (f"resblocks.{_BRANCHES * index + branch}" for branch in range(_BRANCHES))
    merged = _refine(weights, first, hidden)
    for other in others:
        merged += _refine(weights, other, hidden)
    return merged.div_(_BRANCHES)


def _refine(weights: Weights, name: str, hidden: Tensor) -> Tensor:
    """A residual block. `folding` has put the slopes of its activations into its weights, all but the first's."""
    for index, dilation in enumerate(_DILATIONS):
        inner = _bend(hidden * weights[f"{name}.activations1.{index}.alpha"])
        inner = _bend(_convolve(weights, f"{name}.convs1.{index}", inner, dilation))
        hidden = _convolve(weights, f"{name}.convs2.{index}", inner).add_(hidden)
    return hidden


def _bend(hidden: Tensor) -> Tensor:
    """Snake, in place: z + sin(z)^2."""
    sine = hidden.sin()
    return hidden.addcmul_(sine, sine)


def _convolve(weights: Weights, name: str, hidden: Tensor, dilation: int = 1) -> Tensor:
    weight = weights[f"{name}.weight"]
    padding = weight.shape[2] // 2 * dilation
    return conv1d(hidden, weight, weights[f"{name}.bias"], padding=padding, dilation=dilation)


def _analyse(source: Tensor) -> Tensor:
    """Real parts, then imaginary ones, shape [18, 120 * frames + 1]."""
    window = torch.hann_window(_FFT, dtype=source.dtype, device=source.device)
    spectra = torch.stft(source, _FFT, _HOP, window=window, return_complex=True)
    return torch.cat([spectra.real, spectra.imag])


def _synthesise(hidden: Tensor) -> Tensor:
    """Audio of log magnitudes and phases, shape [18, 120 * frames + 1]."""
    bins = _FFT // 2 + 1
    spectra = torch.polar(hidden[:bins].exp().clamp_(max=_LOUDEST_BIN), hidden[bins:].sin())
    window = torch.hann_window(_FFT, dtype=hidden.dtype, device=hidden.device)
    return torch.istft(spectra, _FFT, _HOP, window=window)
