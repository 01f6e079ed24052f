"""Callers who would take more than their share, each in a process of its own until it is ended."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import grpc
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc
from google.protobuf.duration_pb2 import Duration

from benchmarks.raw_http2 import Connection, pack_message
from service.commands.bench.texts import SENTENCES

NAME = {"x-eslatam-caller": "abuser"}
SYNTHESIZE = "/eslatam.tts.v1.SpeechService/Synthesize"
FEW = 16
MANY = 500
PATIENCE = 2.0
"""Seconds a refused abuser waits before it comes again: what the service asks for."""
LONG_TEXT = " ".join(SENTENCES * 5)


async def read_long(target: str) -> None:
    """Eight long streams, read as they come: no abuse, and what to hold `stop_reading` against."""
    await _listen_long(target, reading=True)


async def stop_reading(target: str) -> None:
    """Eight long streams of which nothing is read after the first event."""
    await _listen_long(target, reading=False)


async def _listen_long(target: str, *, reading: bool) -> None:
    request = speech_pb2.SynthesizeStreamRequest(
        utterance=speech_pb2.Utterance(text=LONG_TEXT), stream=speech_pb2.StreamOptions(max_lead=Duration(seconds=3600))
    )
    async with grpc.aio.insecure_channel(target, (("grpc.http2.bdp_probe", 0),)) as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)

        async def listen() -> None:
            while True:
                with suppress(grpc.aio.AioRpcError):
                    call = stub.SynthesizeStream(request, metadata=tuple(NAME.items()))
                    await call.read()
                    while reading and await call.read() is not grpc.aio.EOF:
                        pass
                    await asyncio.Event().wait()
                await asyncio.sleep(PATIENCE)

        await asyncio.gather(*(listen() for _ in range(8)))


async def trickle(target: str) -> None:
    """Requests that come a byte a second, eight at a time, and again when they are given up."""
    request = pack_message(_write_request(LONG_TEXT))

    async def send(connection: Connection) -> None:
        stream = connection.start_call(SYNTHESIZE, NAME)
        for byte in request:
            await connection.send(stream, bytes([byte]))
            await asyncio.sleep(1)

    async def insist() -> None:
        while True:
            async with Connection.open(target) as connection:
                sending = asyncio.create_task(send(connection))
                with suppress(asyncio.IncompleteReadError, ConnectionError):
                    await connection.until_end(1)
                sending.cancel()

    await asyncio.gather(*(insist() for _ in range(8)))


async def open_few(target: str) -> None:
    """As many streams at once as one caller may have: no abuse, and what to hold `open_many` against."""
    await _open(target, FEW)


async def open_many(target: str) -> None:
    """500 streams at once; whoever is refused, or served, comes again when the service asks for it."""
    await _open(target, MANY)


async def _open(target: str, count: int) -> None:
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text=SENTENCES[0]))
    async with grpc.aio.insecure_channel(target) as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)

        async def insist() -> None:
            while True:
                with suppress(grpc.aio.AioRpcError):
                    await stub.Synthesize(request, metadata=tuple(NAME.items()))
                await asyncio.sleep(PATIENCE)

        await asyncio.gather(*(insist() for _ in range(count)))


async def never_half_close(target: str) -> None:
    """Eight whole requests at a time that never say that they are whole, one after the other."""

    async def insist() -> None:
        async with Connection.open(target) as connection:
            while True:
                stream = connection.start_call(SYNTHESIZE, NAME)
                await connection.send(stream, pack_message(_write_request(SENTENCES[0])))
                await connection.until_end(stream)
                await asyncio.sleep(PATIENCE)

    await asyncio.gather(*(insist() for _ in range(8)))


ABUSERS: dict[str, Callable[[str], Awaitable[None]]] = {
    "reads eight long streams (no abuse)": read_long,
    "stops reading eight long streams": stop_reading,
    "a byte a second": trickle,
    "opens 16 streams (no abuse)": open_few,
    "opens 500 streams": open_many,
    "never half-closes": never_half_close,
}


@contextmanager
def abused(target: str, name: str) -> Iterator[None]:
    """While the block runs, an abuser is at it."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(target, name), daemon=True)
    process.start()
    try:
        yield
    finally:
        if not process.is_alive():
            raise RuntimeError(f"the abuser that {name} gave up")
        process.kill()
        process.join()


def _run(target: str, name: str) -> None:
    abuse = ABUSERS[name]

    async def run() -> None:
        await abuse(target)

    asyncio.run(run())


def _write_request(text: str) -> bytes:
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text=text))
    return request.SerializeToString()
