"""What the service answers, as plain values. Times are seconds, ids come without their collection's name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.descriptor import EnumDescriptor

from eslatam._options import ENCODINGS
from eslatam.tts.v1 import audio_pb2, models_pb2, speech_pb2, voices_pb2

_ENCODING_NAMES = {number: name for name, number in ENCODINGS.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """What was settled on before the first sample. `voice` is empty for a clip.

    `fallback_reason` tells why `model` is not `requested_model`; empty if it is.
    """

    request_id: str
    voice: str
    model: str
    requested_model: str
    fallback_reason: str
    encoding: str
    sample_rate: int
    bit_rate: int
    seed: int
    segment_count: int
    target_characters: int
    watermarked: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What a finished synthesis was and cost. `finish_reason` is complete, length or interrupted."""

    finish_reason: str
    audio_duration: float
    sample_count: int
    character_count: int
    speech_token_count: int
    queue_duration: float
    first_audio_duration: float
    total_duration: float


@dataclass(frozen=True, slots=True)
class Timestamp:
    """When a span of the text is spoken. `offset` and `length` count characters of the text sent."""

    granularity: str
    text: str
    spoken_text: str
    offset: int
    length: int
    start: float
    end: float
    segment_index: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of audio. `start_sample` counts from the start of the stream."""

    data: bytes = field(repr=False)
    start_sample: int
    sample_count: int
    segment_index: int


@dataclass(frozen=True, slots=True)
class Speech:
    """A whole recording, with its container if the encoding has one."""

    audio: bytes = field(repr=False)
    header: Header
    summary: Summary
    timestamps: tuple[Timestamp, ...]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the recording to a file."""
        Path(path).write_bytes(self.audio)


@dataclass(frozen=True, slots=True)
class NormalizedSegment:
    """A unit spoken in one go, and the silence after it. `offset` and `length` count characters of the text sent."""

    text: str
    offset: int
    length: int
    pause: float


@dataclass(frozen=True, slots=True)
class NormalizedSpan:
    """What is said of a span of the text sent. `rule` changed it; empty if nothing did."""

    spoken_text: str
    offset: int
    length: int
    rule: str


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text as it would be said."""

    text: str
    segments: tuple[NormalizedSegment, ...]
    spans: tuple[NormalizedSpan, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """A stored voice. `source` is built_in or cloned; `models` can speak with it."""

    id: str
    display_name: str
    description: str
    languages: tuple[str, ...]
    models: tuple[str, ...]
    source: str
    labels: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `unavailable_reason` tells why it cannot speak on this server; empty if it can.

    `options` are the names of those it honours; `fallback` speaks in its place, if any does.
    """

    id: str
    display_name: str
    revision: str
    languages: tuple[str, ...]
    sample_rate: int
    options: tuple[str, ...]
    can_clone: bool
    has_word_timestamps: bool
    installed: bool
    unavailable_reason: str
    state: str
    device: str
    is_default: bool
    fallback: str


def read_header(header: speech_pb2.SynthesisHeader) -> Header:
    """The header of the contract as ours."""
    audio_format = header.audio_format
    return Header(
        request_id=header.request_id,
        voice=_id(header.voice),
        model=_id(header.model),
        requested_model=_id(header.requested_model),
        fallback_reason=header.fallback_reason,
        encoding=_ENCODING_NAMES.get(audio_format.encoding, str(audio_format.encoding)),
        sample_rate=audio_format.sample_rate_hertz,
        bit_rate=audio_format.bit_rate_bps,
        seed=header.seed,
        segment_count=header.segment_count,
        target_characters=header.target_characters,
        watermarked=header.watermarked,
    )


def read_summary(summary: speech_pb2.SynthesisSummary) -> Summary:
    """The summary of the contract as ours."""
    return Summary(
        finish_reason=_name(speech_pb2.FinishReason.DESCRIPTOR, summary.finish_reason),
        audio_duration=summary.audio_duration.ToTimedelta().total_seconds(),
        sample_count=summary.sample_count,
        character_count=summary.character_count,
        speech_token_count=summary.speech_token_count,
        queue_duration=summary.queue_duration.ToTimedelta().total_seconds(),
        first_audio_duration=summary.first_audio_duration.ToTimedelta().total_seconds(),
        total_duration=summary.total_duration.ToTimedelta().total_seconds(),
    )


def read_timestamp(timestamp: speech_pb2.Timestamp) -> Timestamp:
    """A timestamp of the contract as ours."""
    return Timestamp(
        granularity=_name(speech_pb2.TimestampGranularity.DESCRIPTOR, timestamp.granularity),
        text=timestamp.text,
        spoken_text=timestamp.spoken_text,
        offset=timestamp.text_offset,
        length=timestamp.text_length,
        start=timestamp.start_offset.ToTimedelta().total_seconds(),
        end=timestamp.end_offset.ToTimedelta().total_seconds(),
        segment_index=timestamp.segment_index,
    )


def read_chunk(chunk: audio_pb2.AudioChunk) -> Chunk:
    """A chunk of the contract as ours."""
    return Chunk(chunk.data, chunk.start_sample, chunk.sample_count, chunk.segment_index)


def read_speech(response: speech_pb2.SynthesizeResponse) -> Speech:
    """The reply of Synthesize as ours."""
    return Speech(
        response.audio,
        read_header(response.header),
        read_summary(response.summary),
        tuple(map(read_timestamp, response.timestamps)),
    )


def read_normalized(response: speech_pb2.NormalizeTextResponse) -> Normalized:
    """The reply of NormalizeText as ours."""
    return Normalized(
        response.normalized_text,
        tuple(
            NormalizedSegment(
                segment.text,
                segment.text_offset,
                segment.text_length,
                segment.pause_duration.ToTimedelta().total_seconds(),
            )
            for segment in response.segments
        ),
        tuple(
            NormalizedSpan(span.spoken_text, span.text_offset, span.text_length, span.rule) for span in response.spans
        ),
    )


def read_voice(voice: voices_pb2.Voice) -> Voice:
    """A voice of the contract as ours."""
    return Voice(
        id=_id(voice.name),
        display_name=voice.display_name,
        description=voice.description,
        languages=tuple(voice.language_codes),
        models=tuple(map(_id, voice.models)),
        source=_name(voices_pb2.VoiceSource.DESCRIPTOR, voice.source),
        labels=dict(voice.labels),
    )


def read_model(model: models_pb2.Model) -> Model:
    """A model of the contract as ours."""
    return Model(
        id=_id(model.name),
        display_name=model.display_name,
        revision=model.revision,
        languages=tuple(model.language_codes),
        sample_rate=model.sample_rate_hertz,
        options=tuple(model.generation_options),
        can_clone=model.can_clone,
        has_word_timestamps=model.has_word_timestamps,
        installed=model.installed,
        unavailable_reason=model.unavailable_reason,
        state=_name(models_pb2.ModelState.DESCRIPTOR, model.state),
        device=model.device,
        is_default=model.is_default,
        fallback=_id(model.fallback_model),
    )


def _id(name: str) -> str:
    return name.rpartition("/")[2]


def _name(enum: EnumDescriptor, number: int) -> str:
    """A value's own part of its name, in lower case; the number if it is newer than this client."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    value = enum.values_by_number.get(number)
    return value.name.removeprefix(prefix).lower() if value else str(number)
