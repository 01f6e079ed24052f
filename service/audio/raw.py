"""Encodings that need no codec of their own: PCM, G.711 and WAV."""

import struct
from collections.abc import Callable
from functools import cache
from typing import cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from service.audio.samples import Samples, to_int16

_UNBOUNDED = 0xFFFFFFFF
_HEADER_AFTER_SIZE = 36


class RawEncoder:
    """Headerless samples, each on its own."""

    def __init__(self, pack: Callable[[Samples], bytes]) -> None:
        self._pack = pack

    def encode(self, samples: Samples) -> bytes:
        return self._pack(samples)

    def finish(self) -> bytes:
        return b""


class WavEncoder:
    """WAV of a length not known yet: both sizes are 0xFFFFFFFF, which readers take as "until the end"."""

    def __init__(self, sample_rate: int) -> None:
        self._header = wav_header(sample_rate, _UNBOUNDED)

    def encode(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + pack_s16(samples)

    def finish(self) -> bytes:
        header, self._header = self._header, b""
        return header


def wav_header(sample_rate: int, data_size: int) -> bytes:
    """44 bytes before `data_size` bytes of mono 16-bit PCM."""
    riff_size = min(data_size + _HEADER_AFTER_SIZE, _UNBOUNDED)
    pcm, channels, width = 1, 1, 2
    shape = struct.pack("<HHIIHH", pcm, channels, sample_rate, sample_rate * width, width, 8 * width)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", riff_size, b"WAVE", b"fmt ", len(shape))
        + shape
        + struct.pack("<4sI", b"data", data_size)
    )


def pack_s16(samples: Samples) -> bytes:
    """Two bytes a sample, little-endian."""
    return to_int16(samples).tobytes()


def pack_f32(samples: Samples) -> bytes:
    """Four bytes a sample, little-endian, clipped to [-1, 1]."""
    return np.clip(samples, -1.0, 1.0).astype("<f4").tobytes()


def pack_mulaw(samples: Samples) -> bytes:
    """One byte a sample, G.711 mu-law."""
    return _compand(samples, "pcm_mulaw")


def pack_alaw(samples: Samples) -> bytes:
    """One byte a sample, G.711 A-law."""
    return _compand(samples, "pcm_alaw")


def _compand(samples: Samples, codec: str) -> bytes:
    return _table(codec)[to_int16(samples).astype(np.int32) + 32768].tobytes()


@cache
def _table(codec: str) -> NDArray[np.uint8]:
    """The code of each 16-bit value from -32768 on, as ffmpeg gives it."""
    context = cast(AudioCodecContext, av.CodecContext.create(codec, "w"))
    context.sample_rate, context.format, context.layout = 8000, "s16", "mono"
    frame = AudioFrame.from_ndarray(np.arange(-32768, 32768, dtype=np.int16)[None], format="s16", layout="mono")
    frame.sample_rate = 8000
    packets = [*context.encode(frame), *context.encode(None)]
    return np.frombuffer(b"".join(map(bytes, packets)), np.uint8)
