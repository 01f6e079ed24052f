"""Clients that would take more than their share: each gets what the contract names, and others are served."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import grpc
import pytest
from eslatam import AsyncClient, OverloadedError
from eslatam._errors import translated
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from prometheus_client import REGISTRY

from benchmarks.raw_http2 import PREFACE, Connection, pack_message
from service.engine.jobs import Row
from service.models.fake import TOKENS_PER_SECOND, FakeModel
from tests.service.api.test_cancellation import SMALL_WINDOW
from tests.service.api.test_reception import STREAM, SYNTHESIZE, handled, until_handled
from tests.service.conftest import StartServer
from tests.service.engine.test_local import Gate

HOLA = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola."))
OTHER = (("x-eslatam-caller", "other"),)
LIMIT = 8


async def serve_another(port: int) -> bool:
    """Whether another caller is served meanwhile."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        response = await speech_pb2_grpc.SpeechServiceStub(channel).Synthesize(HOLA, metadata=OTHER)
    return len(response.audio) > 0


class Decoded:
    """Tokens decoded, counted by the text of the row."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()

    def __call__(self, kind: str, rows: Sequence[Row]) -> None:
        if kind == "decode":
            self.count.update(row.text[:1] for row in rows)


def queued() -> float:
    return REGISTRY.get_sample_value("tts_queued_segments", {"model": "fake"}) or 0


@pytest.mark.slow
async def test_who_stops_reading_gives_its_slot_away_and_gets_the_rest_when_it_reads_on(
    start_server: StartServer,
) -> None:
    decoded = Decoded()
    model = FakeModel(slots=1, before_unit=decoded)
    server = await start_server(model)
    text = " ".join(["x" * 200 + "."] * 45)
    request = speech_pb2.SynthesizeStreamRequest(
        utterance=speech_pb2.Utterance(text=text), stream=speech_pb2.StreamOptions(max_lead=Duration(seconds=3600))
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", SMALL_WINDOW) as channel:
        call = speech_pb2_grpc.SpeechServiceStub(channel).SynthesizeStream(request)
        await call.read()
        while not decoded.count["x"] or model.open_rows or not queued():  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert await serve_another(server.port)
        made = decoded.count["x"] / TOKENS_PER_SECOND
        assert made < 60
        assert len(text) / TOKENS_PER_SECOND > 5 * made
        events = []
        while (event := await call.read()) is not grpc.aio.EOF:
            events.append(event)
    assert events[-1].summary.sample_count == sum(event.audio.sample_count for event in events)
    assert events[-1].summary.finish_reason == speech_pb2.FINISH_REASON_COMPLETE


@pytest.mark.parametrize("path", [SYNTHESIZE, STREAM])
async def test_who_sends_a_request_byte_by_byte_runs_out_of_time(start_server: StartServer, path: str) -> None:
    server = await start_server(limits={"receive_seconds": 0.3, "concurrent_streams": 1})
    method = path.rpartition("/")[2]
    late = handled(method, "DeadlineExceeded")
    async with Connection.open(f"127.0.0.1:{server.port}") as connection:
        stream = connection.start_call(path)
        for byte in pack_message(HOLA.SerializeToString())[:-1]:
            await connection.send(stream, bytes([byte]))
        assert await serve_another(server.port)
        assert await connection.until_end(stream) == b""
    await until_handled(method, "DeadlineExceeded", late + 1)
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        assert (await client.synthesize("Hola.")).audio


async def test_who_does_not_finish_its_greeting_is_cut(start_server: StartServer) -> None:
    server = await start_server(limits={"receive_seconds": 0.3})
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for byte in PREFACE[:-1]:
        writer.write(bytes([byte]))
        await writer.drain()
    assert await serve_another(server.port)
    while await reader.read(1024):
        pass
    writer.close()


async def open_many(channel: grpc.aio.Channel, ended: "asyncio.Queue[str]") -> None:
    """500 calls at once; what each comes to."""
    stub = speech_pb2_grpc.SpeechServiceStub(channel)

    async def ask() -> None:
        try:
            with translated():
                await stub.Synthesize(HOLA)
        except OverloadedError as error:
            ended.put_nowait(error.reason)
        else:
            ended.put_nowait("served")

    await asyncio.gather(*(ask() for _ in range(500)))


async def test_who_opens_500_streams_gets_those_that_one_caller_may_have(start_server: StartServer) -> None:
    gate = Gate()
    server = await start_server(FakeModel(before_unit=gate), limits={"concurrent_streams": LIMIT})
    ended: asyncio.Queue[str] = asyncio.Queue()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel, asyncio.TaskGroup() as group:
        group.create_task(open_many(channel, ended))
        assert {await ended.get() for _ in range(500 - LIMIT)} == {"QUOTA_EXCEEDED"}
        other = group.create_task(serve_another(server.port))
        gate.open.set()
        assert await other
    assert [ended.get_nowait() for _ in range(LIMIT)] == ["served"] * LIMIT


@pytest.mark.slow
async def test_without_limits_the_engine_refuses_what_its_queue_does_not_hold(start_server: StartServer) -> None:
    gate = Gate()
    server = await start_server(FakeModel(slots=LIMIT, before_unit=gate), engine={"queue_limit": 64})
    ended: asyncio.Queue[str] = asyncio.Queue()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel, asyncio.TaskGroup() as group:
        group.create_task(open_many(channel, ended))
        assert await ended.get() == "OVERLOADED"
        gate.open.set()
    assert "served" in {ended.get_nowait() for _ in range(499)} <= {"served", "OVERLOADED"}
    assert await serve_another(server.port)


async def test_who_opens_500_streams_and_sends_nothing_holds_no_more_places_either(start_server: StartServer) -> None:
    server = await start_server(limits={"receive_seconds": 60, "concurrent_streams": LIMIT})
    refused = handled("Synthesize", "ResourceExhausted")
    async with Connection.open(f"127.0.0.1:{server.port}") as connection:
        for _ in range(500):
            connection.start_call(SYNTHESIZE)
        for _ in range(500 - LIMIT):
            while not (await connection.read()).ends_stream:
                pass
        assert await serve_another(server.port)
    await server._places.until_empty()
    assert handled("Synthesize", "ResourceExhausted") == refused + 500 - LIMIT


async def test_who_never_half_closes_is_served_and_holds_nothing_after(start_server: StartServer) -> None:
    server = await start_server(limits={"concurrent_streams": 1})
    async with Connection.open(f"127.0.0.1:{server.port}") as connection:
        for _ in range(3):
            stream = connection.start_call(SYNTHESIZE)
            await connection.send(stream, pack_message(HOLA.SerializeToString()))
            reply = await connection.until_end(stream)
            assert speech_pb2.SynthesizeResponse.FromString(reply[5:]).audio
            assert await serve_another(server.port)
        await server._places.until_empty()


async def test_who_leaves_while_its_replies_are_written_leaves_no_trace(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = await start_server()
    request = pack_message(HOLA.SerializeToString())
    for _ in range(20):
        async with Connection.open(f"127.0.0.1:{server.port}") as connection:
            for _ in range(20):
                await connection.send(connection.start_call(SYNTHESIZE), request)
            await connection.read()
    await server._places.until_empty()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_who_sends_more_after_its_message_changes_nothing(start_server: StartServer) -> None:
    server = await start_server()

    async def requests() -> AsyncIterator[bytes]:
        while True:
            yield HOLA.SerializeToString()

    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        reply = await channel.stream_unary(SYNTHESIZE)(requests())
        assert speech_pb2.SynthesizeResponse.FromString(reply).audio
    await server._places.until_empty()
