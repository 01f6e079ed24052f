import asyncio
import itertools
import logging
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from eslatam import open_channel
from eslatam.tts.v1 import audio_pb2, speech_pb2, speech_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from prometheus_client import REGISTRY

from benchmarks.many_callers import expected
from service.engine.jobs import Samples
from service.models.fake import FakeModel
from service.text import prepare
from tests.service.api.test_speech import floats
from tests.service.conftest import StartServer
from tests.service.engine.test_local import Gate

CHAT = (Path(__file__).parents[1] / "text/chat.txt").read_text(encoding="utf-8")
Request = speech_pb2.SynthesizeLiveRequest
NEVER = Duration(seconds=10)


def config(seed: int = 5, delay: Duration = NEVER, **options: Any) -> Request:
    options.setdefault("audio_format", audio_pb2.AudioFormat(encoding=audio_pb2.AUDIO_ENCODING_PCM_F32LE))
    return Request(
        config=speech_pb2.LiveConfig(
            options=speech_pb2.SpeechOptions(generation=speech_pb2.GenerationOptions(seed=seed), **options),
            stream=speech_pb2.StreamOptions(max_lead=Duration(seconds=3600)),
            max_buffer_delay=delay,
        )
    )


def flush(flush_id: str = "") -> Request:
    return Request(flush=speech_pb2.LiveFlush(flush_id=flush_id))


INTERRUPT = Request(interrupt=speech_pb2.LiveInterrupt())


class Session:
    """A live session as a test drives it. What came, in order, is in `answers`."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.answers: list[speech_pb2.SynthesizeLiveResponse] = []

    async def send(self, *requests: Request | str) -> None:
        for request in requests:
            await self.call.write(Request(text=request) if isinstance(request, str) else request)

    async def until(self, kind: str) -> Any:
        """Reads to the next answer of a kind."""
        while (answer := await self.call.read()) is not grpc.aio.EOF:
            self.answers.append(answer)
            if answer.WhichOneof("event") == kind:
                return getattr(answer, kind)
        raise AssertionError(f"the session ended before any {kind}")

    async def finish(self, *requests: Request | str) -> None:
        await self.send(*requests)
        await self.end()

    async def end(self) -> speech_pb2.SynthesisSummary:
        await self.call.done_writing()
        summary: speech_pb2.SynthesisSummary = await self.until("summary")
        assert await self.call.read() is grpc.aio.EOF
        return summary

    def kinds(self) -> list[str]:
        """The kinds of the answers, a run of audio as one."""
        return [kind for kind, _ in itertools.groupby(str(answer.WhichOneof("event")) for answer in self.answers)]

    @property
    def audio(self) -> Samples:
        """All samples, which have no gap."""
        chunks = [answer.audio for answer in self.answers if answer.HasField("audio")]
        starts = itertools.accumulate((chunk.sample_count for chunk in chunks), initial=0)
        assert [chunk.start_sample for chunk in chunks] == list(starts)[:-1]
        return floats(b"".join(chunk.data for chunk in chunks))

    @property
    def timestamps(self) -> list[speech_pb2.Timestamp]:
        return [answer.timestamp for answer in self.answers if answer.HasField("timestamp")]


@asynccontextmanager
async def live(port: int, *requests: Request | str) -> AsyncIterator[Session]:
    async with open_channel(f"127.0.0.1:{port}") as channel:
        call = speech_pb2_grpc.SpeechServiceStub(channel).SynthesizeLive()
        session = Session(call)
        await session.send(*requests)
        yield session
        call.cancel()


async def whole(port: int, text: str, live_config: Request) -> Session:
    """The same text in one request."""
    request = speech_pb2.SynthesizeStreamRequest(
        utterance=speech_pb2.Utterance(text=text, options=live_config.config.options), stream=live_config.config.stream
    )
    async with open_channel(f"127.0.0.1:{port}") as channel:
        session = Session(speech_pb2_grpc.SpeechServiceStub(channel).SynthesizeStream(request))
        await session.until("summary")
    return session


def tokens(text: str, seed: int = 0) -> list[str]:
    """The text as a chat model writes it: pieces of one to nine characters."""
    draw, pieces, at = random.Random(seed), [], 0
    while at < len(text):
        size = draw.randint(1, 9)
        pieces.append(text[at : at + size])
        at += size
    return pieces


def said(stamps: Iterable[speech_pb2.Timestamp]) -> list[tuple[str, str, int, int, int]]:
    return [(t.text, t.spoken_text, t.text_offset, t.text_length, t.segment_index) for t in stamps]


STAMPED = {"timestamps": [speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT]}


@pytest.mark.parametrize("pieces", [tokens(CHAT), list(CHAT), [CHAT]], ids=["tokens", "characters", "whole"])
async def test_a_chat_model_is_heard_as_one_request_with_the_whole_text(
    start_server: StartServer, pieces: list[str]
) -> None:
    server = await start_server()
    async with live(server.port, config(**STAMPED)) as session:
        sending = asyncio.create_task(session.send(*pieces))
        await session.until("audio")
        await sending
        summary = await session.end()
    once = await whole(server.port, CHAT, config(**STAMPED))
    assert session.kinds()[:2] == ["header", "audio"]
    assert session.kinds().count("header") == session.kinds().count("summary") == 1
    assert said(session.timestamps) == said(once.timestamps)
    assert [t.start_offset for t in session.timestamps] == [t.start_offset for t in once.timestamps]
    np.testing.assert_array_equal(session.audio, once.audio)
    np.testing.assert_array_equal(session.audio, expected(CHAT, 5))
    assert summary.finish_reason == speech_pb2.FINISH_REASON_COMPLETE
    assert summary.character_count == prepare(CHAT).character_count
    assert summary.sample_count == session.audio.size


@pytest.mark.slow
async def test_the_embedded_voice_says_a_chat_as_one_text(start_server: StartServer) -> None:
    server = await start_server(models={"loaded": ["kokoro-es"], "default": "kokoro-es", "fallback": None})
    text = CHAT[: CHAT.index("2. Elige")]
    async with live(server.port, config(**STAMPED)) as session:
        await session.send(*tokens(text))
        await session.end()
    once = await whole(server.port, text, config(**STAMPED))
    assert said(session.timestamps) == said(once.timestamps)
    np.testing.assert_array_equal(session.audio, once.audio)


async def test_audio_starts_while_the_text_is_being_written(start_server: StartServer) -> None:
    server = await start_server()
    async with live(server.port, config(), CHAT[:200]) as session:
        first = await session.until("audio")
        await session.send(CHAT[200:])
        await session.end()
    assert first.start_sample == 0
    np.testing.assert_array_equal(session.audio, expected(CHAT, 5))


async def test_flushes_are_answered_in_order_each_after_its_audio(start_server: StartServer) -> None:
    server = await start_server()
    texts = ["Uno y dos", "Tres y cuatro", "", "Cinco"]
    async with live(server.port, config()) as session:
        for index, text in enumerate(texts):
            await session.send(*([text] if text else []), flush(f"f{index}"))
        await session.end()
    heard, ends = 0, []
    for answer in session.answers:
        heard += answer.audio.sample_count
        if answer.HasField("flushed"):
            ends.append((answer.flushed.flush_id, heard))
    sizes = [expected(text, 5).size if text else 0 for text in texts]
    assert ends == [(f"f{index}", end) for index, end in enumerate(itertools.accumulate(sizes))]
    assert session.kinds()[0] == "header"


async def test_a_flush_reaches_the_last_sample_of_a_resampled_stream(start_server: StartServer) -> None:
    server = await start_server()
    audio_format = audio_pb2.AudioFormat(encoding=audio_pb2.AUDIO_ENCODING_PCM_S16LE, sample_rate_hertz=16_000)
    async with live(server.port, config(audio_format=audio_format), "Hola a todos", flush("a")) as session:
        await session.until("flushed")
        heard = sum(answer.audio.sample_count for answer in session.answers)
        summary = await session.end()
    assert heard == summary.sample_count == round(expected("Hola a todos", 5).size * 16 / 24)


async def test_a_sentence_is_sent_to_its_end_though_nothing_follows(start_server: StartServer) -> None:
    server = await start_server()
    async with live(server.port, config(delay=Duration(nanos=1)), "Hola a todos.") as session:
        samples = 0
        while samples < expected("Hola a todos.", 5).size:
            samples += (await session.until("audio")).sample_count


async def test_a_pause_in_the_text_speaks_whole_words(start_server: StartServer) -> None:
    server = await start_server()
    async with live(server.port, config(delay=Duration(nanos=10**7), **STAMPED), "Hola a to") as session:
        first = await session.until("timestamp")
        await session.send("dos.")
        await session.end()
    assert [stamp.text for stamp in session.timestamps] == ["Hola a", "todos."]
    assert (first.text_offset, session.timestamps[1].text_offset) == (0, 7)


async def test_a_slow_writer_is_heard_word_by_word(start_server: StartServer) -> None:
    server = await start_server()
    text = "Hola a todos los que escuchan esta tarde desde su casa"
    async with live(server.port, config(delay=Duration(nanos=1), **STAMPED)) as session:
        for character in text:
            await session.send(character)
            if character == " ":
                await session.until("timestamp")
        await session.end()
    assert " ".join(stamp.spoken_text for stamp in session.timestamps) == text


async def test_an_interrupt_says_where_it_stopped_and_the_session_goes_on(start_server: StartServer) -> None:
    gate = Gate()
    model = FakeModel(slots=1, before_unit=gate)
    server = await start_server(model)
    async with live(server.port, config(), "a" * 200 + " ", flush("cut"), "medio dicho") as session:
        await gate.wait()
        await session.send(INTERRUPT)
        interrupted = await session.until("interrupted")
        units = model.units
        assert session.kinds() == ["header", "flushed", "interrupted"]
        await session.send("Otra cosa.")
        gate.open.set()
        summary = await session.end()
    assert (interrupted.next_sample, units) == (0, 1)
    np.testing.assert_array_equal(session.audio, expected("Otra cosa.", 5))
    assert summary.finish_reason == speech_pb2.FINISH_REASON_COMPLETE
    assert summary.character_count == len("Otra cosa.")
    assert model.open_rows == 0


async def test_an_interrupt_half_way_keeps_the_count_of_samples(start_server: StartServer) -> None:
    server = await start_server(FakeModel(slots=1, decode_seconds=0.001))
    text = "Esta frase es bastante larga y se corta. " * 20
    async with live(server.port, config(), text) as session:
        await session.until("audio")
        await session.send(INTERRUPT)
        interrupted = await session.until("interrupted")
        stopped = session.audio
        await session.send("Otra cosa.", flush("b"))
        await session.until("flushed")
        await session.send(INTERRUPT)
        summary = await session.end()
    assert interrupted.next_sample == stopped.size < expected(text, 5).size
    np.testing.assert_array_equal(stopped, expected(text, 5)[: stopped.size])
    np.testing.assert_array_equal(session.audio[stopped.size :], expected("Otra cosa.", 5))
    assert summary.finish_reason == speech_pb2.FINISH_REASON_INTERRUPTED


@pytest.mark.parametrize("encoding", ["WAV", "MP3", "OGG_OPUS", "AAC", "FLAC", "MULAW"])
async def test_every_encoding_is_one_recording_across_an_interrupt(start_server: StartServer, encoding: str) -> None:
    server = await start_server()
    audio_format = audio_pb2.AudioFormat(encoding=audio_pb2.AudioEncoding.Value(f"AUDIO_ENCODING_{encoding}"))
    async with live(server.port, config(audio_format=audio_format), "Hola a todos.", flush("a")) as session:
        await session.until("flushed")
        await session.send(INTERRUPT, "Otra cosa.")
        summary = await session.end()
    chunks = [answer.audio for answer in session.answers if answer.HasField("audio")]
    assert sum(chunk.sample_count for chunk in chunks) == summary.sample_count
    assert sum(chunk.data.startswith((b"RIFF", b"OggS\x00\x02", b"fLaC")) for chunk in chunks) <= 1


async def test_an_empty_session_is_a_header_and_a_summary(start_server: StartServer) -> None:
    server = await start_server()
    async with live(server.port, config(), "¡¿...!? ") as session:
        summary = await session.end()
    assert session.kinds() == ["header", "summary"]
    assert summary.sample_count == 0


def details(error: grpc.aio.AioRpcError) -> tuple[str, list[str]]:
    """An error's reason and the fields it names."""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata() or ())["grpc-status-details-bin"])
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    return info.reason, [violation.field for violation in bad.field_violations]


BAD = [
    ([], "config"),
    (["Hola."], "config"),
    ([flush()], "config"),
    ([config(), config()], "config"),
    ([config(), ""], "text"),
    ([config(), "a" * 4097], "text"),
    ([config(), Request()], "event"),
    ([config(), flush("x" * 65)], "flush.flush_id"),
    ([config(language_code="en")], "config.options.language_code"),
    ([config(markup=speech_pb2.MARKUP_SSML)], "config.options.markup"),
    ([config(delay=Duration(seconds=11))], "config.max_buffer_delay"),
    ([config(), *["a" * 4000] * 3], "text"),
    ([config(), "Hola. [pausa 99s] "], "text"),
    ([config(lexicon=[speech_pb2.LexiconEntry(pattern="(", replacement="x")])], "config.options.lexicon[0]"),
]


@pytest.mark.parametrize(("requests", "field"), BAD)
async def test_a_wrong_message_ends_the_session_naming_its_field(
    start_server: StartServer, requests: list[Request | str], field: str
) -> None:
    server = await start_server(live={"max_characters": 10_000})
    async with live(server.port) as session:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await session.finish(*requests)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    reason, fields = details(caught.value)
    assert reason in ("INVALID_FIELD", "UNSUPPORTED_OPTION")
    assert fields == [field]


@pytest.mark.parametrize("requests", [[], [config()], [config(), "Hola a todos.", flush("a"), INTERRUPT]])
async def test_a_session_left_idle_is_ended(start_server: StartServer, requests: list[Request | str]) -> None:
    server = await start_server(live={"idle_seconds": 0.05})
    async with live(server.port, *requests) as session:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await session.until("summary")
    assert caught.value.code() is grpc.StatusCode.ABORTED
    assert details(caught.value)[0] == "IDLE_TIMEOUT"


async def test_a_session_is_not_idle_while_it_speaks(start_server: StartServer) -> None:
    gate = Gate()
    server = await start_server(FakeModel(before_unit=gate), live={"idle_seconds": 0.05})
    async with live(server.port, config(), "Hola a todos.", flush("a")) as session:
        await gate.wait()
        await asyncio.to_thread(gate.reached.wait, 1)
        await asyncio.sleep(0.15)  # three times what a silent session may last
        gate.open.set()
        await session.until("flushed")


async def test_a_refusal_by_the_engine_ends_the_session_with_its_reason(start_server: StartServer) -> None:
    server = await start_server(FakeModel(fail_on="mal"))
    async with live(server.port, config(), "Esto sale mal.", flush()) as session:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await session.until("summary")
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert details(caught.value)[0] == "INTERNAL"


async def test_flushes_without_end_are_answered_and_hold_nothing(start_server: StartServer) -> None:
    server = await start_server()
    async with live(server.port, config(), "Hola a todos.") as session:
        sending = asyncio.create_task(session.send(*(flush(str(index)) for index in range(1000))))
        ids = [(await session.until("flushed")).flush_id for _ in range(1000)]
        await sending
        await session.end()
    assert ids == [str(index) for index in range(1000)]


def active() -> float:
    return REGISTRY.get_sample_value("tts_active_streams", {"rpc": "SynthesizeLive"}) or 0


@pytest.mark.slow
async def test_sessions_cancelled_at_any_moment_leave_nothing(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    model = FakeModel(slots=4, decode_seconds=0.0005)
    server = await start_server(model)
    before = active()
    draw = random.Random(7)
    with caplog.at_level(logging.DEBUG):
        await asyncio.gather(*(leave(server.port, draw.random(), seed) for seed in range(100)))
        while active() != before:  # noqa: ASYNC110
            await asyncio.sleep(0)
        once = await whole(server.port, "Hola.", config())
        (engine,) = server._engines.values()
        assert not engine._floor.streams
    np.testing.assert_array_equal(once.audio, expected("Hola.", 5))
    assert model.open_rows == 0
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
    assert not [task for task in asyncio.all_tasks() if "Turn." in repr(task) or "Dictation." in repr(task)]


async def leave(port: int, when: float, seed: int) -> None:
    """Sends a chat with flushes and interrupts among it, listens or does not, and goes away at some point of it."""
    draw = random.Random(seed)
    requests: list[Request | str] = [config(), *tokens(CHAT, seed)]
    for _ in range(5):
        requests.insert(draw.randrange(1, len(requests)), draw.choice([flush("x"), INTERRUPT]))
    async with live(port) as session:
        listening = asyncio.create_task(listen(session) if seed % 3 else asyncio.sleep(0))
        await session.send(*requests[: 1 + int(when * len(requests))])
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def listen(session: Session) -> None:
    await session.until("summary")


@pytest.mark.slow
async def test_a_client_that_stops_reading_is_bounded_and_can_still_be_heard(start_server: StartServer) -> None:
    model = FakeModel(slots=1)
    server = await start_server(model)
    (engine,) = server._engines.values()
    async with live(server.port, config(), *["Una frase que nadie oye todavía. " * 100] * 10, flush("end")) as unread:
        others = [await whole(server.port, "Hola.", config(seed)) for seed in range(3)]
        (stream,) = engine._floor.streams
        assert stream.playback.made - stream.playback.taken < 60
        assert stream.pending
        unread_answers = asyncio.create_task(unread.until("flushed"))
        await unread_answers
    for seed, once in enumerate(others):
        np.testing.assert_array_equal(once.audio, expected("Hola.", seed))
    assert unread.audio.size == expected("Una frase que nadie oye todavía. " * 1000, 5).size


async def test_messages_are_counted(start_server: StartServer) -> None:
    server = await start_server()
    labels = {
        "grpc_type": "bidi_stream",
        "grpc_service": "eslatam.tts.v1.SpeechService",
        "grpc_method": "SynthesizeLive",
    }
    before = REGISTRY.get_sample_value("grpc_server_msg_received_total", labels) or 0
    async with live(server.port, config(), "Hola.", " Adiós.") as session:
        await session.end()
    assert REGISTRY.get_sample_value("grpc_server_msg_received_total", labels) == before + 3
