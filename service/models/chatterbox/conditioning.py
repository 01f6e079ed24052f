"""A voice as Chatterbox needs it."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What one recording gives both networks. Tensors lie on the CPU and are never written to.

    `digest` names the recording and the revision of the networks that read it.
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
