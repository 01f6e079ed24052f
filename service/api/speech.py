"""SpeechService: reads an order, opens a stream, sends what comes of it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from typing import TypeVar

from eslatam.tts.v1 import audio_pb2, speech_pb2, speech_pb2_grpc
from google.protobuf.duration_pb2 import Duration

from service.api.context import current
from service.api.delivery import Delivery, Reply
from service.api.interception import Context
from service.api.listener import Listener, listening
from service.api.normalization import write_normalized
from service.api.orders import Order, OrderDesk
from service.api.texts import TextReader
from service.engine.engine import Stream
from service.engine.jobs import Pronunciation, Segment
from service.telemetry import metrics

Event = speech_pb2.SynthesizeStreamResponse

UNPACED = Duration(seconds=3600)
DEFAULT_LANGUAGE = "es-419"

T = TypeVar("T")


class SpeechServicer(speech_pb2_grpc.SpeechServiceServicer):
    """Conversions and encoders run on `codecs`, in order for each stream."""

    def __init__(self, desk: OrderDesk, texts: TextReader, codecs: Executor) -> None:
        self._desk = desk
        self._texts = texts
        self._codecs = codecs

    async def Synthesize(
        self, request: speech_pb2.SynthesizeRequest, context: Context
    ) -> speech_pb2.SynthesizeResponse:
        order = await self._read(request.utterance, speech_pb2.StreamOptions(max_lead=UNPACED))
        response = speech_pb2.SynthesizeResponse()
        async with aclosing(self._speak("Synthesize", order, whole=True)) as events:
            async for event in events:
                _collect(event, response)
        return response

    async def SynthesizeStream(
        self, request: speech_pb2.SynthesizeStreamRequest, context: Context
    ) -> AsyncIterator[speech_pb2.SynthesizeStreamResponse]:
        order = await self._read(request.utterance, request.stream)
        async with aclosing(self._speak("SynthesizeStream", order, whole=False)) as events:
            async for event in events:
                yield event

    async def NormalizeText(
        self, request: speech_pb2.NormalizeTextRequest, context: Context
    ) -> speech_pb2.NormalizeTextResponse:
        language = request.language_code or DEFAULT_LANGUAGE
        return write_normalized(await self._run("text", partial(self._texts.read, request.text, language, request)))

    async def _read(self, utterance: speech_pb2.Utterance, stream: speech_pb2.StreamOptions) -> Order:
        return await self._run("text", partial(self._desk.read, utterance, stream))

    async def _speak(self, rpc: str, order: Order, *, whole: bool) -> AsyncGenerator[Event, None]:
        """Header with the first audio, then audio and timestamps, then the summary."""
        async with order.engine.open(order.job) as stream:
            if order.choice.fallback_reason:
                metrics.FALLBACKS.labels(order.engine.info.name).inc()
            _say_all(order, stream)
            delivery = Delivery(order, whole=whole)
            with listening(rpc, order.text.character_count) as listener:
                async with aclosing(self._replies(stream, delivery)) as replies:
                    async for reply in replies:
                        if isinstance(reply, speech_pb2.Timestamp):
                            yield Event(timestamp=reply)
                            continue
                        if listener.first_audio_at is None:
                            yield Event(header=_header(order))
                        listener.hear(reply.sample_count / order.audio_format.sample_rate)
                        yield Event(audio=reply)
                listener.cut = delivery.cut
                yield Event(summary=_summary(order, stream, delivery, listener))

    async def _replies(self, stream: Stream, delivery: Delivery) -> AsyncGenerator[Reply, None]:
        async for event in stream:
            for reply in await self._run("encode", partial(delivery.add, event)):
                yield reply
        for reply in await self._run("encode", delivery.finish):
            yield reply

    async def _run(self, stage: str, work: Callable[[], T]) -> T:
        """Work for the codec pool, timed as a stage."""
        with metrics.STAGE.labels(stage).time():
            return await asyncio.get_running_loop().run_in_executor(self._codecs, copy_context().run, work)


def _say_all(order: Order, stream: Stream) -> None:
    for segment in order.text.segments:
        given = tuple(Pronunciation(w.start, w.length, w.phonemes) for w in segment.words if w.phonemes)
        stream.say(Segment(segment.text, segment.pause_after, segment.rate, given))
    stream.finish()


def _collect(event: Event, response: speech_pb2.SynthesizeResponse) -> None:
    match event.WhichOneof("event"):
        case "header":
            response.header.CopyFrom(event.header)
        case "audio":
            response.audio += event.audio.data
        case "timestamp":
            response.timestamps.append(event.timestamp)
        case "summary":
            response.summary.CopyFrom(event.summary)


def _header(order: Order) -> speech_pb2.SynthesisHeader:
    encoding = audio_pb2.AudioEncoding.Value(f"AUDIO_ENCODING_{order.audio_format.encoding.name}")
    return speech_pb2.SynthesisHeader(
        request_id=order.job.request_id,
        audio_format=audio_pb2.AudioFormat(
            encoding=encoding,
            sample_rate_hertz=order.audio_format.sample_rate,
            bit_rate_bps=order.audio_format.bit_rate,
        ),
        voice=order.voice_name,
        model=f"models/{order.engine.info.name}",
        seed=order.job.seed,
        segment_count=len(order.text.segments),
        watermarked=order.engine.info.watermark is not None,
        requested_model=f"models/{order.choice.requested}",
        fallback_reason=order.choice.fallback_reason,
        target_characters=order.text.target_characters,
    )


def _summary(order: Order, stream: Stream, delivery: Delivery, listener: Listener) -> speech_pb2.SynthesisSummary:
    arrived_at = current().arrived_at
    reason = speech_pb2.FINISH_REASON_LENGTH if delivery.cut else speech_pb2.FINISH_REASON_COMPLETE
    return speech_pb2.SynthesisSummary(
        finish_reason=reason,
        audio_duration=delivery.duration(delivery.sample_count),
        sample_count=delivery.sample_count,
        character_count=order.text.character_count,
        speech_token_count=delivery.token_count,
        queue_duration=_duration(stream.queue_seconds),
        first_audio_duration=_duration((listener.first_audio_at or time.monotonic()) - arrived_at),
        total_duration=_duration(time.monotonic() - arrived_at),
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration
