"""What one abusive caller costs the others: their first audio with and without it, in turns."""

import argparse
from statistics import median

import httpx

from benchmarks.abusers import ABUSERS, FEW, abused
from benchmarks.running import FAKE, Service, serve
from benchmarks.tables import Report, write_bar, write_spread
from service.commands.bench.crowd import send_crowd
from service.commands.bench.report import Figures, count
from service.commands.bench.schedule import Visit
from service.commands.bench.texts import SENTENCES

PREDICTION = (
    "1.0 for a byte a second and for never half-closing, which cost a socket each; 1.1 for one that stops reading, "
    "whose eight streams take slots until 30 s of audio are made; 1.15 for 500 streams, whose refusals take a "
    "millisecond each. (A first run gave 8.4 for the one that stops reading and 1.36 for 500 streams; the two rows "
    "without abuse were added then, to tell what a caller costs that only uses its share.)"
)
BAR = 1.2
SETTINGS = {
    **FAKE,
    "ESLATAM_MODELS__FAKE__DECODE_SECONDS": "0.014",
    "ESLATAM_MODELS__FAKE__RENDER_SECONDS": "0.025",
    "ESLATAM_LIMITS__CONCURRENT_STREAMS": str(FEW),
    "ESLATAM_LIMITS__RECEIVE_SECONDS": "5",
    # The listeners are other callers than the abuser, but one by their address.
    "ESLATAM_LIMITS__TRUSTED_CALLERS": '["127.0.0.0/8"]',
}
STREAMS = 16
SECONDS = 8.0


def listen(service: Service) -> Figures:
    """Short texts, evenly: two listeners a second."""
    visits = [Visit(SECONDS * index / STREAMS, SENTENCES[index], index + 1) for index in range(STREAMS)]
    return count(send_crowd(f"grpc://{service.target}", visits, 1))


def measure(service: Service, name: str, repeats: int) -> tuple[list[Figures], list[Figures]]:
    """Without the abuser and with it, in turns."""
    alone, beside = [], []
    for _ in range(repeats):
        alone.append(listen(service))
        with abused(service.target, name):
            beside.append(listen(service))
    return alone, beside


def write_row(name: str, alone: list[Figures], beside: list[Figures], refused: float) -> list[str]:
    medians = [[1000 * each.first_audio.p50 for each in figures] for figures in (alone, beside)]
    tails = [median(1000 * each.first_audio.p95 for each in figures) for figures in (alone, beside)]
    ratio = median(medians[1]) / median(medians[0])
    lost = sum(each.offered - each.complete for each in beside)
    return [
        name,
        write_spread(medians[0], "ms"),
        write_spread(medians[1], "ms"),
        f"{ratio:.2f}",
        write_bar(ratio, BAR),
        f"{tails[0]:.0f} / {tails[1]:.0f} ms",
        str(lost),
        f"{refused:.0f}",
    ]


def count_refusals(metrics_url: str) -> float:
    """Requests that the service has refused because of its caller's limit."""
    lines = httpx.get(metrics_url, trust_env=False).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith('tts_rejected_total{reason="quota"}'))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    report = Report("abuse", "What one abusive caller costs the others' first audio", PREDICTION)
    rows = []
    for name in ABUSERS:
        with serve(SETTINGS) as service:
            alone, beside = measure(service, name, repeats)
            rows.append(write_row(name, alone, beside, count_refusals(service.metrics_url)))
    head = ["abuser", "p50 without", "p50 with", "ratio", "bar", "p95 without / with", "others lost", "abuser refused"]
    report.publish(
        head,
        rows,
        f"Medians of {repeats} turns of {STREAMS} streams in {SECONDS:.0f} s over gRPC, each of one sentence, and of "
        f"one caller; the fake model, 32 slots, 14 ms a decode and 25 ms a render; at most {FEW} requests under way "
        "for one caller.",
        "Before newcomers took the slots of segments that are not heard for long, eight long streams moved the others "
        "3.9 times if they were read, and 3.2 times if not.",
    )


if __name__ == "__main__":
    main()
