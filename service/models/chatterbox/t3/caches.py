"""Keys and values of one sequence, and how a run of new positions is added to them."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.t3.blocks import HEADS
from service.models.chatterbox.t3.conditions import LENGTH
from service.models.chatterbox.t3.knobs import Knobs
from service.models.chatterbox.t3.network import Network
from service.models.chatterbox.t3.rotation import HEAD


@dataclass(frozen=True, slots=True, eq=False)
class Cache:
    """Shape [layers, lanes, HEADS, positions, HEAD] each: one lane for the text, one without it where it is guided."""

    keys: Tensor
    values: Tensor

    @classmethod
    def empty(cls, network: Network, lanes: int, positions: int) -> "Cache":
        shape = (network.layers, lanes, HEADS, positions, HEAD)
        keys, values = (torch.zeros(shape, dtype=network.kept, device=network.device) for _ in range(2))
        return cls(keys, values)

    def lanes(self, lanes: slice) -> "Cache":
        return Cache(self.keys[:, lanes], self.values[:, lanes])

    def resized(self, lanes: int, positions: int) -> "Cache":
        """With room for so many: what does not fit any more is left out, what is new is zeros."""
        more = (0, 0, 0, positions - self.keys.shape[3], 0, 0, 0, lanes - self.keys.shape[1])
        return Cache(F.pad(self.keys, more), F.pad(self.values, more))

    @property
    def nbytes(self) -> int:
        return self.keys.nbytes + self.values.nbytes

    def begin_with(self, prefix: "Cache") -> None:
        """Takes over a cache of one lane in every lane."""
        length = prefix.keys.shape[3]
        self.keys[:, :, :, :length] = prefix.keys
        self.values[:, :, :, :length] = prefix.values


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """A sequence before its first step: what comes before the text, and the text's embeddings, [lanes, n, 1024]."""

    prefix: Cache
    text: Tensor
    knobs: Knobs
    seed: int
    max_tokens: int


def read_voice(network: Network, voice: Conditioning, exaggeration: float) -> Cache:
    """One lane of `LENGTH` positions: they come before the text, so both lanes of a row have the same."""
    cache = Cache.empty(network, 1, LENGTH)
    extend(network, cache, 0, network.embed_conditions(voice, exaggeration)[None])
    return cache


def extend(network: Network, cache: Cache, start: int, x: Tensor) -> None:
    """Runs embeddings of shape [lanes, n, 1024] through the network from position `start` on."""
    lanes, length, _ = x.shape
    end = start + length
    visible = torch.ones(length, end, dtype=torch.bool, device=x.device).tril(start)

    def attend(layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        queries, keys, values = (t.view(lanes, length, HEADS, HEAD).transpose(1, 2) for t in (queries, keys, values))
        cache.keys[layer, :, :, start:end] = keys
        cache.values[layer, :, :, start:end] = values
        seen = cache.keys[layer, :, :, :end], cache.values[layer, :, :, :end]
        found = F.scaled_dot_product_attention(queries.to(cache.keys.dtype), *seen, attn_mask=visible)
        return found.to(queries).transpose(1, 2).flatten(0, 1)

    network.run(x.flatten(0, 1), torch.arange(start, end, device=x.device).repeat(lanes), attend)
