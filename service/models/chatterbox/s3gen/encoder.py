"""Speech tokens to the mean mel that the flow starts from: a conformer at 25 Hz, then one at 50 Hz.

Source: the upsampling encoder of CosyVoice 2 (arXiv 2412.10117), without convolution modules. Attention with relative
positions is Transformer-XL's (arXiv 1901.02860); its 3 tokens of look-ahead are in the first convolution only.
"""

from math import inf, log, sqrt

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, linear, silu

from service.models.chatterbox.s3gen.attention import HEAD, HEADS, SCALE, merge, split
from service.models.chatterbox.s3gen.context import Context, Way
from service.models.chatterbox.s3gen.layers import Linear, Weights

LOOKAHEAD = 3
"""Tokens after a block that it takes into account."""
LONGEST = 1280
"""Tokens that positions are made for: 10 s of reference and 40 s of a segment, and a little."""

_WIDTH = HEADS * HEAD
_UPSAMPLED = 2
"""Frames of 25 Hz before a block that its upsampling takes."""
_FINE = 1e-12
_QUERIES = 128
"""Queries whose scores are in memory at once: those by distance are for twice as many places as there are keys."""


Encoded = tuple[Context, Context]
"""What a block leaves, at either rate of frames."""


class Encoder:
    """Takes the weights `input_embedding`, `encoder` and `encoder_proj`."""

    def __init__(self, weights: Weights) -> None:
        self._embedding = weights.take("input_embedding.weight")
        self._ahead = weights.convolution("encoder.pre_lookahead_layer.conv1")
        self._behind = weights.convolution("encoder.pre_lookahead_layer.conv2")
        self._slow = _Stack(weights, "encoder.embed", "encoder.encoders", LONGEST)
        self._widen = weights.convolution("encoder.up_layer.conv")
        self._fast = _Stack(weights, "encoder.up_embed", "encoder.up_encoders", 2 * LONGEST)
        self._norm = weights.norm("encoder.after_norm")
        self._project = weights.linear("encoder_proj")

    def leave(self, tokens: int) -> Encoded:
        """What so many tokens leave, to be filled."""
        tails = self._behind.tail + _UPSAMPLED * _WIDTH
        return (
            Context.empty(self._embedding, self._slow.layers, tails, lanes=1, frames=tokens),
            Context.empty(self._embedding, self._fast.layers, 0, lanes=1, frames=2 * tokens),
        )

    def __call__(self, tokens: Tensor, known: Tensor, slow: Way, fast: Way) -> Tensor:
        """Mean mel of blocks of n tokens, shape [rows, 2 n, 80], each on its way at either rate.

        `tokens`, shape [rows, n + 3], are the block's and those that follow it; of a row's, the first `known` count.
        """
        x = self._slow.enter(self._embedding[tokens])
        x = x * (torch.arange(tokens.shape[1], device=x.device) < known[:, None])[..., None]
        ahead = leaky_relu(self._ahead(x))
        x = x[:, :-LOOKAHEAD] + self._behind(slow.extend(ahead, 2))
        x = self._slow(x, slow)
        x = self._widen(slow.extend(x, _UPSAMPLED).repeat_interleave(2, dim=1))
        x = self._fast(self._fast.enter(x), fast)
        return self._project(self._norm(x))


class _Stack:
    """The layers of one frame rate."""

    def __init__(self, weights: Weights, entry: str, layers: str, longest: int) -> None:
        self._linear = weights.linear(f"{entry}.out.0")
        self._norm = weights.norm(f"{entry}.out.1")
        waves = _waves(longest).to(weights.wide)
        self._layers = [_Layer(weights, name, waves) for name in weights.numbered(layers)]
        self.layers = len(self._layers)

    def enter(self, x: Tensor) -> Tensor:
        return self._norm(self._linear(x)) * sqrt(_WIDTH)

    def __call__(self, x: Tensor, way: Way) -> Tensor:
        for layer in self._layers:
            x = layer(x, way)
        return x


class _Layer:
    """Attention and feed-forward, each normalised before."""

    def __init__(self, weights: Weights, name: str, waves: Tensor) -> None:
        self._attention = _RelativeAttention(weights, f"{name}.self_attn", waves)
        self._first_norm = weights.norm(f"{name}.norm_mha", _FINE)
        self._second_norm = weights.norm(f"{name}.norm_ff", _FINE)
        self._widen = weights.linear(f"{name}.feed_forward.w_1")
        self._narrow = weights.linear(f"{name}.feed_forward.w_2")

    def __call__(self, x: Tensor, way: Way) -> Tensor:
        x = x + self._attention(self._first_norm(x), way)
        return x + self._narrow(silu(self._widen(self._second_norm(x))))


class _RelativeAttention:
    """A score is `(q + u) k + (q + v) p`, p the projected position of the key seen from the query.

    Queries are projected as q + u, so `shift` is v - u. `positions`, shape [8, 64, 2 * longest - 1], goes from the
    farthest key in the past to the farthest in the future.
    """

    def __init__(self, weights: Weights, name: str, waves: Tensor) -> None:
        u, v = (weights.raw(f"{name}.pos_bias_{letter}") for letter in "uv")
        matrices = [weights.raw(f"{name}.linear_{letter}.weight") for letter in "qkv"]
        biases = [weights.raw(f"{name}.linear_{letter}.bias") for letter in "qkv"]
        matrices[0] = matrices[0] * SCALE
        biases[0] = (biases[0] + u.flatten()) * SCALE
        self._project = Linear(weights.keep(torch.cat(matrices)), weights.keep(torch.cat(biases)))
        self._shift = weights.keep((v - u)[:, None] * SCALE)
        projected = linear(waves, weights.raw(f"{name}.linear_pos.weight"))
        self._positions = weights.keep(projected.view(-1, HEADS, HEAD).permute(1, 2, 0))
        self._out = weights.linear(f"{name}.linear_out")

    def __call__(self, x: Tensor, way: Way) -> Tensor:
        queries, others = split(self._project(x))
        seen = way.recall(others)
        found = []
        for first in range(0, x.shape[1], _QUERIES):
            piece = queries[:, first : first + _QUERIES]
            scores = torch.bmm(piece, seen.keys.mT)
            scores[..., seen.length :] = -inf
            if seen.mask is not None:
                scores.view(len(x), HEADS, *scores.shape[1:]).add_(seen.mask)
            blocks = torch.split(scores[..., : seen.length], seen.lengths, dim=-1)
            for block, distance in zip(blocks, way.distances, strict=True):
                block += self._by_distance(piece, block.shape[2], distance + first)
            found.append(torch.bmm(scores.softmax(-1), seen.values))
        return self._out(merge(torch.cat(found, dim=1)))

    def _by_distance(self, queries: Tensor, length: int, distance: int | Tensor) -> Tensor:
        """What so many keys score by position; `distance` is that of the first query from the first of them."""
        lanes, count, _ = queries.shape
        span = count + length - 1
        first = self._positions.shape[2] // 2 - distance - count + 1
        if isinstance(first, int):
            places = self._positions[:, :, first : first + span]
        else:
            index = first[:, None] + torch.arange(span, device=first.device)
            places = self._positions[:, :, index.clamp(min=0)].permute(2, 0, 1, 3)
        scores = torch.matmul(queries.view(-1, HEADS, count, HEAD) + self._shift, places)
        return scores.as_strided((lanes, count, length), (count * span, span - 1, 1), count - 1)


def _waves(longest: int) -> Tensor:
    """Sines and cosines of every distance from `longest - 1` down to `1 - longest`, shape [2 * longest - 1, 512]."""
    slowness = torch.exp(torch.arange(0, _WIDTH, 2, dtype=torch.float32) * -(log(10000) / _WIDTH))
    angles = torch.arange(longest - 1, -longest, -1)[:, None] * slowness
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
