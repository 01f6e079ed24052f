"""What a caller may ask for, and how the contract writes it."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from google.protobuf.duration_pb2 import Duration

from eslatam.tts.v1 import audio_pb2, speech_pb2

Encoding = Literal["wav", "mp3", "opus", "aac", "flac", "pcm", "pcm_f32le", "mulaw", "alaw"]
"""Form of the audio. `pcm` is headerless signed 16-bit little-endian; `opus` is in Ogg, `aac` in ADTS."""

ENCODINGS: Mapping[Encoding, audio_pb2.AudioEncoding.ValueType] = {
    "wav": audio_pb2.AUDIO_ENCODING_WAV,
    "mp3": audio_pb2.AUDIO_ENCODING_MP3,
    "opus": audio_pb2.AUDIO_ENCODING_OGG_OPUS,
    "aac": audio_pb2.AUDIO_ENCODING_AAC,
    "flac": audio_pb2.AUDIO_ENCODING_FLAC,
    "pcm": audio_pb2.AUDIO_ENCODING_PCM_S16LE,
    "pcm_f32le": audio_pb2.AUDIO_ENCODING_PCM_F32LE,
    "mulaw": audio_pb2.AUDIO_ENCODING_MULAW,
    "alaw": audio_pb2.AUDIO_ENCODING_ALAW,
}

_KNOBS = speech_pb2.GenerationOptions.DESCRIPTOR.fields_by_name


class TextOptions(TypedDict, total=False):
    """How to read a text. What is None or left out is for the server to choose."""

    language: str | None
    """BCP-47 language of the text."""
    split: bool | None
    """Whether to cut the text at every sentence, or only where the model must."""
    target_characters: int | None
    """Length of a segment to aim for, 50 to 500 characters."""
    lexicon: Mapping[str, str]
    """Words and what is said in their place."""
    markup: Literal["plain", "ssml"] | None
    """How the text is written."""


class Options(TextOptions, total=False):
    """How to say a text. What is None or left out is for the server to choose, but for `encoding`."""

    voice: str | bytes | os.PathLike[str] | None
    """A stored voice by its id; or a clip to imitate in this request only, as its bytes or a Path."""
    model: str | None
    """Id of the model."""
    encoding: Encoding
    """Form of the audio, `wav` unless said."""
    sample_rate: int | None
    """Samples per second."""
    bit_rate: int | None
    """Bits per second of a lossy encoding."""
    speaking_rate: float | None
    """Speed of the speech, 0.25 to 4; 1 is natural."""
    seed: int | None
    """Seed of the sampler; `header.seed` tells which one was used."""
    temperature: float | None
    """Sampling temperature, above 0 and up to 5."""
    exaggeration: float | None
    """Emotional intensity, 0 to 2; 0.5 is neutral."""
    cfg_weight: float | None
    """Weight of the guidance, 0 (off) to 1."""
    min_p: float | None
    """Minimum probability of a token, relative to the likeliest, 0 to 1."""
    top_p: float | None
    """Probability mass that is sampled from, above 0 and up to 1."""
    top_k: int | None
    """Number of likeliest tokens that are sampled from."""
    repetition_penalty: float | None
    """Penalty on tokens already spoken, 1 to 3."""
    timestamps: Sequence[Literal["segment", "word"]]
    """Timings to return beside the audio."""
    priority: Literal["interactive", "standard", "batch"] | None
    """Someone is listening, someone is waiting, or nobody is."""


class StreamOptions(Options, total=False):
    """How to say a text, and how its stream is paced."""

    chunk_duration: float | None
    """Seconds of audio per chunk, 0.02 to 2."""
    max_lead: float | None
    """Seconds that audio may run ahead of its playback, 1 to 3600. Whoever saves a file wants many."""


def write_request(text: str, options: Options) -> speech_pb2.SynthesizeRequest:
    """The request of Synthesize. Raises TypeError for an option there is not, ValueError for a value."""
    _check_names(options, Options)
    return speech_pb2.SynthesizeRequest(utterance=_utterance(text, options))


def write_stream_request(text: str, options: StreamOptions) -> speech_pb2.SynthesizeStreamRequest:
    """The request of SynthesizeStream. Raises as `write_request`."""
    _check_names(options, StreamOptions)
    return speech_pb2.SynthesizeStreamRequest(
        utterance=_utterance(text, options),
        stream=speech_pb2.StreamOptions(
            chunk_duration=_duration(options.get("chunk_duration")), max_lead=_duration(options.get("max_lead"))
        ),
    )


def write_normalize_request(text: str, options: TextOptions) -> speech_pb2.NormalizeTextRequest:
    """The request of NormalizeText. Raises as `write_request`."""
    _check_names(options, TextOptions)
    return speech_pb2.NormalizeTextRequest(
        text=text,
        language_code=options.get("language") or "",
        segmentation=_segmentation(options),
        lexicon=_lexicon(options.get("lexicon", {})),
        markup=_markup(options),
    )


def resource(collection: str, identifier: str) -> str:
    """The contract's name of a resource, "voices/default" for "default"."""
    return identifier if identifier.startswith(f"{collection}/") else f"{collection}/{identifier}"


def _check_names(options: TextOptions, known: type[TextOptions]) -> None:
    if unknown := options.keys() - known.__annotations__.keys():
        raise TypeError(f"There is no option {min(unknown)!r}.")


def _utterance(text: str, options: Options) -> speech_pb2.Utterance:
    model, priority = options.get("model"), options.get("priority")
    return speech_pb2.Utterance(
        text=text,
        options=speech_pb2.SpeechOptions(
            voice=_voice(options.get("voice")),
            language_code=options.get("language") or "",
            model=resource("models", model) if model else "",
            audio_format=_audio_format(options),
            generation=_generation(options),
            timestamps=map(_granularity, options.get("timestamps", ())),
            priority=speech_pb2.Priority.Value(f"PRIORITY_{(priority or 'unspecified').upper()}"),
            segmentation=_segmentation(options),
            lexicon=_lexicon(options.get("lexicon", {})),
            markup=_markup(options),
        ),
    )


def _voice(voice: str | bytes | os.PathLike[str] | None) -> speech_pb2.VoiceSelector | None:
    match voice:
        case None:
            return None
        case str():
            return speech_pb2.VoiceSelector(name=resource("voices", voice))
        case bytes():
            return speech_pb2.VoiceSelector(reference_audio=voice)
        case _:
            return speech_pb2.VoiceSelector(reference_audio=Path(voice).read_bytes())


def _audio_format(options: Options) -> audio_pb2.AudioFormat:
    encoding = options.get("encoding", "wav")
    if encoding not in ENCODINGS:
        raise ValueError(f"There is no encoding {encoding!r}. Choose one of {', '.join(ENCODINGS)}.")
    return audio_pb2.AudioFormat(
        encoding=ENCODINGS[encoding],
        sample_rate_hertz=options.get("sample_rate") or 0,
        bit_rate_bps=options.get("bit_rate") or 0,
    )


def _generation(options: Options) -> speech_pb2.GenerationOptions:
    knobs = {name: value for name, value in cast("dict[str, Any]", options).items() if name in _KNOBS}
    return speech_pb2.GenerationOptions(**knobs)


def _granularity(name: str) -> speech_pb2.TimestampGranularity.ValueType:
    return speech_pb2.TimestampGranularity.Value(f"TIMESTAMP_GRANULARITY_{name.upper()}")


def _segmentation(options: TextOptions) -> speech_pb2.Segmentation:
    return speech_pb2.Segmentation(split=options.get("split"), target_characters=options.get("target_characters"))


def _markup(options: TextOptions) -> speech_pb2.Markup.ValueType:
    return speech_pb2.Markup.Value(f"MARKUP_{(options.get('markup') or 'unspecified').upper()}")


def _lexicon(words: Mapping[str, str]) -> list[speech_pb2.LexiconEntry]:
    return [speech_pb2.LexiconEntry(word=word, replacement=spoken) for word, spoken in words.items()]


def _duration(seconds: float | None) -> Duration | None:
    if seconds is None:
        return None
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration
