"""Seconds of computation for one second of the embedded voice: one stream, and several side by side."""

import argparse
import asyncio
import time
from dataclasses import dataclass
from statistics import fmean

from benchmarks.running import EMBEDDED, Service, serve
from benchmarks.tables import Report, write_spread
from benchmarks.timing import FOUR_SENTENCES, connect, time_grpc

PREDICTION = (
    "one stream 0.29; one computes at a time, so each of 2 takes 0.57 and each of 4 takes 1.1, "
    "and all together make 3.5 s of audio a second whatever their number."
)
COUNTS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Round:
    """Mean factor of the streams of a round, and seconds of audio a second of all together."""

    factor: float
    throughput: float


async def speak(service: Service, streams: int) -> Round:
    async with connect(service) as (client, _):
        start = time.perf_counter()
        timings = await asyncio.gather(*(time_grpc(client, FOUR_SENTENCES) for _ in range(streams)))
        elapsed = time.perf_counter() - start
    factor = fmean(timing.whole / timing.audio for timing in timings)
    return Round(factor, sum(timing.audio for timing in timings) / elapsed)


async def measure(service: Service, repeats: int) -> dict[int, list[Round]]:
    """Rounds of each count, in turns; one stream warms up."""
    await speak(service, 1)
    turns = [{count: await speak(service, count) for count in COUNTS} for _ in range(repeats)]
    return {count: [turn[count] for turn in turns] for count in COUNTS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    report = Report("speed", "Real-time factor of the embedded voice", PREDICTION)
    with serve(EMBEDDED) as service:
        found = asyncio.run(measure(service, repeats))
    rows = [
        [
            str(count),
            write_spread([each.factor for each in rounds]),
            write_spread([each.throughput for each in rounds]),
        ]
        for count, rounds in found.items()
    ]
    head = ["streams side by side", "real-time factor of each", "audio seconds a second, all together"]
    report.publish(head, rows, f"Medians of {repeats}, warm, streamed pcm over gRPC, the same text of four sentences.")


if __name__ == "__main__":
    main()
