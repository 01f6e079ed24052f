"""A chat that is heard while it is written, in front of the whole product."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from eslatam import AsyncClient, Chunk, Flushed, Interrupted, Timestamp
from websockets.asyncio.client import connect

from benchmarks.running import Service
from tests.service.api.test_live import tokens

pytestmark = pytest.mark.slow

CHAT = (Path(__file__).parents[1] / "service/text/chat.txt").read_text(encoding="utf-8")
OPTIONS = {"generation": {"seed": "5"}, "timestamps": ["TIMESTAMP_GRANULARITY_SEGMENT"]}
PATIENT = {"config": {"options": OPTIONS, "stream": {"maxLead": "3600s"}, "maxBufferDelay": "10s"}}


async def speak_whole(service: Service) -> tuple[bytes, list[str]]:
    """The same text in one request: its audio, and what was said of it."""
    async with AsyncClient(service.target) as client:
        speech = await client.synthesize(CHAT, seed=5, encoding="pcm", timestamps=["segment"])
    return speech.audio, [stamp.spoken_text for stamp in speech.timestamps]


async def converse(service: Service, *messages: dict[str, Any]) -> tuple[bytes, list[dict[str, Any]]]:
    """Audio and messages of a session over the WebSocket."""
    address = f"{service.url.replace('http', 'ws')}/api/v1/speech:live"
    async with connect(address, proxy=None) as socket:
        sending = asyncio.create_task(send(socket, messages))
        frames = [frame async for frame in socket]
        await sending
        assert socket.close_code == 1000
    audio = b"".join(frame for frame in frames if isinstance(frame, bytes))
    return audio, [json.loads(frame) for frame in frames if isinstance(frame, str)]


async def send(socket: Any, messages: Any) -> None:
    for message in messages:
        await socket.send(json.dumps(message))


async def test_a_chat_over_the_websocket_is_the_whole_text(fake: Service) -> None:
    texts = [{"text": token} for token in tokens(CHAT)]
    audio, messages = await converse(fake, PATIENT, *texts, {"end": {}})
    whole, said = await speak_whole(fake)
    assert audio == whole
    assert [message["timestamp"]["spokenText"] for message in messages if "timestamp" in message] == said
    assert [next(iter(messages[at])) for at in (0, -1)] == ["header", "summary"]
    assert int(messages[-1]["summary"]["sampleCount"]) == len(whole) // 2


async def test_a_chat_with_the_client_is_the_whole_text(fake: Service) -> None:
    audio, said = b"", []
    options: Any = {"seed": 5, "encoding": "pcm", "timestamps": ["segment"], "max_buffer_delay": 10}
    async with AsyncClient(fake.target) as client, client.live(max_lead=3600, **options) as live:
        for token in tokens(CHAT):
            await live.send(token)
        await live.finish()
        async for event in live:
            if isinstance(event, Chunk):
                audio += event.data
            elif isinstance(event, Timestamp):
                said.append(event.spoken_text)
    assert (audio, said) == await speak_whole(fake)


async def test_an_agent_that_is_interrupted_goes_on(embedded: Service) -> None:
    async with AsyncClient(embedded.target) as client, client.live(encoding="pcm") as live:
        await live.send("Le cuento una historia muy larga. " * 20)
        first = await anext(live)
        await live.interrupt()
        await live.send("Sí, dígame.")
        await live.flush("después")
        await live.finish()
        events = [first, *[event async for event in live]]
    kinds = [type(event) for event in events if not isinstance(event, Chunk)]
    stopped = next(event.next_sample for event in events if isinstance(event, Interrupted))
    heard = sum(event.sample_count for event in events if isinstance(event, Chunk))
    assert kinds == [Interrupted, Flushed]
    assert heard == live.summary.sample_count > stopped > 0
    assert live.summary.character_count < 200


async def test_the_bridge_tells_what_is_wrong_in_the_callers_language(fake: Service) -> None:
    address = f"{fake.url.replace('http', 'ws')}/api/v1/speech:live"
    async with connect(address, proxy=None, additional_headers={"Accept-Language": "es"}) as socket:
        await socket.send(json.dumps({"text": "Hola"}))
        error = json.loads(await socket.recv())["error"]
    assert (error["reason"], error["field"]) == ("INVALID_FIELD", "config")
    assert "primer mensaje" in error["message"]
    async with httpx.AsyncClient(base_url=fake.url) as client:
        assert (await client.get("/live")).status_code == 200
