"""One door to every encoder."""

from collections.abc import Callable
from typing import Protocol

from service.audio import raw
from service.audio.container import ContainerEncoder, encode_seekable
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


def open_encoder(audio_format: AudioFormat) -> Encoder:
    """An encoder whose bytes can be sent as they come: nothing written is ever changed."""
    if audio_format.encoding is Encoding.WAV:
        return raw.WavEncoder(audio_format.sample_rate)
    pack = _PACKS.get(audio_format.encoding)
    return ContainerEncoder(audio_format) if pack is None else raw.RawEncoder(pack)


def encode_whole(samples: Samples, audio_format: AudioFormat) -> bytes:
    """The whole recording at once: as the stream would be, but WAV and FLAC headers know the length."""
    if audio_format.encoding is Encoding.WAV:
        data = raw.pack_s16(samples)
        return raw.wav_header(audio_format.sample_rate, len(data)) + data
    if audio_format.encoding is Encoding.FLAC:
        return encode_seekable(samples, audio_format)
    encoder = open_encoder(audio_format)
    return encoder.encode(samples) + encoder.finish()
