"""A hundred callers who leave, each at another moment: nothing of theirs stays behind."""

import asyncio
import gc
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc
import pytest
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from prometheus_client import REGISTRY

from service.api.interception import Delegate
from service.models.fake import FakeModel
from tests.service.api.test_speech import until_active
from tests.service.conftest import StartServer

CALLERS = 100
TEXT = " ".join(["a" * 200 + "."] * 8)
SMALL_WINDOW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16 * 1024))
FOR_GOOD = 300
"""Turns of the event loop after which a write that is still under way counts as blocked."""

Call = Any


class Writes:
    """The writes under way on the server, by the id of their request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._under_way: dict[str, object] = {}
        write = Delegate.write

        async def noted(delegate: Delegate, message: Any) -> None:
            request_id = dict(delegate.invocation_metadata()).get("x-request-id", "")
            self._under_way[request_id] = object()
            try:
                await write(delegate, message)
            finally:
                self._under_way.pop(request_id, None)

        monkeypatch.setattr(Delegate, "write", noted)

    async def until_blocked(self, request_id: str) -> None:
        seen, turns = None, 0
        while turns < FOR_GOOD:
            now = self._under_way.get(request_id)
            seen, turns = now, turns + 1 if now is not None and now is seen else 0
            await asyncio.sleep(0)


async def read(call: Call, count: int) -> None:
    for _ in range(count):
        await call.read()


class Leavers:
    """Ways to leave."""

    def __init__(self, writes: Writes, draw: random.Random) -> None:
        self._writes = writes
        self._draw = draw

    async def at_once(self, call: Call, request_id: str) -> None:
        for _ in range(self._draw.randrange(50)):
            await asyncio.sleep(0)
        call.cancel()

    async def between_chunks(self, call: Call, request_id: str) -> None:
        await read(call, self._draw.randrange(2, 20))
        call.cancel()

    async def while_the_writer_is_blocked(self, call: Call, request_id: str) -> None:
        await read(call, self._draw.randrange(3))
        await self._writes.until_blocked(request_id)
        call.cancel()

    async def by_deadline(self, call: Call, request_id: str) -> None:
        with suppress(grpc.aio.AioRpcError):
            await read(call, 10**6)

    def deal(self) -> list[Callable[[Call, str], Awaitable[None]]]:
        ways = [self.at_once, self.between_chunks, self.while_the_writer_is_blocked, self.by_deadline]
        dealt = [ways[index % len(ways)] for index in range(CALLERS)]
        self._draw.shuffle(dealt)
        return dealt


async def leave_all(port: int, leavers: Leavers, draw: random.Random) -> None:
    request = speech_pb2.SynthesizeStreamRequest(
        utterance=speech_pb2.Utterance(text=TEXT), stream=speech_pb2.StreamOptions(max_lead=Duration(seconds=3600))
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", SMALL_WINDOW) as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)

        async def visit(index: int, leave: Callable[[Call, str], Awaitable[None]]) -> None:
            timeout = draw.uniform(0.01, 0.5) if leave == leavers.by_deadline else None
            metadata = (("x-request-id", f"caller-{index}"),)
            await leave(stub.SynthesizeStream(request, metadata=metadata, timeout=timeout), f"caller-{index}")

        await asyncio.gather(*(visit(index, leave) for index, leave in enumerate(leavers.deal())))


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_hundred_callers_who_leave_leave_nothing_behind(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    caplog.set_level(logging.WARNING)
    draw = random.Random(seed)
    model = FakeModel(slots=8, decode_seconds=0.0005)
    server = await start_server(model)
    tasks = len(asyncio.all_tasks())
    await leave_all(server.port, Leavers(Writes(monkeypatch), draw), draw)
    await server._places.until_empty()
    await until_active(0)
    while model.open_rows or REGISTRY.get_sample_value("tts_queued_segments", {"model": "fake"}):  # noqa: ASYNC110
        await asyncio.sleep(0)
    while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110
        await asyncio.sleep(0)
    units = model.units
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)
        assert (await stub.Synthesize(speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola.")))).audio
    assert model.units == units + 5 + 1
    gc.collect()
    assert [record.getMessage() for record in caplog.records] == []
