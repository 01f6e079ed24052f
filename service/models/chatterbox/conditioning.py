"""A voice as Chatterbox needs it."""

from dataclasses import dataclass

import torch
from torch import Tensor

TOKENS = 6561
"""Speech tokens there are: their ids are below."""

PROMPT_LIMIT = 150
REFERENCE_LIMIT = 250
FRAMES_PER_TOKEN = 2


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What one recording gives both networks. Tensors lie on the CPU and are never written to.

    `digest` names the recording and the revision of the networks that read it: "{SHA-256}@{revision}".
    """

    digest: str
    speaker_embedding: Tensor
    """Voice encoder, shape [256], float32, length 1."""
    prompt_tokens: Tensor
    """Speech tokens of the first 6 s, for T3, shape [at most 150], int64."""
    reference_tokens: Tensor
    """Speech tokens of the first 10 s, for S3Gen, shape [n], n at most 250, int64."""
    reference_mel: Tensor
    """Log mel of the same 10 s at 50 frames a second, shape [2 n, 80], float32."""
    x_vector: Tensor
    """CAMPPlus, shape [192], float32."""

    @property
    def nbytes(self) -> int:
        """What its tensors take."""
        return sum(tensor.nbytes for tensor in self.tensors().values())

    def tensors(self) -> dict[str, Tensor]:
        """Its tensors by name."""
        return {
            "speaker_embedding": self.speaker_embedding,
            "prompt_tokens": self.prompt_tokens,
            "reference_tokens": self.reference_tokens,
            "reference_mel": self.reference_mel,
            "x_vector": self.x_vector,
        }

    def check(self) -> None:
        """ValueError names the tensor that is not of the shape, type or range promised here."""
        count = self.reference_tokens.numel()
        _check_values("speaker_embedding", self.speaker_embedding, (256,))
        _check_values("x_vector", self.x_vector, (192,))
        _check_tokens("prompt_tokens", self.prompt_tokens, PROMPT_LIMIT)
        _check_tokens("reference_tokens", self.reference_tokens, REFERENCE_LIMIT)
        _check_values("reference_mel", self.reference_mel, (FRAMES_PER_TOKEN * count, 80))


def pair(tokens: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
    """The first tokens, shape [n], and mel frames, shape [2 n, 80], as many as both have: 2 frames to a token."""
    count = min(len(tokens), len(mel) // FRAMES_PER_TOKEN)
    return tokens[:count], mel[: FRAMES_PER_TOKEN * count]


def _check_values(name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    if tensor.dtype != torch.float32 or tensor.shape != shape:
        raise ValueError(f"{name} is {_describe(tensor)}, not torch.float32 {list(shape)}")
    if not tensor.isfinite().all():
        raise ValueError(f"{name} holds values that are not finite")


def _check_tokens(name: str, tensor: Tensor, most: int) -> None:
    if tensor.dtype != torch.int64 or tensor.dim() != 1 or not 1 <= len(tensor) <= most:
        raise ValueError(f"{name} is {_describe(tensor)}, not torch.int64 [1 to {most}]")
    if not ((tensor >= 0) & (tensor < TOKENS)).all():
        raise ValueError(f"{name} holds ids that are no speech tokens")


def _describe(tensor: Tensor) -> str:
    return f"{tensor.dtype} {list(tensor.shape)}"
