"""FLAC, Ogg Opus, MP3 and AAC, coded and wrapped by ffmpeg."""

import io
from dataclasses import dataclass, field
from typing import Protocol, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import Flags

from service.audio.formats import AudioFormat, Encoding
from service.audio.samples import Blocks, Samples, to_int16


@dataclass(frozen=True, slots=True)
class _Recipe:
    codec: str
    sample_format: str
    container: str
    options: dict[str, str] = field(default_factory=dict)


_RECIPES = {
    Encoding.FLAC: _Recipe("flac", "s16", "flac", {"metadata_header_padding": "0"}),
    # A page in microseconds: short enough for the first to leave within 200 ms, long enough to cost few bytes.
    Encoding.OGG_OPUS: _Recipe("libopus", "flt", "ogg", {"page_duration": "80000"}),
    # An Xing header would need a seek back to its place once the length is known.
    Encoding.MP3: _Recipe("libmp3lame", "fltp", "mp3", {"write_xing": "0", "id3v2_version": "0"}),
    Encoding.AAC: _Recipe("aac", "fltp", "adts"),
}


class _Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


class _Sink:
    """An append-only file: it cannot seek, so ffmpeg never goes back to mend a header."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes, /) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


class _Muxer:
    """Codes blocks of the codec's own size, so that the bytes do not depend on how the samples came in."""

    def __init__(self, audio: AudioFormat, file: _Writable) -> None:
        recipe = _RECIPES[audio.encoding]
        self._rate = audio.sample_rate
        self._sample_format = recipe.sample_format
        self._container = av.open(file, "w", format=recipe.container, container_options=recipe.options)
        # bitexact: no random serial number, no version in the headers.
        self._container.flags = cast(int, (Flags.flush_packets | Flags.bitexact).value)
        self._stream = cast(AudioStream, self._container.add_stream(recipe.codec, rate=audio.sample_rate))
        context = self._stream.codec_context
        context.layout, context.format, context.thread_count = "mono", recipe.sample_format, 1
        if audio.bit_rate:
            context.bit_rate = audio.bit_rate
        self._container.start_encoding()
        self._blocks = Blocks(context.frame_size)
        self._position = 0

    def write(self, samples: Samples) -> None:
        for block in self._blocks.cut(samples):
            self._encode(block)

    def finish(self) -> None:
        rest = self._blocks.rest()
        if len(rest):
            self._encode(rest)
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def _encode(self, block: Samples) -> None:
        plane = to_int16(block) if self._sample_format == "s16" else np.clip(block, -1.0, 1.0)
        frame = AudioFrame.from_ndarray(plane[None], format=self._sample_format, layout="mono")
        frame.sample_rate = self._rate
        frame.pts = self._position
        self._position += len(block)
        self._container.mux(self._stream.encode(frame))


class ContainerEncoder:
    """A stream in a container; each call returns every byte that exists by then."""

    def __init__(self, audio: AudioFormat) -> None:
        self._sink = _Sink()
        self._muxer = _Muxer(audio, self._sink)

    def encode(self, samples: Samples) -> bytes:
        self._muxer.write(samples)
        return self._sink.take()

    def finish(self) -> bytes:
        self._muxer.finish()
        return self._sink.take()


def encode_seekable(samples: Samples, audio: AudioFormat) -> bytes:
    """The whole recording, with a header that knows its length where the container has a place for it."""
    file = io.BytesIO()
    muxer = _Muxer(audio, file)
    muxer.write(samples)
    muxer.finish()
    return file.getvalue()
