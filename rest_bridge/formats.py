"""Names of audio formats in HTTP, and what they are in the contract."""

from typing import Literal

from eslatam.tts.v1.audio_pb2 import AudioEncoding, AudioFormat

FormatName = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

PCM_RATE = 24_000
"""Samples per second of `pcm`: OpenAI's clients take it for granted."""

_ENCODINGS: dict[FormatName, AudioEncoding.ValueType] = {
    "mp3": AudioEncoding.AUDIO_ENCODING_MP3,
    "opus": AudioEncoding.AUDIO_ENCODING_OGG_OPUS,
    "aac": AudioEncoding.AUDIO_ENCODING_AAC,
    "flac": AudioEncoding.AUDIO_ENCODING_FLAC,
    "wav": AudioEncoding.AUDIO_ENCODING_WAV,
    "pcm": AudioEncoding.AUDIO_ENCODING_PCM_S16LE,
}
_MEDIA_TYPES = {
    AudioEncoding.AUDIO_ENCODING_PCM_S16LE: "audio/pcm",
    AudioEncoding.AUDIO_ENCODING_PCM_F32LE: "application/octet-stream",
    AudioEncoding.AUDIO_ENCODING_MULAW: "audio/basic",
    AudioEncoding.AUDIO_ENCODING_ALAW: "audio/x-alaw-basic",
    AudioEncoding.AUDIO_ENCODING_WAV: "audio/wav",
    AudioEncoding.AUDIO_ENCODING_FLAC: "audio/flac",
    AudioEncoding.AUDIO_ENCODING_OGG_OPUS: "audio/opus",
    AudioEncoding.AUDIO_ENCODING_MP3: "audio/mpeg",
    AudioEncoding.AUDIO_ENCODING_AAC: "audio/aac",
}


def choose_format(name: FormatName) -> AudioFormat:
    """The audio format that a format's name stands for."""
    return AudioFormat(encoding=_ENCODINGS[name], sample_rate_hertz=PCM_RATE if name == "pcm" else 0)


def find_media_type(format_: AudioFormat) -> str:
    """The Content-Type of audio in a format."""
    return _MEDIA_TYPES.get(format_.encoding, "application/octet-stream")
