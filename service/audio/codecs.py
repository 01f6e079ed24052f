"""ffmpeg's encoders, fed in blocks of their own size."""

import contextlib
import ctypes
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av import _core
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

from service.audio.samples import Blocks, Samples, to_int16

# PyAV puts a filter graph before each encoder, and ffmpeg would give each graph a thread for every core.
with contextlib.suppress(OSError, AttributeError):
    ctypes.CDLL(_core.__file__).av_cpu_force_count(1)


class Codec:
    """One stream through one encoder. The packets do not depend on how the samples were cut up."""

    def __init__(self, name: str, sample_format: str, sample_rate: int, bit_rate: int) -> None:
        context = cast(AudioCodecContext, av.CodecContext.create(name, "w"))
        context.sample_rate, context.layout, context.format = sample_rate, "mono", sample_format
        context.thread_count = 1
        if bit_rate:
            context.bit_rate = bit_rate
        context.open()
        self._context = context
        self._sample_format = sample_format
        self._position = 0
        self._blocks = Blocks(context.frame_size)

    @property
    def head(self) -> bytes:
        """What a decoder must know before the first packet."""
        return self._context.extradata or b""

    def encode(self, samples: Samples) -> list[bytes]:
        """The packets that are complete by now."""
        return [packet for block in self._blocks.cut(samples) for packet in self._encode(block)]

    def finish(self) -> list[bytes]:
        """The last packets: the encoder's delay and what was short of a block."""
        rest = self._blocks.rest()
        packets = self._encode(rest) if len(rest) else []
        return packets + [bytes(packet) for packet in self._context.encode(None)]

    def _encode(self, block: Samples) -> list[bytes]:
        plane = to_int16(block) if self._sample_format == "s16" else np.clip(block, -1.0, 1.0)
        frame = AudioFrame.from_ndarray(plane[None], format=self._sample_format, layout="mono")
        frame.sample_rate = self._context.sample_rate
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = self._position
        self._position += len(block)
        return [bytes(packet) for packet in self._context.encode(frame)]
