"""A real gRPC server's servicers that speak a tone, and fail when told to."""

# ruff: noqa: N802 - the methods of a servicer have the contract's names

import asyncio
import io
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av
import grpc
import numpy as np
from eslatam.tts.v1 import models_pb2, models_pb2_grpc, speech_pb2, speech_pb2_grpc, voices_pb2, voices_pb2_grpc
from eslatam.tts.v1.audio_pb2 import AudioEncoding as E
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer

SPEECH = "eslatam.tts.v1.SpeechService"
RATE = 24_000
CONTAINERS = {
    E.AUDIO_ENCODING_MP3: ("mp3", "libmp3lame"),
    E.AUDIO_ENCODING_OGG_OPUS: ("ogg", "libopus"),
    E.AUDIO_ENCODING_AAC: ("adts", "aac"),
    E.AUDIO_ENCODING_FLAC: ("flac", "flac"),
    E.AUDIO_ENCODING_WAV: ("wav", "pcm_s16le"),
}
PIECES = 5


@cache
def encode_tone(encoding: int) -> bytes:
    """One second of 440 Hz."""
    samples = (np.sin(np.arange(RATE) * 440 * 2 * np.pi / RATE) * 8000).astype(np.int16)
    if encoding not in CONTAINERS:
        return samples.tobytes()
    container, codec = CONTAINERS[encoding]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(stream.format, "mono", RATE, frame_size=stream.frame_size or 1024)
        for block in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    return file.getvalue()


def decode(audio: bytes) -> int:
    """The number of samples in an audio file."""
    with av.open(io.BytesIO(audio)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


@dataclass
class Failure:
    """How an RPC is to fail, as the service fails it."""

    code: grpc.StatusCode
    reason: str = ""
    en: str = "Something in English."
    es: str = "Algo en español."
    field: str = ""
    retry: float | None = None

    async def abort(self, context: Any) -> None:
        if self.reason:
            details = [
                error_details_pb2.ErrorInfo(reason=self.reason, domain="eslatam.tts"),
                error_details_pb2.LocalizedMessage(locale="es-419", message=self.es),
            ]
            if self.field:
                violation = error_details_pb2.BadRequest.FieldViolation(field=self.field, description=self.en)
                details.append(error_details_pb2.BadRequest(field_violations=[violation]))
            if self.retry is not None:
                info = error_details_pb2.RetryInfo()
                info.retry_delay.FromMilliseconds(int(self.retry * 1000))
                details.append(info)
            status = status_pb2.Status(code=self.code.value[0], message=self.en)
            for detail in details:
                packed = AnyMessage()
                packed.Pack(detail)
                status.details.append(packed)
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        await context.abort(self.code, self.en)


@dataclass
class Call:
    """What an RPC came with."""

    method: str
    request: Any
    metadata: dict[str, str]
    time_remaining: float | None


class Gate:
    """A point where the service waits. Open unless a test closes it."""

    def __init__(self) -> None:
        self.reached, self._open = asyncio.Event(), asyncio.Event()
        self.open()

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self) -> None:
        self.reached.set()
        await self._open.wait()


def time_text(utterance: Any) -> list[speech_pb2.Timestamp]:
    """The text in a second, as one segment, and each of its words in its share of it."""
    text = utterance.text
    spans = {
        speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT: [(0, len(text))],
        speech_pb2.TIMESTAMP_GRANULARITY_WORD: [found.span() for found in re.finditer(r"\w+", text)],
    }
    return [
        speech_pb2.Timestamp(
            granularity=granularity,
            text=text[start:end],
            text_offset=start,
            text_length=end - start,
            spoken_text=text[start:end],
            start_offset=Duration(nanos=start * 10**9 // len(text)),
            end_offset=Duration(seconds=end // len(text), nanos=end % len(text) * 10**9 // len(text)),
        )
        for granularity in utterance.options.timestamps
        for start, end in spans[granularity]
    ]


class Service(
    speech_pb2_grpc.SpeechServiceServicer,
    voices_pb2_grpc.VoiceServiceServicer,
    models_pb2_grpc.ModelServiceServicer,
):
    """Speaks a tone. Everything a test changes is put back by `reset`."""

    def __init__(self) -> None:
        self.target = ""
        self.health = HealthServicer()
        self.reset()

    def reset(self) -> None:
        self.calls: list[Call] = []
        self.failure: Failure | None = None
        self.voices_failure: Failure | None = None
        self.break_after: int | None = None
        self.cut_after: int | None = None
        self.endless = False
        self.times_words = True
        self.fallback_reason = ""
        self.before_audio, self.after_first = Gate(), Gate()
        self.cancelled = asyncio.Event()
        self.voices = [
            self._voice("alex", "Álex", gender="male"),
            self._voice("default", "Dora", gender="female"),
            self._voice("santa", "Santa", gender="male"),
        ]
        self.models = [
            models_pb2.Model(
                name="models/chatterbox-es-latam",
                display_name="Chatterbox",
                is_default=True,
                fallback_model="models/kokoro-es",
                state=models_pb2.MODEL_STATE_NOT_INSTALLED,
            ),
            models_pb2.Model(
                name="models/kokoro-es",
                display_name="Kokoro",
                installed=True,
                device="cpu",
                state=models_pb2.MODEL_STATE_READY,
                language_codes=["es-419"],
            ),
            models_pb2.Model(name="models/lost", state=models_pb2.MODEL_STATE_NOT_INSTALLED),
        ]

    @staticmethod
    def _voice(name: str, display_name: str, gender: str, **more: Any) -> voices_pb2.Voice:
        return voices_pb2.Voice(
            name=f"voices/{name}",
            display_name=display_name,
            language_codes=["es-419"],
            labels={"gender": gender},
            source=voices_pb2.VOICE_SOURCE_BUILT_IN,
            models=["models/kokoro-es"],
            **more,
        )

    def add_clone(self, name: str) -> None:
        self.voices.append(voices_pb2.Voice(name=f"voices/{name}", source=voices_pb2.VOICE_SOURCE_CLONED))

    @property
    def utterance(self) -> Any:
        """What was asked to be said last."""
        return [call for call in self.calls if call.method.startswith("Synth")][-1].request.utterance

    def _note(self, method: str, request: Any, context: Any) -> None:
        metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        self.calls.append(Call(method, request, metadata, context.time_remaining()))

    def _describe(self, options: Any, request_id: str) -> speech_pb2.SynthesisHeader:
        header = speech_pb2.SynthesisHeader(
            request_id=request_id,
            voice=options.voice.name or "voices/default",
            model="models/kokoro-es",
            seed=options.generation.seed or 1234,
            segment_count=1,
            target_characters=options.segmentation.target_characters,
            requested_model=options.model or "models/chatterbox-es-latam",
            fallback_reason=self.fallback_reason,
        )
        header.audio_format.encoding = options.audio_format.encoding or E.AUDIO_ENCODING_PCM_S16LE
        header.audio_format.sample_rate_hertz = options.audio_format.sample_rate_hertz or RATE
        return header

    async def _start(self, method: str, request: Any, context: Any) -> speech_pb2.SynthesisHeader:
        self._note(method, request, context)
        if request.utterance.options.voice.name not in {"", *(voice.name for voice in self.voices)}:
            await Failure(grpc.StatusCode.NOT_FOUND, "VOICE_NOT_FOUND").abort(context)
        if request.utterance.options.model not in {"", *(model.name for model in self.models)}:
            await Failure(grpc.StatusCode.NOT_FOUND, "MODEL_NOT_FOUND").abort(context)
        if speech_pb2.TIMESTAMP_GRANULARITY_WORD in request.utterance.options.timestamps and not self.times_words:
            field = "utterance.options.timestamps"
            await Failure(grpc.StatusCode.INVALID_ARGUMENT, "UNSUPPORTED_OPTION", field=field).abort(context)
        if self.failure and self.break_after is None:
            await self.failure.abort(context)
        return self._describe(request.utterance.options, self.calls[-1].metadata.get("x-request-id", ""))

    async def Synthesize(self, request: Any, context: Any) -> speech_pb2.SynthesizeResponse:
        try:
            header = await self._start("Synthesize", request, context)
            await self.before_audio.pass_through()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        audio = encode_tone(header.audio_format.encoding)
        summary, timestamps = self._summarize(request), time_text(request.utterance)
        return speech_pb2.SynthesizeResponse(audio=audio, header=header, summary=summary, timestamps=timestamps)

    async def SynthesizeStream(self, request: Any, context: Any) -> None:
        try:
            header = await self._start("SynthesizeStream", request, context)
            await self.before_audio.pass_through()
            await context.write(speech_pb2.SynthesizeStreamResponse(header=header))
            await self._write_audio(header, context)
        except grpc.aio.AbortError:
            raise
        except (asyncio.CancelledError, grpc.aio.BaseError):  # the latter if it was writing
            self.cancelled.set()
            return
        if self.cut_after is None:
            await context.write(speech_pb2.SynthesizeStreamResponse(summary=self._summarize(request)))

    async def SynthesizeLive(self, requests: Any, context: Any) -> Any:
        """A fifth of the tone for each flush and at the end, where there was text before it."""
        try:
            async for reply in self._converse(requests, context):
                yield reply
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise

    async def _converse(self, requests: Any, context: Any) -> Any:
        self._note("SynthesizeLive", [], context)
        if self.failure:
            await self.failure.abort(context)
        size, count, text = RATE // PIECES, 0, ""
        async for request in requests:
            self.calls[-1].request.append(request)
            text += request.text
            if request.HasField("config"):
                header = self._describe(request.config.options, self.calls[-1].metadata.get("x-request-id", ""))
                audio = encode_tone(header.audio_format.encoding)[: 2 * size]
                yield speech_pb2.SynthesizeLiveResponse(header=header)
            if request.HasField("interrupt"):
                text = ""
                yield speech_pb2.SynthesizeLiveResponse(interrupted={"next_sample": count})
            if request.HasField("flush"):
                if text:
                    yield speech_pb2.SynthesizeLiveResponse(audio={"data": audio, "sample_count": size})
                    count, text = count + size, ""
                yield speech_pb2.SynthesizeLiveResponse(flushed={"flush_id": request.flush.flush_id})
        if text:
            yield speech_pb2.SynthesizeLiveResponse(audio={"data": audio, "sample_count": size})
            count += size
        if self.cut_after is None:
            yield speech_pb2.SynthesizeLiveResponse(summary={"sample_count": count, "character_count": 0})

    async def _write_audio(self, header: Any, context: Any) -> None:
        audio = encode_tone(header.audio_format.encoding)
        size = -(-len(audio) // PIECES)
        index = 0
        while self.endless or index < PIECES:
            if index == self.break_after and self.failure:
                await self.failure.abort(context)
            if index == self.cut_after:
                return
            data = audio[(index % PIECES) * size : (index % PIECES + 1) * size]
            await context.write(
                speech_pb2.SynthesizeStreamResponse(audio={"data": data, "sample_count": RATE // PIECES})
            )
            if index == 0:
                await self.after_first.pass_through()
            index += 1

    @staticmethod
    def _summarize(request: Any) -> speech_pb2.SynthesisSummary:
        return speech_pb2.SynthesisSummary(
            finish_reason=speech_pb2.FINISH_REASON_COMPLETE,
            audio_duration=Duration(seconds=1),
            sample_count=RATE,
            character_count=len(request.utterance.text),
            speech_token_count=25,
        )

    async def NormalizeText(self, request: Any, context: Any) -> Any:
        await Failure(grpc.StatusCode.UNIMPLEMENTED, en="Method not implemented!").abort(context)

    async def ListVoices(self, request: Any, context: Any) -> voices_pb2.ListVoicesResponse:
        self._note("ListVoices", request, context)
        if self.voices_failure:
            await self.voices_failure.abort(context)
        start = int(request.page_token or 0)
        end = start + min(request.page_size or 50, 2)  # Small pages, so that whoever wants all must turn them.
        token = str(end) if end < len(self.voices) else ""
        return voices_pb2.ListVoicesResponse(voices=self.voices[start:end], next_page_token=token)

    async def GetVoice(self, request: Any, context: Any) -> voices_pb2.GetVoiceResponse:
        self._note("GetVoice", request, context)
        found = [voice for voice in self.voices if voice.name == request.name]
        if not found:
            await Failure(grpc.StatusCode.NOT_FOUND, "VOICE_NOT_FOUND").abort(context)
        return voices_pb2.GetVoiceResponse(voice=found[0])

    async def CreateVoice(self, request_iterator: Any, context: Any) -> Any:
        await Failure(grpc.StatusCode.UNIMPLEMENTED).abort(context)

    async def UpdateVoice(self, request: Any, context: Any) -> voices_pb2.UpdateVoiceResponse:
        self._note("UpdateVoice", request, context)
        return voices_pb2.UpdateVoiceResponse(voice=request.voice)

    async def DeleteVoice(self, request: Any, context: Any) -> Any:
        await Failure(grpc.StatusCode.UNIMPLEMENTED).abort(context)

    async def ListModels(self, request: Any, context: Any) -> models_pb2.ListModelsResponse:
        self._note("ListModels", request, context)
        if self.failure:
            await self.failure.abort(context)
        return models_pb2.ListModelsResponse(models=self.models)

    async def GetModel(self, request: Any, context: Any) -> models_pb2.GetModelResponse:
        return models_pb2.GetModelResponse(model=next(each for each in self.models if each.name == request.name))

    async def set_serving(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        await self.health.set(SPEECH, status.SERVING if serving else status.NOT_SERVING)
