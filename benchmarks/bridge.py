"""What the bridge adds to the first audio: the fake model over gRPC and over HTTP, in turns."""

import argparse
import asyncio
from statistics import median

from benchmarks.running import FAKE, Service, serve
from benchmarks.tables import Report, write_bar, write_spread
from benchmarks.timing import connect, time_grpc, time_rest

PREDICTION = "gRPC 3 ms, HTTP 6 ms: one more process, one more hop and an HTTP client add 3 ms."
BAR = 5.0
TEXT = "Hola, bienvenido al sistema."
WARM_UP = 20


async def measure(service: Service, pairs: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the first audio, over gRPC and over HTTP."""
    direct, bridged = [], []
    async with connect(service) as (grpc, rest):
        for _ in range(WARM_UP + pairs):
            direct.append(1000 * (await time_grpc(grpc, TEXT)).first)
            bridged.append(1000 * (await time_rest(rest, TEXT)).first)
    return direct[WARM_UP:], bridged[WARM_UP:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    pairs = parser.parse_args().pairs
    report = Report("bridge", "What the bridge adds to the first audio", PREDICTION)
    with serve(FAKE) as service:
        direct, bridged = asyncio.run(measure(service, pairs))
    added = [second - first for first, second in zip(direct, bridged, strict=True)]
    rows = [
        ["gRPC", write_spread(direct, "ms"), ""],
        ["HTTP", write_spread(bridged, "ms"), ""],
        ["added, pair by pair", write_spread(added, "ms"), write_bar(median(added), BAR, " ms")],
    ]
    notes = f"Medians of {pairs} pairs, one after the other, connections kept open, streamed pcm. Wanted: 3 ms."
    report.publish(["way", "first audio", "bar"], rows, notes)


if __name__ == "__main__":
    main()
