"""Random weights of S3Gen's encoder and flow, in the names of the package's state dict under `flow.`.

Shaped so that a mel comes out, near -5 with a deviation of about 2, and depends on all that goes in: attention is
uneven, and what each layer adds is neither lost beside its input nor drowns it.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

ENCODER, HIDDEN, CHANNELS, ATTENTION, TIME, MELS = 512, 2048, 256, 512, 1024, 80
INPUTS = 4 * MELS
SHARP = 1.3
"""Gain of queries and keys: scores deviate by its square."""


def flow_weights(seed: int, mid_blocks: int = 12, layers: int = 6) -> dict[str, Tensor]:
    """The state dict, float32: 112 M weights with the checkpoint's depths, which tests make smaller."""
    return dict(_Maker(seed).flow(mid_blocks, layers))


class _Maker:
    def __init__(self, seed: int) -> None:
        self._random = torch.Generator().manual_seed(seed)

    def flow(self, mid_blocks: int, layers: int) -> Iterator[tuple[str, Tensor]]:
        yield "input_embedding.weight", self._draw(6561, ENCODER)
        yield from self._linear("spk_embed_affine_layer", MELS, 192, gain=192**0.5)
        yield from self._encoder("encoder", layers)
        yield from self._linear("encoder_proj", MELS, ENCODER)
        yield from self._estimator("decoder.estimator", mid_blocks)

    def _encoder(self, name: str, layers: int) -> Iterator[tuple[str, Tensor]]:
        for entry in ("embed", "up_embed"):
            yield from self._linear(f"{name}.{entry}.out.0", ENCODER, ENCODER)
            yield from self._norm(f"{name}.{entry}.out.1", ENCODER)
        yield from self._norm(f"{name}.after_norm", ENCODER)
        yield from self._convolution(f"{name}.pre_lookahead_layer.conv1", ENCODER, ENCODER, 4)
        yield from self._convolution(f"{name}.pre_lookahead_layer.conv2", ENCODER, ENCODER, 3)
        yield from self._convolution(f"{name}.up_layer.conv", ENCODER, ENCODER, 5)
        for i in range(layers):
            yield from self._layer(f"{name}.encoders.{i}")
        for i in range(4):
            yield from self._layer(f"{name}.up_encoders.{i}")

    def _layer(self, name: str) -> Iterator[tuple[str, Tensor]]:
        """Its input deviates by 23, so what it adds is large."""
        for letter, gain in (("q", SHARP), ("k", SHARP), ("v", 3.0), ("out", 3.0)):
            yield from self._linear(f"{name}.self_attn.linear_{letter}", ENCODER, ENCODER, gain=gain)
        yield f"{name}.self_attn.linear_pos.weight", self._draw(ENCODER, ENCODER, gain=(2 / ENCODER) ** 0.5)
        yield f"{name}.self_attn.pos_bias_u", self._draw(8, 64, gain=0.5)
        yield f"{name}.self_attn.pos_bias_v", self._draw(8, 64, gain=0.5)
        yield from self._linear(f"{name}.feed_forward.w_1", HIDDEN, ENCODER)
        yield from self._linear(f"{name}.feed_forward.w_2", ENCODER, HIDDEN, gain=12)
        yield from self._norm(f"{name}.norm_mha", ENCODER)
        yield from self._norm(f"{name}.norm_ff", ENCODER)

    def _estimator(self, name: str, mid_blocks: int) -> Iterator[tuple[str, Tensor]]:
        yield from self._linear(f"{name}.time_mlp.linear_1", TIME, INPUTS)
        yield from self._linear(f"{name}.time_mlp.linear_2", TIME, TIME, gain=2)
        yield from self._stage(f"{name}.down_blocks.0", INPUTS)
        yield from self._convolution(f"{name}.down_blocks.0.2", CHANNELS, CHANNELS, 3)
        for i in range(mid_blocks):
            yield from self._stage(f"{name}.mid_blocks.{i}", CHANNELS)
        yield from self._stage(f"{name}.up_blocks.0", 2 * CHANNELS)
        yield from self._convolution(f"{name}.up_blocks.0.2", CHANNELS, CHANNELS, 3)
        yield from self._convolution(f"{name}.final_block.block.0", CHANNELS, CHANNELS, 3)
        yield from self._norm(f"{name}.final_block.block.2", CHANNELS)
        yield from self._convolution(f"{name}.final_proj", MELS, CHANNELS, 1, gain=2.5, middle=-5)

    def _stage(self, name: str, inputs: int) -> Iterator[tuple[str, Tensor]]:
        yield from self._linear(f"{name}.0.mlp.1", CHANNELS, TIME)
        yield from self._convolution(f"{name}.0.block1.block.0", CHANNELS, inputs, 3)
        yield from self._norm(f"{name}.0.block1.block.2", CHANNELS)
        yield from self._convolution(f"{name}.0.block2.block.0", CHANNELS, CHANNELS, 3)
        yield from self._norm(f"{name}.0.block2.block.2", CHANNELS)
        yield from self._convolution(f"{name}.0.res_conv", CHANNELS, inputs, 1)
        for i in range(4):
            yield from self._block(f"{name}.1.{i}")

    def _block(self, name: str) -> Iterator[tuple[str, Tensor]]:
        for letter, gain in (("q", SHARP), ("k", SHARP), ("v", 1.0)):
            spread = gain / CHANNELS**0.5
            yield f"{name}.attn1.to_{letter}.weight", self._draw(ATTENTION, CHANNELS, gain=spread)
        yield from self._linear(f"{name}.attn1.to_out.0", CHANNELS, ATTENTION, gain=0.4)
        yield from self._linear(f"{name}.ff.net.0.proj", TIME, CHANNELS)
        yield from self._linear(f"{name}.ff.net.2", CHANNELS, TIME, gain=0.6)
        yield from self._norm(f"{name}.norm1", CHANNELS)
        yield from self._norm(f"{name}.norm3", CHANNELS)

    def _linear(self, name: str, out: int, inner: int, gain: float = 1.0) -> Iterator[tuple[str, Tensor]]:
        yield f"{name}.weight", self._draw(out, inner, gain=gain / inner**0.5)
        yield f"{name}.bias", self._draw(out, gain=0.05)

    def _convolution(
        self, name: str, out: int, inner: int, width: int, gain: float = 1.0, middle: float = 0.0
    ) -> Iterator[tuple[str, Tensor]]:
        yield f"{name}.weight", self._draw(out, inner, width, gain=gain / (inner * width) ** 0.5)
        yield f"{name}.bias", middle + self._draw(out, gain=0.05)

    def _norm(self, name: str, channels: int) -> Iterator[tuple[str, Tensor]]:
        yield f"{name}.weight", 1 + self._draw(channels, gain=0.1)
        yield f"{name}.bias", self._draw(channels, gain=0.1)

    def _draw(self, *shape: int, gain: float = 1.0) -> Tensor:
        return gain * torch.randn(shape, generator=self._random)
