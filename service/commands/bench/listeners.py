"""Listeners in a process of their own: each asks for a stream at its time and notes what it hears."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from eslatam import AsyncClient, SpeechError

from service.commands.bench.schedule import Visit

RATE = 24_000
COMPLETE = "complete"
LEAD = 10.0
"""Seconds of audio that a listener lets come ahead of its player."""
TICK = 0.02
ROUTE = "/api/v1/speech:synthesizeStream"

Audio = AsyncIterator[float]
Ask = Callable[[Visit], AbstractAsyncContextManager[Audio]]
"""Asks for a stream, and gives the seconds of audio of each piece as it comes."""


class RefusedError(Exception):
    """The service said no, or broke off, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Heard:
    """One stream as a player had it that starts at the first audio. Seconds; `gap` is its longest silence.

    `outcome` is "complete", or the reason why it is not.
    """

    at: float
    outcome: str = COMPLETE
    first: float = 0.0
    whole: float = 0.0
    audio: float = 0.0
    gap: float = 0.0

    def hear(self, seconds: float, now: float) -> None:
        """Takes the next piece of audio, `now` seconds after it was asked for."""
        self.first = self.first or now
        self.gap = max(self.gap, now - self.first - self.audio)
        self.audio += seconds


@dataclass(frozen=True, slots=True)
class Session:
    """What one process heard, and how late its event loop woke, in seconds."""

    heard: list[Heard]
    lags: list[float]


async def listen_all(target: str, visits: Sequence[Visit], start: Callable[[], object]) -> Session:
    """Connects, waits for `start`, and makes the visits."""
    async with AsyncExitStack() as stack:
        ask = await stack.enter_async_context(connect(target))
        await asyncio.to_thread(start)
        began = time.perf_counter()
        lags: list[float] = []
        watching = asyncio.create_task(_watch(lags))
        heard = await asyncio.gather(*(_visit(ask, visit, began) for visit in visits))
        watching.cancel()
    return Session(heard, lags)


def connect(target: str) -> AbstractAsyncContextManager[Ask]:
    """A service by the URL of its gRPC (grpc://, grpcs://) or of its bridge (http://, https://). Raises ValueError."""
    scheme, _, address = target.partition("://")
    if scheme in ("grpc", "grpcs") and address:
        return _connect_grpc(address, tls=scheme == "grpcs")
    if scheme in ("http", "https") and address:
        return _connect_rest(target)
    raise ValueError(f"{target}: grpc://HOST:PORT or http://HOST:PORT")


async def _visit(ask: Ask, visit: Visit, began: float) -> Heard:
    await asyncio.sleep(began + visit.at - time.perf_counter())
    heard = Heard(visit.at)
    start = time.perf_counter()
    try:
        async with ask(visit) as pieces:
            async for seconds in pieces:
                now = time.perf_counter() - start
                heard.hear(seconds, now)
                await asyncio.sleep(max(0.0, heard.first + heard.audio - now - LEAD))
    except RefusedError as error:
        heard.outcome = error.reason
    heard.whole = time.perf_counter() - start
    return heard


@asynccontextmanager
async def _connect_grpc(address: str, *, tls: bool) -> AsyncIterator[Ask]:
    async with AsyncClient(address, tls=tls) as client:

        @asynccontextmanager
        async def ask(visit: Visit) -> AsyncIterator[Audio]:
            try:
                async with client.stream(visit.text, seed=visit.seed, encoding="pcm", max_lead=LEAD) as stream:
                    yield (chunk.sample_count / stream.header.sample_rate async for chunk in stream)
            except SpeechError as error:
                raise RefusedError(error.reason or error.code.name) from error

        await client.models()
        yield ask


@asynccontextmanager
async def _connect_rest(url: str) -> AsyncIterator[Ask]:
    import httpx

    unbounded = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=600, limits=unbounded) as client:

        @asynccontextmanager
        async def ask(visit: Visit) -> AsyncIterator[Audio]:
            try:
                async with client.stream("POST", ROUTE, json=_body(visit), headers={"Accept": "audio/*"}) as reply:
                    if reply.is_error:
                        raise RefusedError(_reason(await reply.aread()))
                    yield (len(piece) / 2 / RATE async for piece in reply.aiter_raw())
            except httpx.TransportError as error:
                raise RefusedError(type(error).__name__) from error

        await client.get("/ready")
        yield ask


def _body(visit: Visit) -> dict[str, Any]:
    form = {"encoding": "AUDIO_ENCODING_PCM_S16LE", "sampleRateHertz": RATE}
    options = {"audioFormat": form, "generation": {"seed": str(visit.seed)}}
    return {"utterance": {"text": visit.text, "options": options}}


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["reason"])
    except (ValueError, KeyError, TypeError):
        return "UNKNOWN"


async def _watch(lags: list[float]) -> None:
    while True:
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        lags.append(time.perf_counter() - due)
