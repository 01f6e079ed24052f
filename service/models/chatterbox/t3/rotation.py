"""Rotary positions with Llama 3's scaling of the long wavelengths.

Source: `llama_configs.py` of chatterbox-tts 0.1.7 and transformers' `_compute_llama3_parameters`, whose float32
arithmetic is kept: in another precision the late positions would lie elsewhere.
"""

import math

import torch
from torch import Tensor

HEAD = 64
_BASE = 500_000.0
_FACTOR, _LOW, _HIGH, _TRAINED = 8.0, 1.0, 4.0, 8192


def rotation_table(positions: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines, and sines with the sign of the half they multiply; each of shape [positions, 1, HEAD]."""
    angles = torch.arange(positions, dtype=torch.float32)[:, None] * _frequencies()
    cosines, sines = angles.cos(), angles.sin()
    signed = torch.cat((-sines, sines), -1)
    return torch.cat((cosines, cosines), -1)[:, None].to(dtype), signed[:, None].to(dtype)


def rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Queries or keys of shape [n, heads, HEAD] at their positions."""
    return x * cosines + x.roll(HEAD // 2, -1) * sines


def _frequencies() -> Tensor:
    plain = 1.0 / (_BASE ** (torch.arange(0, HEAD, 2, dtype=torch.float32) / HEAD))
    wavelengths = 2 * math.pi / plain
    is_long = wavelengths > _TRAINED / _LOW
    is_short = wavelengths < _TRAINED / _HIGH
    scaled = torch.where(is_long, plain / _FACTOR, plain)
    blend = (_TRAINED / wavelengths - _LOW) / (_HIGH - _LOW)
    between = (1 - blend) * scaled / _FACTOR + blend * scaled
    return torch.where(is_long | is_short, scaled, between)
