"""Signals to encode, and decoders that are not ours."""

import io

import av
import numpy as np
import pytest
import soundfile

from service.audio import AudioFormat, Encoding, Samples, open_encoder, settle_format

_FFMPEG_NAMES = {
    Encoding.PCM_S16LE: "s16le",
    Encoding.PCM_F32LE: "f32le",
    Encoding.MULAW: "mulaw",
    Encoding.ALAW: "alaw",
    Encoding.AAC: "aac",
}
_SNDFILE_RAW = {
    Encoding.PCM_S16LE: "PCM_16",
    Encoding.PCM_F32LE: "FLOAT",
    Encoding.MULAW: "ULAW",
    Encoding.ALAW: "ALAW",
}


def decode_with_ffmpeg(data: bytes, audio_format: AudioFormat) -> Samples:
    """Samples at the rate of the file's own clock: 48 kHz for Opus."""
    name = _FFMPEG_NAMES.get(audio_format.encoding)
    options = {"sample_rate": str(audio_format.sample_rate)} if name and name != "aac" else {}
    with av.open(io.BytesIO(data), "r", format=name, options=options) as container:
        frames = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    samples = np.concatenate([np.zeros(0), *frames])
    return (samples / 32768 if frames and frames[0].dtype == np.int16 else samples).astype(np.float32)


def decode_with_sndfile(data: bytes, audio_format: AudioFormat) -> Samples:
    """Samples at the encoder's rate, also for Opus."""
    raw = _SNDFILE_RAW.get(audio_format.encoding)
    if raw is None:
        return soundfile.read(io.BytesIO(data), dtype="float32")[0]
    rate = audio_format.sample_rate
    return soundfile.read(
        io.BytesIO(data), dtype="float32", format="RAW", subtype=raw, samplerate=rate, channels=1, endian="LITTLE"
    )[0]


def settle(encoding: Encoding, sample_rate: int = 0, bit_rate: int = 0) -> AudioFormat:
    """A format of a model at 24 kHz."""
    return settle_format(encoding, sample_rate, bit_rate, model_rate=24_000)


def encode_stream(samples: Samples, audio_format: AudioFormat, sizes: list[int]) -> list[bytes]:
    """What an encoder gave for each chunk, the sizes taken in turn, and at the end."""
    encoder = open_encoder(audio_format)
    parts, start = [], 0
    while start < len(samples):
        size = sizes[len(parts) % len(sizes)]
        parts.append(encoder.encode(samples[start : start + size]))
        start += size
    return [*parts, encoder.finish()]


def sine(count: int, sample_rate: int, hertz: float = 440.0) -> Samples:
    """A tone of amplitude 0.5."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(count) / sample_rate)).astype(np.float32)


def babble(count: int, sample_rate: int) -> Samples:
    """Something with the spectrum and the swell of speech: harmonics of a moving pitch, and breath."""
    time = np.arange(count) / sample_rate
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 1.3 * time)) / sample_rate
    tones = sum(np.sin(k * phase) / k for k in range(1, 12))
    breath = 0.05 * np.random.default_rng(7).standard_normal(count)
    return (0.25 * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time)) * (tones + breath)).astype(np.float32)


def dominant_hertz(samples: Samples, sample_rate: int) -> float:
    """The strongest frequency, interpolated between bins."""
    power = np.log(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) + 1e-12)
    peak = int(np.argmax(power[1:-1])) + 1
    before, at, after = power[peak - 1 : peak + 2]
    return float((peak + 0.5 * (before - after) / (before - 2 * at + after)) * sample_rate / len(samples))


class Lab:
    """What the tests share, in one fixture: test modules cannot import each other here."""

    ffmpeg = staticmethod(decode_with_ffmpeg)
    sndfile = staticmethod(decode_with_sndfile)
    settle = staticmethod(settle)
    stream = staticmethod(encode_stream)
    sine = staticmethod(sine)
    babble = staticmethod(babble)
    hertz = staticmethod(dominant_hertz)


@pytest.fixture(scope="session")
def lab() -> type[Lab]:
    """Signals, decoders, measures."""
    return Lab
