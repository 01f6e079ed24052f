import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any
from wave import open as open_wave

import eslatam
import grpc
import pytest
from eslatam import AsyncClient


async def wait_for(event: Any) -> bool:
    return await asyncio.to_thread(event.wait, 10)


async def test_synthesize_returns_the_whole_recording(speech_server: Any, tmp_path: Path) -> None:
    async with AsyncClient(speech_server.target) as client:
        speech = await client.synthesize("Hola", voice="ana", model="tone", seed=7, timestamps=["segment", "word"])
    assert speech.header.voice == "ana"
    assert (speech.header.model, speech.header.encoding, speech.header.seed) == ("tone", "wav", 7)
    assert speech.summary.audio_duration == 1.0
    assert speech.summary.finish_reason == "complete"
    assert [stamp.granularity for stamp in speech.timestamps] == ["segment", "word"]
    assert speech.timestamps[0].end == 1.0
    with open_wave(BytesIO(speech.audio)) as wave:
        assert wave.getnframes() == speech.summary.sample_count == 24_000
    speech.save(tmp_path / "hola.wav")
    assert (tmp_path / "hola.wav").read_bytes() == speech.audio


async def test_a_recording_of_many_megabytes_arrives(speech_server: Any) -> None:
    speech_server.behaviour.seconds = 120.0
    async with AsyncClient(speech_server.target) as client:
        speech = await client.synthesize("Un texto largo.")
    assert len(speech.audio) > 5 * 2**20


async def test_stream_gives_header_chunks_timestamps_and_summary(speech_server: Any) -> None:
    async with (
        AsyncClient(speech_server.target) as client,
        client.stream("Hola", encoding="pcm", timestamps=["segment"]) as stream,
    ):
        assert stream.header.sample_rate == 24_000
        with pytest.raises(RuntimeError, match="after the last chunk"):
            _ = stream.summary
        chunks = [chunk async for chunk in stream]
        assert stream.summary.sample_count == sum(chunk.sample_count for chunk in chunks) == 24_000
        assert [chunk.start_sample for chunk in chunks] == list(range(0, 24_000, 4_800))
        assert sum(len(chunk.data) for chunk in chunks) == 48_000
        assert [stamp.text for stamp in stream.timestamps] == ["Hola"]


async def test_leaving_a_stream_early_cancels_it_at_the_server(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    async with AsyncClient(speech_server.target) as client:
        async with client.stream("Hola") as stream:
            async for _ in stream:
                break
        assert await wait_for(speech_server.behaviour.cancelled)


async def test_cancelling_the_task_cancels_the_call(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    async with AsyncClient(speech_server.target) as client:
        task = asyncio.create_task(client.synthesize("Hola"))
        assert await wait_for(speech_server.behaviour.started)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await wait_for(speech_server.behaviour.cancelled)


async def test_a_stream_without_its_summary_was_cut(speech_server: Any) -> None:
    speech_server.behaviour.sends_summary = False
    async with AsyncClient(speech_server.target) as client, client.stream("Hola", request_id="mine") as stream:
        assert [(await anext(stream)).start_sample for _ in range(5)][-1] == 19_200
        with pytest.raises(eslatam.StreamCutError) as caught:
            await anext(stream)
    assert caught.value.request_id == "mine"


async def test_a_stream_without_its_header_was_cut(speech_server: Any) -> None:
    speech_server.behaviour.sends_header = False
    async with AsyncClient(speech_server.target) as client:
        with pytest.raises(eslatam.StreamCutError):
            async with client.stream("Hola"):
                pass


async def test_voices_are_read_to_the_last_page(speech_server: Any) -> None:
    (first,) = speech_server.behaviour.voices
    speech_server.behaviour.voices = (first, type(first)(name="voices/ana"), type(first)(name="voices/luz"))
    async with AsyncClient(speech_server.target) as client:
        voices = await client.voices(language="es-MX")
    assert [voice.id for voice in voices] == ["default", "ana", "luz"]
    assert voices[0].source == "built_in"
    assert voices[0].labels == {"gender": "female"}
    assert voices[0].models == ("tone",)
    assert {request.language_code for request in speech_server.behaviour.requests} == {"es-MX"}


async def test_models(speech_server: Any) -> None:
    async with AsyncClient(speech_server.target) as client:
        (model,) = await client.models()
    assert (model.id, model.state, model.installed, model.fallback) == ("tone", "ready", True, "")
    assert model.options == ("seed", "speaking_rate")


async def test_a_call_may_bring_its_request_id(speech_server: Any) -> None:
    async with AsyncClient(speech_server.target) as client:
        speech = await client.synthesize("Hola", request_id="abc-123")
        await client.synthesize("Hola")
    assert speech.header.request_id == "abc-123"
    assert ["x-request-id" in metadata for metadata in speech_server.behaviour.metadata] == [True, False]


async def test_the_deadline_of_a_call_reaches_the_server(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    async with AsyncClient(speech_server.target) as client:
        with pytest.raises(eslatam.DeadlineExceededError):
            await client.synthesize("Hola", timeout=0.3)
        assert await wait_for(speech_server.behaviour.cancelled)


async def test_the_deadline_of_the_client_holds_for_a_whole_stream(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    async with AsyncClient(speech_server.target, stream_timeout=0.3) as client, client.stream("Hola") as stream:
        await anext(stream)
        with pytest.raises(eslatam.DeadlineExceededError):
            await anext(stream)


async def test_closing_ends_the_calls_under_way(speech_server: Any) -> None:
    speech_server.behaviour.hangs = True
    client = AsyncClient(speech_server.target)
    task = asyncio.create_task(client.synthesize("Hola"))
    assert await wait_for(speech_server.behaviour.started)
    await client.close()
    with pytest.raises(eslatam.ClosedError):
        await task


async def test_a_closed_client_takes_no_calls(speech_server: Any) -> None:
    async with AsyncClient(speech_server.target) as client:
        await client.models()
    with pytest.raises(eslatam.ClosedError):
        await client.models()
    with pytest.raises(eslatam.ClosedError):
        async with client.stream("Hola"):
            pass
    await client.close()


def test_a_client_made_before_its_loop_works(speech_server: Any) -> None:
    client = AsyncClient(speech_server.target)

    async def speak() -> eslatam.Speech:
        async with client:
            return await client.synthesize("Hola")

    assert asyncio.run(speak()).summary.sample_count == 24_000


@pytest.mark.parametrize("api_key", [None, "secret"])
async def test_streams_and_cancels_are_the_same_with_a_key(speech_server: Any, api_key: str | None) -> None:
    speech_server.behaviour.hangs = True
    async with AsyncClient(speech_server.target, api_key=api_key) as client:
        async with client.stream("Hola") as stream:
            await anext(stream)
        assert await wait_for(speech_server.behaviour.cancelled)
        speech_server.behaviour.fail(grpc.StatusCode.NOT_FOUND)
        with pytest.raises(eslatam.NotFoundError):
            async with client.stream("Hola"):
                pass
