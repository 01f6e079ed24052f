"""How long a listener waits for the first of four sentences, against the time of all of them."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from statistics import median

from benchmarks.running import EMBEDDED, Service, serve
from benchmarks.tables import Report, write_bar, write_spread
from benchmarks.timing import FOUR_SENTENCES, Timing, connect, time_grpc, time_rest

PREDICTION = "the first of four like sentences comes after a quarter of the time, 0.27 of the whole, on every surface."
BAR = 0.4


async def measure(service: Service, repeats: int) -> dict[str, list[Timing]]:
    """Timings of each surface, in turns; the first turn warms up and is left out."""
    async with connect(service) as (grpc, rest):
        surfaces: dict[str, Callable[[], Awaitable[Timing]]] = {
            "gRPC, pcm": lambda: time_grpc(grpc, FOUR_SENTENCES),
            "REST, pcm": lambda: time_rest(rest, FOUR_SENTENCES),
            "REST, mp3": lambda: time_rest(rest, FOUR_SENTENCES, "mp3"),
        }
        turns = [{name: await speak() for name, speak in surfaces.items()} for _ in range(repeats + 1)]
    return {name: [turn[name] for turn in turns[1:]] for name in surfaces}


def write_row(name: str, timings: list[Timing]) -> list[str]:
    ratios = [timing.first / timing.whole for timing in timings]
    first = write_spread([timing.first for timing in timings], "s")
    whole = write_spread([timing.whole for timing in timings], "s")
    return [name, first, whole, write_spread(ratios), write_bar(median(ratios), BAR)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    report = Report("first_audio", "First audio of four sentences, embedded voice", PREDICTION)
    with serve(EMBEDDED) as service:
        found = asyncio.run(measure(service, repeats))
    rows = [write_row(name, timings) for name, timings in found.items()]
    report.publish(["surface", "first audio", "whole", "ratio", "bar"], rows, f"Medians of {repeats}, warm.")


if __name__ == "__main__":
    main()
