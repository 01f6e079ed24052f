import asyncio
from typing import Any

import eslatam
import grpc
import pytest
from eslatam import AsyncClient, Chunk, Flushed, Interrupted, Timestamp
from eslatam._live import MESSAGE_CHARACTERS

pytestmark = pytest.mark.parametrize("api_key", [None, "secret"])


async def test_text_is_sent_and_events_come(speech_server: Any, api_key: str | None) -> None:
    async with (
        AsyncClient(speech_server.target, api_key=api_key) as client,
        client.live(encoding="pcm", voice="ana", timestamps=["segment"], max_buffer_delay=0.2, seed=7) as live,
    ):
        with pytest.raises(RuntimeError, match="first event"):
            _ = live.header
        await live.send("Ho")
        await live.send("la")
        await live.flush("uno")
        events = [await anext(live) for _ in range(5)]
        assert (live.header.voice, live.header.seed, live.header.sample_rate) == ("ana", 7, 24_000)
        await live.interrupt()
        events.append(await anext(live))
        await live.send("sí")
        await live.finish()
        with pytest.raises(RuntimeError, match="last event"):
            _ = live.summary
        events += [event async for event in live]
    assert [type(event) for event in events] == [*[Chunk] * 4, Flushed, Interrupted, *[Chunk] * 2, Timestamp]
    assert events[4:6] == [Flushed("uno"), Interrupted(9600)]
    assert [event.start_sample for event in events if isinstance(event, Chunk)] == [2400 * at for at in range(6)]
    assert live.summary.sample_count == 14_400
    config, first, *_ = speech_server.behaviour.requests
    assert config.max_buffer_delay.ToMilliseconds() == 200
    assert first.text == "Ho"


async def test_a_session_that_says_nothing_ends_well(speech_server: Any, api_key: str | None) -> None:
    async with AsyncClient(speech_server.target, api_key=api_key) as client, client.live(request_id="mine") as live:
        await live.finish()
        assert [event async for event in live] == []
        assert live.header.request_id == "mine"
        assert live.summary.sample_count == 0


async def test_a_long_text_goes_in_messages(speech_server: Any, api_key: str | None) -> None:
    text = "a" * (MESSAGE_CHARACTERS + 1)
    async with AsyncClient(speech_server.target, api_key=api_key) as client, client.live() as live:
        await live.send(text)
        await live.interrupt()
        assert await anext(live) == Interrupted(0)
    sent = [request.text for request in speech_server.behaviour.requests[1:] if request.text]
    assert "".join(sent) == text
    assert len(sent) == 2


async def test_leaving_early_cancels_at_the_server(speech_server: Any, api_key: str | None) -> None:
    async with AsyncClient(speech_server.target, api_key=api_key) as client:
        async with client.live() as live:
            await live.send("Hola")
            await live.flush()
            await anext(live)
        assert await asyncio.to_thread(speech_server.behaviour.cancelled.wait, 10)


async def test_a_failure_is_raised_where_it_is_read_and_where_more_is_sent(
    speech_server: Any, api_key: str | None
) -> None:
    speech_server.behaviour.fail(grpc.StatusCode.RESOURCE_EXHAUSTED)
    async with AsyncClient(speech_server.target, api_key=api_key) as client, client.live() as live:
        with pytest.raises(eslatam.OverloadedError):
            await anext(live)
        with pytest.raises(eslatam.OverloadedError):
            await live.send("Hola")


async def test_a_session_without_its_summary_was_cut(speech_server: Any, api_key: str | None) -> None:
    speech_server.behaviour.sends_summary = False
    async with AsyncClient(speech_server.target, api_key=api_key) as client, client.live(request_id="mine") as live:
        await live.finish()
        with pytest.raises(eslatam.StreamCutError) as caught:
            await anext(live)
    assert caught.value.request_id == "mine"


async def test_an_option_there_is_not_is_a_type_error(speech_server: Any, api_key: str | None) -> None:
    async with AsyncClient(speech_server.target, api_key=api_key) as client:
        with pytest.raises(TypeError, match="'flavour'"):
            async with client.live(flavour="mint"):  # type: ignore[call-arg]
                pass
