"""One speech, timed as its caller sees it: through gRPC, and through the bridge."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import httpx
from eslatam import AsyncClient

from benchmarks.running import Service

RATE = 24_000
MAX_LEAD = 3600.0
"""Seconds ahead of its playback: nothing holds the service back."""

FOUR_SENTENCES = (
    "El camión salió de Guadalajara a las cinco de la mañana con la carga completa. "
    "Llegó a Tijuana dos días después, cuando ya nadie lo esperaba en la bodega. "
    "El conductor contó que la carretera estuvo cerrada varias horas por la lluvia. "
    "Al final todos se sentaron a cenar y brindaron por el viaje más largo del año."
)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from the request to the first audio and to the last, and seconds of audio (0 where not told)."""

    first: float
    whole: float
    audio: float


async def time_grpc(client: AsyncClient, text: str) -> Timing:
    """A stream of raw samples."""
    start = time.perf_counter()
    first, samples = 0.0, 0
    async with client.stream(text, encoding="pcm", sample_rate=RATE, max_lead=MAX_LEAD) as stream:
        async for chunk in stream:
            first = first or time.perf_counter() - start
            samples += chunk.sample_count
    return Timing(first, time.perf_counter() - start, samples / RATE)


async def time_rest(client: httpx.AsyncClient, text: str, form: Literal["pcm", "mp3"] = "pcm") -> Timing:
    """A streamed reply of /v1/audio/speech. Raises httpx.HTTPStatusError."""
    body = {"model": "tts-1", "voice": "default", "input": text, "response_format": form}
    start = time.perf_counter()
    first = 0.0
    async with client.stream("POST", "/v1/audio/speech", json=body) as reply:
        reply.raise_for_status()
        async for _ in reply.aiter_raw():
            first = first or time.perf_counter() - start
    return Timing(first, time.perf_counter() - start, 0.0)


@asynccontextmanager
async def connect(service: Service) -> AsyncIterator[tuple[AsyncClient, httpx.AsyncClient]]:
    """A client of each surface, both with a connection that stays open."""
    async with (
        AsyncClient(service.target) as grpc,
        httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=600) as rest,
    ):
        yield grpc, rest
