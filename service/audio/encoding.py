"""One door to every encoder."""

import hashlib
from collections.abc import Callable
from typing import Protocol

from service.audio import raw
from service.audio.codecs import Codec
from service.audio.containers import flac_head, open_container
from service.audio.formats import AudioFormat, Encoding
from service.audio.samples import Samples


class Encoder(Protocol):
    """One stream of bytes. Used by one thread at a time; may be dropped half way."""

    def encode(self, samples: Samples) -> bytes:
        """Takes samples of shape [n], clipped to [-1, 1]; gives every byte that exists by now, possibly none."""
        ...

    def finish(self) -> bytes:
        """The last bytes. Nothing can be encoded afterwards."""
        ...


_PACKS: dict[Encoding, Callable[[Samples], bytes]] = {
    Encoding.PCM_S16LE: raw.pack_s16,
    Encoding.PCM_F32LE: raw.pack_f32,
    Encoding.MULAW: raw.pack_mulaw,
    Encoding.ALAW: raw.pack_alaw,
}
_CODECS = {
    Encoding.FLAC: ("flac", "s16"),
    Encoding.OGG_OPUS: ("libopus", "flt"),
    Encoding.MP3: ("libmp3lame", "fltp"),
    Encoding.AAC: ("aac", "fltp"),
}


def open_encoder(audio_format: AudioFormat) -> Encoder:
    """An encoder whose bytes can be sent as they come: nothing written is ever changed."""
    if audio_format.encoding is Encoding.WAV:
        return raw.WavEncoder(audio_format.sample_rate)
    pack = _PACKS.get(audio_format.encoding)
    return _PacketEncoder(audio_format) if pack is None else raw.RawEncoder(pack)


def encode_whole(samples: Samples, audio_format: AudioFormat) -> bytes:
    """The whole recording at once: as the stream would be, but WAV and FLAC headers know the length."""
    if audio_format.encoding is Encoding.WAV:
        data = raw.pack_s16(samples)
        return raw.wav_header(audio_format.sample_rate, len(data)) + data
    if audio_format.encoding is Encoding.FLAC:
        return _encode_flac(samples, audio_format)
    encoder = open_encoder(audio_format)
    return encoder.encode(samples) + encoder.finish()


def _open_codec(audio_format: AudioFormat) -> Codec:
    return Codec(*_CODECS[audio_format.encoding], audio_format.sample_rate, audio_format.bit_rate)


class _PacketEncoder:
    """A codec and its container."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._codec = _open_codec(audio_format)
        self._container = open_container(audio_format, self._codec.head)
        self._unsent = self._container.start()
        self._taken = 0

    def encode(self, samples: Samples) -> bytes:
        start, self._unsent = self._unsent, b""
        self._taken += len(samples)
        return start + self._container.wrap(self._codec.encode(samples))

    def finish(self) -> bytes:
        start, self._unsent = self._unsent, b""
        return start + self._container.wrap(self._codec.finish()) + self._container.finish(self._taken)


def _encode_flac(samples: Samples, audio_format: AudioFormat) -> bytes:
    codec = _open_codec(audio_format)
    digest = hashlib.md5(raw.pack_s16(samples), usedforsecurity=False).digest()
    return flac_head(codec.head, len(samples), digest) + b"".join([*codec.encode(samples), *codec.finish()])
