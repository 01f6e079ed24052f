import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace

import grpc
import limits.aio.storage.memory
import pytest
from eslatam import AsyncClient, InvalidRequestError, OverloadedError, SpeechError
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc
from google.rpc import error_details_pb2, status_pb2
from prometheus_client import REGISTRY

from benchmarks.running import find_ports
from service.api.quotas import Characters, Places, until_room
from service.errors import Reason, ServiceError
from service.models.fake import FakeModel
from tests.service.api.test_speech import until_active
from tests.service.conftest import StartServer
from tests.service.engine.test_local import Gate

TEXT = "Hola."
PLACE = {"limits": {"concurrent_streams": 1}}


class Clock:
    """The time of the storage in memory. It starts with a minute."""

    def __init__(self) -> None:
        self.now = 1_000 * 60.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits.aio.storage.memory, "time", SimpleNamespace(time=clock.time))
    return clock


async def refusal(work: Awaitable[None]) -> int:
    """Seconds to wait, by the refusal."""
    with pytest.raises(ServiceError) as caught:
        await work
    assert caught.value.reason is Reason.QUOTA_EXCEEDED
    assert f"{caught.value.retry_after} s" in caught.value.en
    assert f"{caught.value.retry_after} s" in caught.value.es
    return int(caught.value.retry_after or 0)


async def test_characters_are_counted_and_refused_at_the_limit(clock: Clock) -> None:
    characters = Characters(100, "memory://")
    await characters.charge("ana", 60)
    await characters.check("ana", 40)
    assert await refusal(characters.check("ana", 41))
    assert await refusal(characters.charge("ana", 41))
    await characters.charge("ana", 40)
    await characters.charge("beto", 100)


@pytest.mark.parametrize(("first", "then"), [(100, 1), (100, 50), (100, 100), (60, 50), (60, 100), (1, 100)])
@pytest.mark.parametrize("at", [0, 20, 59])
async def test_after_the_wait_that_it_tells_there_is_room_and_not_long_before(
    clock: Clock, first: int, then: int, at: int
) -> None:
    characters = Characters(100, "memory://")
    clock.now += at
    await characters.charge("ana", first)
    wait = await refusal(characters.charge("ana", then))
    clock.now += wait - 2
    assert await refusal(characters.check("ana", then)) <= 2
    clock.now += 2
    await characters.charge("ana", then)


async def test_a_text_over_the_limit_takes_all_of_it(clock: Clock) -> None:
    characters = Characters(100, "memory://")
    await characters.charge("ana", 101)
    assert await refusal(characters.charge("ana", 1))


async def test_no_limit_counts_nothing() -> None:
    characters = Characters(0, "memory://")
    for _ in range(3):
        await characters.charge("ana", 10**9)


def test_room_is_there_as_soon_as_the_window_has_slid_far_enough() -> None:
    assert until_room(50, 0, 0, 50, 60) == 0
    assert until_room(49, 100, 40, 0, 60) == 11
    assert until_room(49, 100, 40, 100, 100) == 71
    assert until_room(0, 0, 0, 1, 100) == 41


async def test_a_storage_that_cannot_be_reached_leaves_each_process_its_own_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (port,) = find_ports(1)
    characters = Characters(100, f"redis://127.0.0.1:{port}/0")
    await characters.charge("ana", 100)
    assert await refusal(characters.charge("ana", 1))
    assert "characters are counted in this process" in caplog.text
    await characters.close()


@pytest.fixture
def redis() -> Iterator[str]:
    (port,) = find_ports(1)
    command = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any("Ready to accept connections" in line for line in process.stdout)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


@pytest.mark.system
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs the program redis-server")
async def test_processes_that_share_a_redis_count_together(redis: str, caplog: pytest.LogCaptureFixture) -> None:
    one, other = Characters(100, redis), Characters(100, redis)
    await one.charge("ana", 60)
    assert 1 <= await refusal(other.charge("ana", 50)) <= 120
    await other.charge("ana", 40)
    assert await refusal(one.check("ana", 1))
    assert caplog.text == ""
    await asyncio.gather(one.close(), other.close())


def test_places_are_given_back() -> None:
    places = Places(2)
    with (
        places.take("ana"),
        places.take("ana"),
        places.take("beto"),
        pytest.raises(ServiceError, match="2 requests under way"),
        places.take("ana"),
    ):
        pass
    with places.take("ana"), places.take("ana"):
        pass


async def test_places_are_empty_once_the_last_is_given_back() -> None:
    places = Places(0)
    await places.until_empty()
    with places.take("ana"):
        waiting = asyncio.create_task(places.until_empty())
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_more_streams_than_a_caller_may_have_are_refused_with_all_that_the_contract_names(
    start_server: StartServer,
) -> None:
    gate = Gate()
    server = await start_server(FakeModel(before_unit=gate), **PLACE)
    refused = REGISTRY.get_sample_value("tts_rejected_total", {"reason": "quota"}) or 0
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)
        request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text=TEXT))
        running = stub.Synthesize(request)
        await until_active(1)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Synthesize(request)
        gate.open.set()
        await running
        assert (await stub.Synthesize(request)).audio
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    packed = dict(caught.value.trailing_metadata() or ())["grpc-status-details-bin"]
    info, retry, quota = (
        error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo(), error_details_pb2.QuotaFailure()
    )  # fmt: skip
    for detail in status_pb2.Status.FromString(packed).details:
        for wanted in (info, retry, quota):
            detail.Unpack(wanted)
    assert (info.reason, info.domain) == ("QUOTA_EXCEEDED", "eslatam.tts")
    assert retry.retry_delay.seconds >= 1
    assert quota.violations[0].subject == "caller:127.0.0.1"
    assert REGISTRY.get_sample_value("tts_rejected_total", {"reason": "quota"}) == refused + 1


async def complete(client: AsyncClient, gate: Gate) -> None:
    gate.open.set()
    await client.synthesize(TEXT)


async def fail(client: AsyncClient, gate: Gate) -> None:
    gate.open.set()
    with pytest.raises(SpeechError):
        await client.synthesize("Esto sale mal.")


async def be_refused(client: AsyncClient, gate: Gate) -> None:
    with pytest.raises(InvalidRequestError):
        await client.synthesize("¡¿?!")


async def leave(client: AsyncClient, gate: Gate) -> None:
    speaking = asyncio.create_task(client.synthesize(TEXT))
    await gate.wait()
    speaking.cancel()


async def run_out_of_time(client: AsyncClient, gate: Gate) -> None:
    with pytest.raises(SpeechError):
        await client.synthesize(TEXT, timeout=0.05)


async def break_off(client: AsyncClient, gate: Gate) -> None:
    gate.open.set()
    async with client.stream("a" * 280) as stream:
        await anext(aiter(stream))


Ending = Callable[[AsyncClient, Gate], Awaitable[None]]


@pytest.mark.parametrize("end", [complete, fail, be_refused, leave, run_out_of_time, break_off])
async def test_a_place_is_given_back_whatever_way_the_call_ends(start_server: StartServer, end: Ending) -> None:
    gate = Gate()
    server = await start_server(FakeModel(before_unit=gate, fail_on="mal"), **PLACE)
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        await end(client, gate)
        await server._places.until_empty()
        gate.open.set()
        assert (await client.synthesize(TEXT)).audio


async def test_only_what_is_spoken_costs_characters(start_server: StartServer) -> None:
    gate = Gate()
    server = await start_server(
        FakeModel(slots=1, before_unit=gate), engine={"queue_limit": 1}, limits={"characters_per_minute": 11}
    )
    async with AsyncClient(f"127.0.0.1:{server.port}") as client, asyncio.TaskGroup() as group:
        speaking = group.create_task(client.synthesize(TEXT))
        await gate.wait()
        waiting = group.create_task(client.synthesize("Sí."))
        await until_active(2)
        for text, error, reason in (
            ("¿?", InvalidRequestError, "INVALID_FIELD"),
            ("No.", OverloadedError, "OVERLOADED"),
            ("Adiós.", OverloadedError, "QUOTA_EXCEEDED"),
        ):
            with pytest.raises(error) as caught:
                await client.synthesize(text)
            assert caught.value.reason == reason
        gate.open.set()
        await asyncio.gather(speaking, waiting)
        assert (await client.synthesize("Ya")).audio
        with pytest.raises(OverloadedError):
            await client.synthesize("No")
