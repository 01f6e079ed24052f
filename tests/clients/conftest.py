"""A real server on a real port, with a tone for a voice and failures on demand."""

import asyncio
import math
import subprocess
import threading
from array import array
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from wave import open as open_wave
from zlib import crc32

import grpc
import pytest
from eslatam.tts.v1 import (
    audio_pb2,
    models_pb2,
    models_pb2_grpc,
    speech_pb2,
    speech_pb2_grpc,
    voices_pb2,
    voices_pb2_grpc,
)
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import status_pb2

RATE = 24_000
CHUNK = RATE // 5

Samples = array  # of int; not subscriptable before 3.12


@dataclass(frozen=True)
class Failure:
    """A status, its details, and whether initial metadata has left by then."""

    code: grpc.StatusCode
    message: str = ""
    details: tuple[Message, ...] = ()
    after_metadata: bool = False

    async def abort(self, context: Any) -> None:
        if self.after_metadata:
            await context.send_initial_metadata((("x-request-id", "sent"),))
        status = status_pb2.Status(code=self.code.value[0], message=self.message)
        for detail in self.details:
            packed = AnyMessage()
            packed.Pack(detail)
            status.details.append(packed)
        metadata = (("grpc-status-details-bin", status.SerializeToString()),) if self.details else ()
        await context.abort(self.code, self.message, metadata)


@dataclass
class Behaviour:
    """What the server does and has seen. `failures` are taken one by each call."""

    failures: deque[Failure] = field(default_factory=deque)
    seconds: float = 1.0
    hangs: bool = False
    fails_midway: Failure | None = None
    sends_header: bool = True
    sends_summary: bool = True
    voices: tuple[voices_pb2.Voice, ...] = (
        voices_pb2.Voice(
            name="voices/default",
            display_name="Dora",
            language_codes=["es-419"],
            models=["models/tone"],
            source=voices_pb2.VOICE_SOURCE_BUILT_IN,
            labels={"gender": "female"},
        ),
    )
    requests: list[Any] = field(default_factory=list)
    metadata: list[dict[str, str | bytes]] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def fail(self, code: grpc.StatusCode, *details: Message, message: str = "", times: int = 1, **how: bool) -> None:
        """The next calls fail so."""
        self.failures.extend([Failure(code, message, details, **how)] * times)

    def fail_midway(self, code: grpc.StatusCode) -> None:
        """Streams fail so after their first chunk."""
        self.fails_midway = Failure(code)

    async def enter(self, request: Any, context: Any) -> None:
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        self.started.set()
        if self.failures:
            await self.failures.popleft().abort(context)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tells when the call is cancelled in here."""
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise


@dataclass
class SpeechServer:
    """Where the server listens, and how it behaves."""

    target: str
    behaviour: Behaviour


class Speech(speech_pb2_grpc.SpeechServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def Synthesize(self, request: Any, context: Any) -> speech_pb2.SynthesizeResponse:  # noqa: N802
        await self.behaviour.enter(request, context)
        if self.behaviour.hangs:
            with self.behaviour.watched():
                await asyncio.Event().wait()
        samples = tone(request.utterance.text, self.behaviour.seconds)
        return speech_pb2.SynthesizeResponse(
            audio=encode(samples, request.utterance),
            header=header(request.utterance, context),
            timestamps=timestamps(request.utterance, len(samples)),
            summary=summary(request.utterance, len(samples)),
        )

    async def SynthesizeStream(  # noqa: N802
        self, request: Any, context: Any
    ) -> AsyncIterator[speech_pb2.SynthesizeStreamResponse]:
        await self.behaviour.enter(request, context)
        samples = tone(request.utterance.text, self.behaviour.seconds)
        with self.behaviour.watched():
            if self.behaviour.sends_header:
                yield speech_pb2.SynthesizeStreamResponse(header=header(request.utterance, context))
            async for chunk in self._speak(samples, context):
                yield speech_pb2.SynthesizeStreamResponse(audio=chunk)
            for timestamp in timestamps(request.utterance, len(samples)):
                yield speech_pb2.SynthesizeStreamResponse(timestamp=timestamp)
            if self.behaviour.sends_summary:
                yield speech_pb2.SynthesizeStreamResponse(summary=summary(request.utterance, len(samples)))

    async def SynthesizeLive(  # noqa: N802
        self, requests: Any, context: Any
    ) -> AsyncIterator[speech_pb2.SynthesizeLiveResponse]:
        """A tenth of a second for each letter, said with each flush and at the end."""
        config = (await anext(requests)).config
        await self.behaviour.enter(config, context)
        count, text = 0, ""
        with self.behaviour.watched():
            yield speech_pb2.SynthesizeLiveResponse(
                header=header(speech_pb2.Utterance(options=config.options), context)
            )
            async for request in requests:
                self.behaviour.requests.append(request)
                text += request.text
                if request.HasField("interrupt"):
                    text = ""
                    yield speech_pb2.SynthesizeLiveResponse(interrupted=speech_pb2.LiveInterrupted(next_sample=count))
                if request.HasField("flush"):
                    for chunk in letters(text, count):
                        yield speech_pb2.SynthesizeLiveResponse(audio=chunk)
                    count, text = count + len(text) * RATE // 10, ""
                    yield speech_pb2.SynthesizeLiveResponse(flushed={"flush_id": request.flush.flush_id})
                if self.behaviour.fails_midway:
                    await self.behaviour.fails_midway.abort(context)
            for chunk in letters(text, count):
                yield speech_pb2.SynthesizeLiveResponse(audio=chunk)
            count += len(text) * RATE // 10
            for timestamp in timestamps(speech_pb2.Utterance(text=text, options=config.options), count):
                yield speech_pb2.SynthesizeLiveResponse(timestamp=timestamp)
            if self.behaviour.sends_summary:
                yield speech_pb2.SynthesizeLiveResponse(
                    summary=summary(speech_pb2.Utterance(text=text, options=config.options), count)
                )

    async def _speak(self, samples: Samples, context: Any) -> AsyncIterator[audio_pb2.AudioChunk]:
        for start in range(0, len(samples), CHUNK):
            part = samples[start : start + CHUNK]
            yield audio_pb2.AudioChunk(data=part.tobytes(), start_sample=start, sample_count=len(part))
            if self.behaviour.fails_midway:
                await self.behaviour.fails_midway.abort(context)
            if self.behaviour.hangs:
                await asyncio.Event().wait()


class Voices(voices_pb2_grpc.VoiceServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def ListVoices(self, request: Any, context: Any) -> voices_pb2.ListVoicesResponse:  # noqa: N802
        """One voice a page."""
        await self.behaviour.enter(request, context)
        page, last = int(request.page_token or 0), len(self.behaviour.voices) - 1
        return voices_pb2.ListVoicesResponse(
            voices=self.behaviour.voices[page : page + 1], next_page_token=str(page + 1) if page < last else ""
        )

    async def GetVoice(self, request: Any, context: Any) -> voices_pb2.GetVoiceResponse:  # noqa: N802
        await self.behaviour.enter(request, context)
        return voices_pb2.GetVoiceResponse(voice=self.behaviour.voices[0])

    async def DeleteVoice(self, request: Any, context: Any) -> voices_pb2.DeleteVoiceResponse:  # noqa: N802
        await self.behaviour.enter(request, context)
        return voices_pb2.DeleteVoiceResponse()


class Models(models_pb2_grpc.ModelServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def ListModels(self, request: Any, context: Any) -> models_pb2.ListModelsResponse:  # noqa: N802
        await self.behaviour.enter(request, context)
        model = models_pb2.Model(
            name="models/tone",
            sample_rate_hertz=RATE,
            language_codes=["es-419"],
            generation_options=["seed", "speaking_rate"],
            installed=True,
            is_default=True,
            state=models_pb2.MODEL_STATE_READY,
            device="cpu",
        )
        return models_pb2.ListModelsResponse(models=[model])


def tone(text: str, seconds: float) -> Samples:
    """Samples whose pitch only this text has."""
    step = 2 * math.pi * (200 + crc32(text.encode()) % 8000 / 10) / RATE
    return array("h", (round(8000 * math.sin(step * index)) for index in range(round(seconds * RATE))))


def letters(text: str, start: int) -> Iterator[audio_pb2.AudioChunk]:
    """A chunk of silence for each letter."""
    size = RATE // 10
    for index in range(len(text)):
        yield audio_pb2.AudioChunk(data=bytes(2 * size), start_sample=start + index * size, sample_count=size)


def encode(samples: Samples, utterance: speech_pb2.Utterance) -> bytes:
    if utterance.options.audio_format.encoding != audio_pb2.AUDIO_ENCODING_WAV:
        return samples.tobytes()
    file = BytesIO()
    with open_wave(file, "wb") as wave:
        wave.setparams((1, 2, RATE, 0, "NONE", ""))
        wave.writeframes(samples.tobytes())
    return file.getvalue()


def header(utterance: speech_pb2.Utterance, context: Any) -> speech_pb2.SynthesisHeader:
    options = utterance.options
    return speech_pb2.SynthesisHeader(
        request_id=str(dict(context.invocation_metadata()).get("x-request-id", "made")),
        audio_format=audio_pb2.AudioFormat(encoding=options.audio_format.encoding, sample_rate_hertz=RATE),
        voice="" if options.voice.reference_audio else options.voice.name or "voices/default",
        model="models/tone",
        requested_model=options.model or "models/tone",
        seed=options.generation.seed,
        segment_count=1,
    )


def timestamps(utterance: speech_pb2.Utterance, sample_count: int) -> list[speech_pb2.Timestamp]:
    return [
        speech_pb2.Timestamp(
            granularity=granularity,
            text=utterance.text,
            text_length=len(utterance.text),
            end_offset=duration(sample_count),
        )
        for granularity in utterance.options.timestamps
    ]


def summary(utterance: speech_pb2.Utterance, sample_count: int) -> speech_pb2.SynthesisSummary:
    return speech_pb2.SynthesisSummary(
        finish_reason=speech_pb2.FINISH_REASON_COMPLETE,
        audio_duration=duration(sample_count),
        sample_count=sample_count,
        character_count=len(utterance.text),
    )


def duration(sample_count: int) -> Duration:
    return Duration(seconds=sample_count // RATE, nanos=sample_count % RATE * 10**9 // RATE)


@contextmanager
def serving(credentials: grpc.ServerCredentials | None = None) -> Iterator[SpeechServer]:
    """A server on a thread of its own, so that synchronous tests can call it."""
    behaviour, ready, loop, stop, ports = Behaviour(), threading.Event(), asyncio.new_event_loop(), asyncio.Event(), []

    async def serve() -> None:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.max_send_message_length", -1)])
        speech_pb2_grpc.add_SpeechServiceServicer_to_server(Speech(behaviour), server)
        voices_pb2_grpc.add_VoiceServiceServicer_to_server(Voices(behaviour), server)
        models_pb2_grpc.add_ModelServiceServicer_to_server(Models(behaviour), server)
        ports.append(
            server.add_secure_port("127.0.0.1:0", credentials)
            if credentials
            else server.add_insecure_port("127.0.0.1:0")
        )
        await server.start()
        ready.set()
        await stop.wait()
        await server.stop(None)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    try:
        yield SpeechServer(f"127.0.0.1:{ports[0]}", behaviour)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture
def speech_server() -> Iterator[SpeechServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def serve() -> Callable[[grpc.ServerCredentials], AbstractContextManager[SpeechServer]]:
    """Starts a server with credentials of its own."""
    return serving


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files: an authority, and what it signed for the server and for a client."""

    authority: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "2")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(extension)
        openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-out", f"{name}.pem", "-days", "1", "-extfile", f"{name}.ext"),
        )
    return Certificates(*(folder / name for name in ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")))
