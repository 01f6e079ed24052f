"""Paced streams offered all at once to the real gRPC server, in front of a model that only takes time.

python -m benchmarks.many_callers [--streams N] [--seconds S]
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import numpy as np
from eslatam import AsyncClient, OverloadedError, UnavailableError
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.running import FAKE, find_ports
from benchmarks.tables import Report
from benchmarks.timing import FOUR_SENTENCES
from service.engine.jobs import Samples
from service.engine.seeds import segment_seed
from service.models.fake import SAMPLE_RATE, TOKEN_SAMPLES, token_count, tone
from service.text import prepare

PREDICTION = (
    "40 of 64 are admitted, 0.9 of the 45 that 32 slots could keep up with, a few less as Python adds to each step; no "
    "gap, no sample of another, and the server's memory grows by no more than buffers."
)
HEAD = ("streams", "admitted", "refused at once", "gaps > 100 ms", "worst gap", "samples of another", "audio-s/s")
STEP, ROW, SLOTS = 0.014, 0.00045, 32
ADMITTED = 36
GAP = 0.1
SETTLED = 15.0
"""Seconds after which the memory should not grow."""

SETTINGS = {
    **FAKE,
    "ESLATAM_MODELS__FAKE__SLOTS": str(SLOTS),
    "ESLATAM_MODELS__FAKE__DECODE_SECONDS": str(STEP),
    "ESLATAM_MODELS__FAKE__DECODE_ROW_SECONDS": str(ROW),
    "ESLATAM_ENGINE__QUEUE_SECONDS": "0.4",
    "ESLATAM_LOG__LEVEL": "warning",
}


@dataclass(slots=True)
class Heard:
    """What one caller got. Times in seconds; `refused_after` if it was not let in."""

    refused_after: float | None = None
    first: float = 0.0
    gap: float = 0.0
    samples: int = 0
    foreign: int = 0


@dataclass(slots=True)
class Machine:
    """How late this process woke, in seconds, and what the server held, in bytes."""

    late: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


@asynccontextmanager
async def serve() -> AsyncIterator[tuple[AsyncClient, str]]:
    """A server of its own process that is ready: a client, and where its metrics are."""
    port, metrics = find_ports(2)
    ports = {"ESLATAM_GRPC__PORT": str(port), "ESLATAM_METRICS__PORT": str(metrics)}
    process = subprocess.Popen([sys.executable, "-m", "service"], env={**os.environ, **SETTINGS, **ports})  # noqa: ASYNC220
    try:
        async with AsyncClient(f"127.0.0.1:{port}") as client:
            while not await is_ready(client):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            yield client, f"http://127.0.0.1:{metrics}/metrics"
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def is_ready(client: AsyncClient) -> bool:
    try:
        return any(model.state == "ready" for model in await client.models())
    except UnavailableError:
        return False


def expected(text: str, seed: int) -> Samples:
    """The fake model's audio of a text, with its pauses."""
    parts: list[Samples] = []
    for index, segment in enumerate(prepare(text).segments):
        parts.append(tone(segment_seed(seed, index), 0, token_count(segment.text) * TOKEN_SAMPLES))
        parts.append(np.zeros(round(segment.pause_after * SAMPLE_RATE), np.float32))
    return np.concatenate(parts)


async def listen(client: AsyncClient, text: str, seed: int) -> Heard:
    """A player that starts at its first audio and waits when it has none."""
    heard, data = Heard(), bytearray()
    start = time.perf_counter()
    dry_at = 0.0
    try:
        async with client.stream(text, seed=seed, encoding="pcm_f32le") as stream:
            async for chunk in stream:
                now = time.perf_counter()
                if heard.samples:
                    heard.gap = max(heard.gap, now - dry_at)
                else:
                    heard.first, dry_at = now - start, now
                dry_at = max(dry_at, now) + chunk.sample_count / SAMPLE_RATE
                heard.samples += chunk.sample_count
                data += chunk.data
    except OverloadedError:
        heard.refused_after = time.perf_counter() - start
        return heard
    got, wanted = np.frombuffer(data, "<f4"), expected(text, seed)
    common = min(got.size, wanted.size)
    heard.foreign = int(np.count_nonzero(got[:common] != wanted[:common])) + abs(got.size - wanted.size)
    return heard


async def watch(machine: Machine, metrics: str) -> None:
    """Notes every 20 ms how late it wakes, and every second what the server holds."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            machine.memory.append(await read(client, metrics, "process_resident_memory_bytes"))
            for _ in range(50):
                start = time.perf_counter()
                await asyncio.sleep(0.02)
                machine.late.append(time.perf_counter() - start - 0.02)


async def read(client: httpx.AsyncClient, metrics: str, name: str) -> float:
    """A sample without labels."""
    families = text_string_to_metric_families((await client.get(metrics)).text)
    return next(sample.value for family in families for sample in family.samples if sample.name == name)


async def measure(streams: int, seconds: float) -> tuple[list[Heard], Machine, float, float]:
    """What the callers heard, the machine, the seconds it took and the mean of a decode step."""
    sentences = f"{FOUR_SENTENCES} " * max(1, round(seconds * 25 / len(FOUR_SENTENCES)))
    machine = Machine()
    async with serve() as (client, metrics):
        watching = asyncio.create_task(watch(machine, metrics))
        start = time.perf_counter()
        heard = await asyncio.gather(*(listen(client, sentences.strip(), seed) for seed in range(1, streams + 1)))
        elapsed = time.perf_counter() - start
        watching.cancel()
        async with httpx.AsyncClient(trust_env=False) as http:
            total, count = [await read(http, metrics, f"tts_decode_step_seconds_{each}") for each in ("sum", "count")]
    return heard, machine, elapsed, total / count


def write_row(heard: Sequence[Heard], elapsed: float) -> list[str]:
    admitted = [each for each in heard if each.refused_after is None]
    refused = [each.refused_after for each in heard if each.refused_after is not None]
    gaps = sum(each.gap > GAP for each in admitted)
    foreign = sum(each.foreign for each in admitted)
    return [
        str(len(heard)),
        f"{len(admitted)} (at least {ADMITTED}: {'holds' if len(admitted) >= ADMITTED else 'MISSED'})",
        f"{len(refused)}, within {max(refused, default=0) * 1000:.0f} ms",
        f"{gaps} ({'holds' if not gaps else 'MISSED'})",
        f"{max(each.gap for each in admitted) * 1000:.0f} ms",
        f"{foreign} ({'holds' if not foreign else 'MISSED'})",
        f"{sum(each.samples for each in admitted) / SAMPLE_RATE / elapsed:.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    report = Report("many_callers", "Paced streams, all offered at once, through gRPC", PREDICTION)
    heard, machine, elapsed, step = asyncio.run(measure(chosen.streams, chosen.seconds))
    report.publish(HEAD, [write_row(heard, elapsed)], *write_notes(heard, machine, step))


def write_notes(heard: Sequence[Heard], machine: Machine, step: float) -> tuple[str, str, str]:
    first = sorted(each.first for each in heard if each.refused_after is None)
    memory = [held / 1e6 for held in machine.memory[round(SETTLED) :] or machine.memory]
    late = sorted(1000 * each for each in machine.late)
    return (
        f"First audio: median {statistics.median(first):.2f} s, last {first[-1]:.2f} s. A step of {SLOTS} rows should "
        f"take {(STEP + ROW * SLOTS) * 1000:.1f} ms; the mean step took {step * 1000:.1f} ms.",
        f"The server's memory after {SETTLED:.0f} s: {memory[0]:.0f} MB, at most {max(memory):.0f} MB, at the end "
        f"{memory[-1]:.0f} MB.",
        f"Noise of the machine, which gaps contain: a sleep of 20 ms in the callers' process ended "
        f"{late[len(late) // 2]:.1f} ms late in the median, {late[int(0.99 * len(late))]:.1f} ms in one of 100, "
        f"{late[-1]:.0f} ms at worst.",
    )


if __name__ == "__main__":
    main()
