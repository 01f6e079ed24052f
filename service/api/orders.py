"""Reads a request once: from protos to values. Below this line nobody sees a proto."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from eslatam.tts.v1 import audio_pb2, speech_pb2

from service.api.catalog import Catalog, Choice
from service.api.context import current
from service.api.texts import TextReader
from service.audio import AudioFormat, Encoding, check_reference, decode_clip, settle_format
from service.engine.engine import Engine, Stream
from service.engine.jobs import MAX_LEAD, Clip, Job, Preset, Priority, Sampling, VoiceSource
from service.engine.model import ModelInfo
from service.engine.seeds import draw_seed
from service.errors import Reason, ServiceError, invalid
from service.telemetry import metrics
from service.text import Prepare
from service.voices import VoiceStore

Knob = Literal["temperature", "exaggeration", "cfg_weight", "min_p", "top_p", "top_k", "repetition_penalty"]
KNOBS: tuple[Knob, ...] = get_args(Knob)

PRIORITIES = {speech_pb2.Priority.Value(f"PRIORITY_{priority.name}"): priority for priority in Priority}

CLIP_FIELD = "options.voice.reference_audio"
CHUNK_SECONDS = 0.2
CLIP_SECONDS = 30.5
"""Longest clip taken to imitate: 30 s, and what an encoder may pad it with."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a caller wants a text said, settled: who speaks, how the text is read, and the form it is sent in."""

    choice: Choice
    voice_name: str
    job: Job
    prepare: Prepare
    target_characters: int
    audio_format: AudioFormat
    chunk_seconds: float
    timestamps: frozenset[speech_pb2.TimestampGranularity.ValueType]

    @property
    def engine(self) -> Engine:
        return self.choice.engine

    def open(self) -> Stream:
        """A stream of the engine's. Raises ServiceError if it takes no more."""
        stream = self.engine.open(self.job)
        if self.choice.fallback_reason:
            metrics.FALLBACKS.labels(self.engine.info.name).inc()
        return stream


class OrderDesk:
    """Turns the options of a request into an order."""

    def __init__(self, catalog: Catalog, voices: VoiceStore, texts: TextReader, default_voice: str) -> None:
        self._catalog = catalog
        self._voices = voices
        self._texts = texts
        self._default_voice = default_voice

    def read(self, options: speech_pb2.SpeechOptions, stream: speech_pb2.StreamOptions, *, within: str) -> Order:
        """Raises ServiceError for whatever cannot be done. `within` is where in the request the options are."""
        try:
            return self._read(options, stream)
        except ServiceError as error:
            raise error.within(within) from None

    def _read(self, options: speech_pb2.SpeechOptions, stream: speech_pb2.StreamOptions) -> Order:
        cloning = options.voice.WhichOneof("voice") == "reference_audio"
        choice = self._catalog.choose(options.model.removeprefix("models/"), cloning=cloning)
        info = choice.engine.info
        _check_timestamps(options, info)
        voice_name, voice_language, source = self._voice(options.voice, info)
        language = _language(options.language_code or voice_language, info)
        generation = options.generation
        job = Job(
            request_id=current().request_id,
            caller=current().name,
            voice=source,
            language=language,
            seed=generation.seed if generation.HasField("seed") else draw_seed(),
            sampling=Sampling(**{knob: getattr(generation, knob) for knob in KNOBS if generation.HasField(knob)}),
            speaking_rate=generation.speaking_rate if generation.HasField("speaking_rate") else 1.0,
            max_lead=stream.max_lead.ToTimedelta().total_seconds() or MAX_LEAD,
            priority=PRIORITIES.get(options.priority, Priority.INTERACTIVE),
            deadline=current().deadline,
        )
        return Order(
            choice=choice,
            voice_name=voice_name,
            job=job,
            prepare=self._prepare(language, options, info),
            target_characters=self._texts.target(options.segmentation),
            audio_format=_audio_format(options.audio_format, info),
            chunk_seconds=stream.chunk_duration.ToTimedelta().total_seconds() or CHUNK_SECONDS,
            timestamps=frozenset(options.timestamps),
        )

    def _prepare(self, language: str, options: speech_pb2.SpeechOptions, info: ModelInfo) -> Prepare:
        try:
            return self._texts.choose(language, options, info)
        except ServiceError as error:
            raise error.within("options") from None

    def _voice(self, selector: speech_pb2.VoiceSelector, info: ModelInfo) -> tuple[str, str, VoiceSource]:
        """A voice's resource name ("" for a clip), its first language, and what the model makes of it."""
        if selector.WhichOneof("voice") == "reference_audio":
            if not info.can_clone:
                raise _cannot_clone(CLIP_FIELD, info)
            return "", "", _callers_clip(selector.reference_audio)
        voice = self._voices.get(selector.name or f"voices/{self._default_voice}")
        language = voice.language_codes[0]
        if preset := voice.presets.get(info.family):
            return voice.name, language, Preset(preset)
        if voice.reference is None or not info.can_clone:
            raise _cannot_clone("options.voice.name", info)
        return voice.name, language, _stored_clip(voice.reference)


def _callers_clip(data: bytes) -> Clip:
    try:
        return _clip(data)
    except ServiceError as error:
        raise invalid(error.reason, CLIP_FIELD, rule="clip", en=error.en, es=error.es) from None


@lru_cache(maxsize=64)
def _stored_clip(path: Path) -> Clip:
    return _clip(path.read_bytes())


def _clip(data: bytes) -> Clip:
    samples, sample_rate = decode_clip(data, max_seconds=CLIP_SECONDS)
    check_reference(samples, sample_rate)
    return Clip(samples, sample_rate, hashlib.sha256(data).hexdigest())


def _cannot_clone(field: str, info: ModelInfo) -> ServiceError:
    return invalid(
        Reason.UNSUPPORTED_OPTION,
        field,
        rule="model.voice",
        en=f"The model {info.name} cannot speak with that voice; choose one that lists it among its models.",
        es=f"El modelo {info.name} no puede hablar con esa voz; elija una que lo tenga entre sus modelos.",
    )


def _language(code: str, info: ModelInfo) -> str:
    """The model's own spelling of a BCP-47 tag; its first language if the code is ""."""
    known = {language.lower(): language for language in info.languages}
    language = known.get(code.lower().replace("_", "-")) if code else info.languages[0]
    if language is None:
        listed = ", ".join(info.languages)
        raise invalid(
            Reason.UNSUPPORTED_OPTION,
            "options.language_code",
            rule="model.language",
            en=f"The model {info.name} does not speak that language; it speaks: {listed}.",
            es=f"El modelo {info.name} no habla ese idioma; habla: {listed}.",
        )
    return language


def _check_timestamps(options: speech_pb2.SpeechOptions, info: ModelInfo) -> None:
    """What this model does not do is refused, never ignored."""
    if speech_pb2.TIMESTAMP_GRANULARITY_WORD in options.timestamps and not info.has_word_times:
        raise invalid(
            Reason.UNSUPPORTED_OPTION,
            "options.timestamps",
            rule="model.option",
            en=f"The model {info.name} does not support word timestamps on this server; leave it out.",
            es=f"El modelo {info.name} no admite los tiempos por palabra en este servidor; omita esa opción.",
        )


def _audio_format(wanted: audio_pb2.AudioFormat, info: ModelInfo) -> AudioFormat:
    encoding = wanted.encoding or audio_pb2.AUDIO_ENCODING_PCM_S16LE
    name = audio_pb2.AudioEncoding.Name(encoding).removeprefix("AUDIO_ENCODING_")
    try:
        return settle_format(Encoding[name], wanted.sample_rate_hertz, wanted.bit_rate_bps, model_rate=info.sample_rate)
    except ServiceError as error:
        raise error.within("options") from None
