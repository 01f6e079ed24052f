"""What stands before the text: 34 embeddings that say whose voice it is and how much feeling it has.

Source: `T3CondEnc` and `Perceiver` of chatterbox-tts 0.1.7.
"""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from service.models.chatterbox.t3.checkpoint import Checkpoint

LENGTH = 34
_HEADS = 4


class ConditionEncoder(nn.Module):
    """One row for the speaker, 32 that a Perceiver gathers from the prompt's tokens, one for the exaggeration."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        for name, weight in checkpoint.tables("cond_enc."):
            self.register_buffer(_plain(name), weight)

    def encode(self, speaker: Tensor, prompt: Tensor, exaggeration: float) -> Tensor:
        """Shape [LENGTH, 1024], from the speaker's embedding, [256], and those of the prompt's tokens, [n, 1024]."""
        who = self._project("spkr_enc", speaker.to(prompt)[None])
        gathered = self._attend(self.get_buffer("perceiver_pre_attention_query")[0], prompt)
        feeling = exaggeration * self.get_buffer("emotion_adv_fc_weight").T
        return torch.cat((who, self._attend(gathered, gathered), feeling))

    def _attend(self, x: Tensor, over: Tensor) -> Tensor:
        """The Perceiver's one block: it serves to gather, and again among what was gathered."""
        normal, others = self._normalise(x), self._normalise(over)
        queries, keys, values = self._split("to_q", normal), self._split("to_k", others), self._split("to_v", others)
        found = F.scaled_dot_product_attention(queries[None], keys[None], values[None])[0]
        return x + self._project("perceiver.attn.proj_out", found.transpose(0, 1).flatten(1))

    def _split(self, name: str, x: Tensor) -> Tensor:
        """Projected, by heads: [heads, n, width of a head]."""
        return self._project(f"perceiver.attn.{name}", x).view(len(x), _HEADS, -1).transpose(0, 1)

    def _normalise(self, x: Tensor) -> Tensor:
        weight, bias = self.get_buffer("perceiver_attn_norm_weight"), self.get_buffer("perceiver_attn_norm_bias")
        return F.layer_norm(x, weight.shape, weight, bias)

    def _project(self, name: str, x: Tensor) -> Tensor:
        plain = _plain(name)
        return F.linear(x, self.get_buffer(f"{plain}_weight"), self.get_buffer(f"{plain}_bias"))


def _plain(name: str) -> str:
    """A buffer's name has no dots."""
    return name.replace(".", "_")
