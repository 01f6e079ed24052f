"""Reference recordings, which strangers send: decoded with nothing but their own bytes, and never past a limit."""

import io
from collections.abc import Iterator
from typing import cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from service.audio.isomedia import promises_too_much
from service.audio.samples import Samples, silence
from service.errors import Reason, ServiceError

_CONTAINERS = "aac,aiff,amr,au,caf,flac,matroska,mov,mp3,mp4,ogg,w64,wav,webm"
_CODECS = (
    "aac,alac,amrnb,amrwb,flac,libopus,mp2,mp2float,mp3,mp3float,opus,vorbis,adpcm_ima_wav,adpcm_ms,"
    "pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,"
    "pcm_s32be,pcm_s32le,pcm_s8,pcm_u8"
)
# Playlists and the like are no container here, and if one were, it could open nothing.
_OPTIONS = {"format_whitelist": _CONTAINERS, "codec_whitelist": _CODECS, "protocol_whitelist": "none"}
_RATES = range(8_000, 192_001)
_MOST_CHANNELS = 6


def decode_clip(data: bytes, *, max_seconds: float) -> tuple[Samples, int]:
    """Mono samples of shape [n] in [-1, 1], and their rate in Hz.

    Damaged packets are skipped, as players do. Raises ServiceError BAD_REFERENCE_AUDIO for what cannot be
    decoded, holds no sound, or is longer than `max_seconds`, past which nothing is decoded.
    """
    if promises_too_much(data):
        raise _undecodable()
    try:
        with av.open(io.BytesIO(data), "r", container_options=_OPTIONS) as container:
            samples, rate = _read(container, max_seconds)
    except (av.FFmpegError, ValueError):
        raise _undecodable() from None
    if not len(samples) or not np.isfinite(samples).all():
        raise _undecodable()
    return np.clip(samples, -1.0, 1.0), rate


def _read(container: InputContainer, max_seconds: float) -> tuple[Samples, int]:
    stream = next(iter(container.streams.audio), None)
    if stream is None or not _is_usable(stream):
        raise _undecodable()
    rate = stream.codec_context.sample_rate
    resampler = AudioResampler(format="flt", rate=rate)
    most = round(max_seconds * rate)
    parts = [silence(0)]
    count = 0
    for frame in _frames(container, stream):
        parts += map(_mix, resampler.resample(frame))
        count += 0 if frame is None else frame.samples
        if count > most:
            raise _too_long(max_seconds)
    return np.concatenate(parts), rate


def _mix(frame: AudioFrame) -> Samples:
    """The mean of the channels, because ffmpeg's own mix to mono makes two equal ones louder than either."""
    interleaved = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return cast(Samples, interleaved.mean(axis=1, dtype=np.float32))


def _is_usable(stream: AudioStream) -> bool:
    context: AudioCodecContext | None = stream.codec_context  # None where ffmpeg knows no decoder
    return (
        context is not None
        and context.name in _CODECS.split(",")
        and context.sample_rate in _RATES
        and 1 <= context.channels <= _MOST_CHANNELS
    )


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame | None]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue
    yield None


def _undecodable() -> ServiceError:
    return ServiceError(
        Reason.BAD_REFERENCE_AUDIO,
        en="The reference audio cannot be read; send a recording as WAV, FLAC, MP3, M4A, Ogg or WebM.",
        es="No se puede leer el audio de referencia; hay que enviar una grabación en WAV, FLAC, MP3, M4A, Ogg o WebM.",
    )


def _too_long(max_seconds: float) -> ServiceError:
    return ServiceError(
        Reason.BAD_REFERENCE_AUDIO,
        en=f"The reference audio is longer than {max_seconds:g} seconds; send a shorter piece.",
        es=f"El audio de referencia dura más de {max_seconds:g} segundos; hay que enviar un fragmento más corto.",
    )
