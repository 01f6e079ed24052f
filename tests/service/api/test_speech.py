import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import grpc
import numpy as np
import pytest
import soundfile
from eslatam import AsyncClient, InvalidRequestError, NotFoundError, OverloadedError, SpeechError, UnavailableError
from eslatam.tts.v1 import audio_pb2, speech_pb2, speech_pb2_grpc, voices_pb2, voices_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY

from benchmarks.many_callers import expected
from service.engine.jobs import Samples
from service.engine.seeds import segment_seed
from service.models.fake import SAMPLE_RATE, TOKEN_SAMPLES, FakeModel, token_count, tone
from service.text import prepare
from tests.service.conftest import StartServer
from tests.service.engine.test_local import Gate
from tests.service.engine.test_slots import Full

TEXT = "Hola a todos los que escuchan. ¿Cómo están hoy? Esta es la última frase del texto, y es algo más larga."


def floats(data: bytes) -> Samples:
    return np.frombuffer(data, "<f4")


async def until_active(count: int) -> None:
    """Waits until so many syntheses are under way."""
    rpcs = ("Synthesize", "SynthesizeStream")
    while sum(REGISTRY.get_sample_value("tts_active_streams", {"rpc": rpc}) or 0 for rpc in rpcs) != count:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def until_not_serving(port: int) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        async for reply in health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest()):
            if reply.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                return


async def test_a_stream_is_header_audio_timestamps_summary(start_server: StartServer) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)
        request = speech_pb2.SynthesizeStreamRequest(
            utterance=speech_pb2.Utterance(
                text=TEXT,
                options=speech_pb2.SpeechOptions(
                    generation=speech_pb2.GenerationOptions(seed=5),
                    audio_format=audio_pb2.AudioFormat(encoding=audio_pb2.AUDIO_ENCODING_PCM_F32LE),
                    timestamps=[speech_pb2.TIMESTAMP_GRANULARITY_SEGMENT],
                ),
            )
        )
        call = stub.SynthesizeStream(request, metadata=(("x-request-id", "abc-1"),))
        events = [event async for event in call]
        metadata = dict(await call.initial_metadata())
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[:2] == ["header", "audio"]
    assert kinds[-1] == "summary"
    assert kinds.count("header") == kinds.count("summary") == 1
    header, summary = events[0].header, events[-1].summary
    assert metadata["x-request-id"] == header.request_id == "abc-1"
    assert (header.model, header.requested_model, header.fallback_reason) == ("models/fake", "models/fake", "")
    assert (header.voice, header.seed) == ("voices/default", 5)
    segments = prepare(TEXT).segments
    assert header.segment_count == len(segments)
    assert header.target_characters == 120
    chunks = [event.audio for event in events if event.HasField("audio")]
    assert all(chunk.sample_count <= 0.2 * SAMPLE_RATE for chunk in chunks)
    position = 0
    for chunk in chunks:
        assert chunk.start_sample == position
        position += chunk.sample_count
    assert position == summary.sample_count
    np.testing.assert_array_equal(floats(b"".join(chunk.data for chunk in chunks)), expected(TEXT, 5))
    timestamps = [event.timestamp for event in events if event.HasField("timestamp")]
    assert [t.text for t in timestamps] == [TEXT[s.offset : s.offset + s.length] for s in segments]
    assert [t.spoken_text for t in timestamps] == [s.text for s in segments]
    first = timestamps[0].end_offset.ToTimedelta().total_seconds()
    assert first == pytest.approx(token_count(segments[0].text) / 25)
    assert {chunk.segment_index for chunk in chunks} == set(range(len(segments)))


async def test_the_whole_is_the_stream(start_server: StartServer) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        whole = await client.synthesize(TEXT, seed=9, encoding="wav")
        async with client.stream(TEXT, seed=9, encoding="pcm") as stream:
            streamed = b"".join([chunk.data async for chunk in stream])
    samples, rate = soundfile.read(io.BytesIO(whole.audio), dtype="int16")
    assert rate == SAMPLE_RATE
    np.testing.assert_array_equal(samples, np.frombuffer(streamed, "<i2"))
    assert whole.summary.sample_count == samples.size
    assert whole.summary.finish_reason == "complete"


@pytest.mark.parametrize("encoding", ["wav", "mp3", "opus", "aac", "flac", "pcm", "pcm_f32le", "mulaw", "alaw"])
@pytest.mark.parametrize("speaking_rate", [1.0, 1.5])
async def test_every_encoding_counts_its_samples(
    start_server: StartServer, encoding: str, speaking_rate: float
) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        async with client.stream(TEXT, seed=1, encoding=encoding, speaking_rate=speaking_rate) as stream:  # type: ignore[arg-type]
            chunks = [chunk async for chunk in stream]
        summary, header = stream.summary, stream.header
    assert sum(chunk.sample_count for chunk in chunks) == summary.sample_count
    natural = expected(TEXT, 1).size * header.sample_rate / SAMPLE_RATE
    assert summary.sample_count == pytest.approx(natural / speaking_rate, abs=1)
    assert all(chunk.data for chunk in chunks)


@pytest.mark.slow
async def test_two_hundred_streams_get_their_own_audio(start_server: StartServer) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:

        async def listen(seed: int) -> bytes:
            async with client.stream(TEXT, seed=seed, encoding="pcm_f32le", max_lead=3600) as stream:
                return b"".join([chunk.data async for chunk in stream])

        audios = await asyncio.gather(*(listen(seed) for seed in range(1, 201)))
    for seed, audio in enumerate(audios, 1):
        np.testing.assert_array_equal(floats(audio), expected(TEXT, seed))


async def test_a_cancelled_stream_frees_its_slot_after_the_unit_under_way(start_server: StartServer) -> None:
    gate = Gate()
    model = FakeModel(slots=1, before_unit=gate)
    server = await start_server(model)
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(drain(client, "a" * 250))
            await gate.wait()
            listening.cancel()
        await until_active(0)
        units = model.units
        gate.open.set()
        await client.synthesize("Hola.")
    assert units == 1
    assert model.units == 1 + 5 + 1
    assert model.open_rows == 0


async def drain(client: AsyncClient, text: str) -> None:
    async with client.stream(text) as stream:
        async for _ in stream:
            pass


@pytest.mark.parametrize("drain_seconds", [0, 0.2])
async def test_running_streams_end_well_and_new_calls_are_told_when_to_come_back_while_draining(
    start_server: StartServer, drain_seconds: float
) -> None:
    gate = Gate()
    server = await start_server(FakeModel(before_unit=gate), grpc={"drain_seconds": drain_seconds})
    async with (
        AsyncClient(f"127.0.0.1:{server.port}") as client,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as watching,
    ):
        # One that watches for ever, as balancers do, must not hold the server back.
        watch = health_pb2_grpc.HealthStub(watching).Watch(health_pb2.HealthCheckRequest())
        speaking = asyncio.create_task(client.synthesize(TEXT, seed=3, encoding="pcm_f32le"))
        await gate.wait()
        stopping = asyncio.create_task(server.stop())
        await until_not_serving(server.port)
        with pytest.raises(UnavailableError) as refused:
            await client.synthesize("Hola.")
        gate.open.set()
        speech = await speaking
        await stopping
        assert [reply.status async for reply in until_cut(watch)][-1] == health_pb2.HealthCheckResponse.NOT_SERVING
    assert refused.value.reason == "NOT_READY"
    assert (refused.value.retry_after or 0) >= 1
    np.testing.assert_array_equal(floats(speech.audio), expected(TEXT, 3))


async def until_cut(call: Any) -> AsyncIterator[Any]:
    with suppress(grpc.aio.AioRpcError):
        async for reply in call:
            yield reply


BAD: Sequence[tuple[dict[str, object], str, str]] = [
    ({"text": ""}, "INVALID_FIELD", "utterance.text"),
    ({"text": "¡¿...!? —"}, "INVALID_FIELD", "utterance.text"),
    ({"text": "\x00\x07\x1b"}, "INVALID_FIELD", "utterance.text"),
    ({"text": "a" * 10_001}, "INVALID_FIELD", "utterance.text"),
    ({"voice": "../../etc/passwd"}, "INVALID_FIELD", "utterance.options.voice.name"),
    ({"speaking_rate": 0.0}, "INVALID_FIELD", "utterance.options.generation.speaking_rate"),
    ({"speaking_rate": float("nan")}, "INVALID_FIELD", "utterance.options.generation.speaking_rate"),
    ({"language": "en"}, "UNSUPPORTED_OPTION", "utterance.options.language_code"),
    (
        {"encoding": "mulaw", "sample_rate": 16_000},
        "UNSUPPORTED_OPTION",
        "utterance.options.audio_format.sample_rate_hertz",
    ),
    ({"markup": "ssml"}, "INVALID_FIELD", "utterance.text"),
    ({"markup": "ssml", "text": "<speak><audio/></speak>"}, "INVALID_FIELD", "utterance.text"),
    ({"text": "Hola [pausa 11s]"}, "INVALID_FIELD", "utterance.text"),
    ({"lexicon": {"hola": "<>"}, "text": "hola"}, "INVALID_FIELD", "utterance.text"),
    ({"lexicon": {".": "x", " ": "y"}}, "INVALID_FIELD", "utterance.options.lexicon[1]"),
    ({"timestamps": ["word"]}, "UNSUPPORTED_OPTION", "utterance.options.timestamps"),
    ({"voice": b"not audio at all"}, "BAD_REFERENCE_AUDIO", "utterance.options.voice.reference_audio"),
]


@pytest.mark.parametrize(("options", "reason", "field"), BAD)
async def test_bad_input_is_refused_by_field_in_two_languages(
    start_server: StartServer, options: dict[str, object], reason: str, field: str
) -> None:
    server = await start_server()
    text = str(options.pop("text", TEXT))
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        with pytest.raises(InvalidRequestError) as caught:
            await client.synthesize(text, **options)  # type: ignore[arg-type]
        assert (await client.synthesize(TEXT, seed=2, encoding="pcm_f32le")).audio == expected(TEXT, 2).tobytes()
    error = caught.value
    assert error.reason == reason
    assert [violation.field for violation in error.violations] == [field]
    assert error.message
    assert error.localized_message
    assert error.message != error.localized_message
    assert error.request_id


@pytest.mark.parametrize("options", [{"voice": "nobody"}, {"model": "nothing"}])
async def test_what_does_not_exist_is_not_found(start_server: StartServer, options: dict[str, str]) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        with pytest.raises(NotFoundError) as caught:
            await client.synthesize("Hola.", **options)  # type: ignore[arg-type]
    assert caught.value.reason in ("VOICE_NOT_FOUND", "MODEL_NOT_FOUND")


async def test_a_bug_leaks_nothing(start_server: StartServer) -> None:
    server = await start_server(FakeModel(fail_on="mal"))
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        with pytest.raises(SpeechError) as caught:
            await client.synthesize("Esto sale mal.")
        await client.synthesize("Esto sale bien.")
    assert caught.value.reason == "INTERNAL"
    assert "fake" not in caught.value.message


async def test_the_fallback_says_so_and_never_clones(start_server: StartServer) -> None:
    server = await start_server(models={"default": "chatterbox-es-latam", "fallback": "fake"})
    counted = REGISTRY.get_sample_value("tts_fallback_total", {"model": "fake"}) or 0
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        speech = await client.synthesize("Hola.")
        assert REGISTRY.get_sample_value("tts_fallback_total", {"model": "fake"}) == counted + 1
        assert speech.header.model == "fake"
        assert speech.header.requested_model == "chatterbox-es-latam"
        assert "not installed" in speech.header.fallback_reason
        with pytest.raises(SpeechError) as caught:
            await client.synthesize("Hola.", voice=b"x")
    assert caught.value.reason == "MODEL_NOT_INSTALLED"


async def test_without_a_fallback_a_model_that_is_not_installed_is_refused(start_server: StartServer) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        with pytest.raises(SpeechError) as caught:
            await client.synthesize("Hola.", model="chatterbox-es-latam")
    assert caught.value.reason == "MODEL_NOT_INSTALLED"


async def test_a_full_queue_refuses_with_a_time_to_come_back(start_server: StartServer) -> None:
    gate = Gate()
    server = await start_server(FakeModel(slots=1, before_unit=gate), engine={"queue_limit": 1})
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)
        request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola."))
        running = stub.Synthesize(request)
        await gate.wait()
        waiting = stub.Synthesize(request)
        await until_active(2)
        async with AsyncClient(f"127.0.0.1:{server.port}") as client:
            with pytest.raises(SpeechError) as caught:
                await client.synthesize("Hola.")
        gate.open.set()
        await asyncio.gather(running, waiting)
    assert caught.value.reason == "OVERLOADED"
    assert (caught.value.retry_after or 0) >= 1


async def test_a_full_memory_refuses_with_a_time_to_come_back_and_serves_the_next(start_server: StartServer) -> None:
    server = await start_server(FakeModel(before_unit=Full("render")))
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        with pytest.raises(OverloadedError) as caught:
            await client.synthesize("Hola.")
        assert (await client.synthesize("Hola.")).audio
    assert caught.value.reason == "OUT_OF_MEMORY"
    assert caught.value.retry_after == 5


async def test_what_is_not_built_says_so(start_server: StartServer) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = voices_pb2_grpc.VoiceServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.DeleteVoice(voices_pb2.DeleteVoiceRequest(name="voices/ana"))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_first_audio_is_timed_by_class(start_server: StartServer) -> None:
    server = await start_server()
    labels = {"rpc": "Synthesize", "priority": "batch"}
    before = REGISTRY.get_sample_value("tts_time_to_first_audio_seconds_count", labels) or 0
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        await client.synthesize("Hola.", priority="batch")
    assert REGISTRY.get_sample_value("tts_time_to_first_audio_seconds_count", labels) == before + 1


async def test_a_pause_may_come_first_and_a_segment_has_a_rate_of_its_own(start_server: StartServer) -> None:
    server = await start_server()
    text = "<speak><break time='500ms'/>Uno dos.<prosody rate='200%'>Tres cuatro cinco.</prosody>Seis siete.</speak>"
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        async with client.stream(
            text, markup="ssml", seed=1, encoding="pcm_f32le", timestamps=["segment"], max_lead=60
        ) as stream:
            chunks = [chunk async for chunk in stream]
        said = prepare(text, ssml=True).segments
    sizes = [token_count(segment.text) * TOKEN_SAMPLES for segment in said]
    pauses = [round(segment.pause_after * SAMPLE_RATE) for segment in said]
    lead = SAMPLE_RATE // 2
    middle = round((sizes[1] + pauses[1]) / 2)
    starts = [lead, lead + sizes[0] + pauses[0], lead + sizes[0] + pauses[0] + middle]
    samples = np.concatenate([floats(chunk.data) for chunk in chunks])
    assert [round(stamp.start * SAMPLE_RATE) for stamp in stream.timestamps] == starts
    assert len(samples) == stream.summary.sample_count == starts[2] + sizes[2] + pauses[2]
    assert not samples[:lead].any()
    np.testing.assert_array_equal(samples[lead : lead + sizes[0]], tone(segment_seed(1, 0), 0, sizes[0]))
    np.testing.assert_array_equal(samples[starts[2] :][: sizes[2]], tone(segment_seed(1, 2), 0, sizes[2]))
