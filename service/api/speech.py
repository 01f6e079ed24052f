"""SpeechService: reads a request, opens a stream, sends what comes of it."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from functools import partial

from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc
from google.protobuf.duration_pb2 import Duration

from service.api.accounts import make_header, make_summary
from service.api.context import current
from service.api.delivery import Delivery, Reply
from service.api.interception import Context
from service.api.listener import Listener, listening
from service.api.live import LiveSession
from service.api.normalization import write_normalized
from service.api.orders import Order, OrderDesk
from service.api.quotas import Characters
from service.api.scripts import Script, count_characters, say, write_script
from service.api.texts import TextReader
from service.api.threads import Threads
from service.config import Live
from service.engine.engine import Stream
from service.telemetry import metrics

Event = speech_pb2.SynthesizeStreamResponse

UNPACED = Duration(seconds=3600)
DEFAULT_LANGUAGE = "es-419"


class SpeechServicer(speech_pb2_grpc.SpeechServiceServicer):
    """Reading, conversions and encoders run on `threads`, in order for each stream."""

    def __init__(
        self, desk: OrderDesk, texts: TextReader, characters: Characters, threads: Threads, live: Live
    ) -> None:
        self._desk = desk
        self._texts = texts
        self._characters = characters
        self._threads = threads
        self._live = live

    async def Synthesize(
        self, request: speech_pb2.SynthesizeRequest, context: Context
    ) -> speech_pb2.SynthesizeResponse:
        response = speech_pb2.SynthesizeResponse()
        unpaced = speech_pb2.StreamOptions(max_lead=UNPACED)
        async with aclosing(self._speak("Synthesize", request.utterance, unpaced, whole=True)) as events:
            async for event in events:
                _collect(event, response)
        return response

    async def SynthesizeStream(
        self, request: speech_pb2.SynthesizeStreamRequest, context: Context
    ) -> AsyncIterator[speech_pb2.SynthesizeStreamResponse]:
        async with aclosing(self._speak("SynthesizeStream", request.utterance, request.stream, whole=False)) as events:
            async for event in events:
                yield event

    async def SynthesizeLive(  # type: ignore[override]  # it writes, where the stub's base yields
        self, requests: AsyncIterator[speech_pb2.SynthesizeLiveRequest], context: Context
    ) -> None:
        await LiveSession(self._desk, self._characters, self._threads, self._live, context.write).converse(requests)

    async def NormalizeText(
        self, request: speech_pb2.NormalizeTextRequest, context: Context
    ) -> speech_pb2.NormalizeTextResponse:
        language = request.language_code or DEFAULT_LANGUAGE
        read = partial(self._texts.read, request.text, language, request)
        return write_normalized(await self._threads.read(read))

    async def _read(self, utterance: speech_pb2.Utterance, stream: speech_pb2.StreamOptions) -> tuple[Order, Script]:
        def read() -> tuple[Order, Script]:
            order = self._desk.read(utterance.options, stream, within="utterance")
            return order, write_script(utterance.text, order.prepare)

        return await self._threads.read(read)

    async def _speak(
        self, rpc: str, utterance: speech_pb2.Utterance, pace: speech_pb2.StreamOptions, *, whole: bool
    ) -> AsyncGenerator[Event, None]:
        """Header with the first audio, then audio and timestamps, then the summary."""
        await self._characters.check(current().name, len(utterance.text))
        order, script = await self._read(utterance, pace)
        async with order.open() as stream:
            await self._characters.charge(order.job.caller, len(utterance.text))
            say(script, stream)
            stream.finish()
            delivery = Delivery(order, script, whole=whole)
            listener = Listener(rpc, order.job.priority)
            with listening(listener):
                async with aclosing(self._replies(stream, delivery)) as replies:
                    async for reply in replies:
                        if isinstance(reply, speech_pb2.Timestamp):
                            yield Event(timestamp=reply)
                            continue
                        if listener.first_audio_at is None:
                            yield Event(header=make_header(order, len(script)))
                        listener.hear(reply.sample_count / order.audio_format.sample_rate)
                        yield Event(audio=reply)
                listener.cut = delivery.cut
                metrics.REAL_TIME_FACTOR.labels(rpc).observe((time.monotonic() - current().arrived_at) / listener.heard)
                characters = count_characters(script)
                summary = make_summary(delivery, listener, characters=characters, queue_seconds=stream.queue_seconds)
                yield Event(summary=summary)

    async def _replies(self, stream: Stream, delivery: Delivery) -> AsyncGenerator[Reply, None]:
        async for event in stream:
            for reply in await self._take(delivery.add(event)):
                yield reply
        for reply in await self._take(delivery.finish()):
            yield reply

    async def _take(self, replies: Iterator[Reply]) -> list[Reply]:
        return await self._threads.encode(partial(list, replies))


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
