"""Random weights of the networks that listen at enrolment, shaped so that different voices give different results."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from service.models.chatterbox.layout import Shape, layout
from service.models.chatterbox.loading import COMPUTED

SPREAD = 0.5
"""Of the eight numbers that a speech token is rounded from, before their tanh."""
EAR = 300.0
"""How much louder the voice encoder hears: mels are powers, of 0.001 on the average."""


def tokenizer_weights(seed: int) -> dict[str, Tensor]:
    """S3Tokenizer, below `tokenizer.`, 102 tensors: without the two buffers that V3 files lack."""
    shapes = {name: shape for name, shape in layout("s3gen").items() if name not in COMPUTED}
    weights = _draw(_below("tokenizer.", shapes), seed)
    weights["quantizer._codebook.project_down.weight"] *= SPREAD
    return weights


def speaker_encoder_weights(seed: int) -> dict[str, Tensor]:
    """CAMPPlus, below `speaker_encoder.`, 937 tensors."""
    return _draw(_below("speaker_encoder.", layout("s3gen")), seed, gain=2**0.5)


def voice_encoder_weights(seed: int) -> dict[str, Tensor]:
    """The voice encoder, 16 tensors."""
    weights = _draw(layout("ve"), seed)
    weights["lstm.weight_ih_l0"] *= EAR
    return weights


def conds(seed: int) -> dict[str, dict[str, Any]]:
    """What `conds.pt` holds: the voice that the checkpoint brings, of 6.28 s."""
    random = torch.Generator().manual_seed(seed)
    count = 157
    speaker = torch.randn(1, 256, generator=random).relu()
    return {
        "t3": {
            "speaker_emb": speaker / speaker.norm(),
            "clap_emb": None,
            "cond_prompt_speech_tokens": torch.randint(6561, (1, 150), generator=random),
            "cond_prompt_speech_emb": None,
            "emotion_adv": torch.full((1, 1, 1), 0.5),
        },
        "gen": {
            "prompt_token": torch.randint(6561, (1, count), generator=random),
            "prompt_token_len": torch.tensor([count]),
            "prompt_feat": torch.randn(1, 2 * count, 80, generator=random) * 2 - 5,
            "prompt_feat_len": None,
            "embedding": torch.randn(1, 192, generator=random),
        },
    }


def _below(prefix: str, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    return {name.removeprefix(prefix): shape for name, shape in shapes.items() if name.startswith(prefix)}


def _draw(shapes: Mapping[str, Shape], seed: int, gain: float = 1.0) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(seed)
    return {name: _value(name, shape, gain, random) for name, shape in shapes.items()}


def _value(name: str, shape: Shape, gain: float, random: torch.Generator) -> Tensor:
    """Matrices scale what passes through them by `gain`; norms, biases and statistics stay close to neutral."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(1)
    noise = torch.randn(shape, generator=random)
    if len(shape) > 1:
        return noise * (gain / math.sqrt(noise[0].numel()))
    neutral = 1.0 if name.endswith(("weight", "running_var")) else 0.0
    return neutral + 0.1 * noise
