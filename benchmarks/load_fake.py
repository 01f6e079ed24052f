"""`eslatam bench load` on the fake model, over gRPC and over REST: an example of what it tells."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.running import FAKE, find_command, serve
from benchmarks.tables import RESULTS, Report

PREDICTION = (
    "first audio p50 of 120 ms over gRPC (five decodes and a render, and half a unit of waiting) and 5 ms over REST; "
    "no gap, as the fake model makes each row in half the time that it lasts; no refusal."
)
SETTINGS = {
    **FAKE,
    "ESLATAM_MODELS__FAKE__DECODE_SECONDS": "0.014",
    "ESLATAM_MODELS__FAKE__RENDER_SECONDS": "0.025",
}


def load(target: str, plot: Path, streams: int, seconds: float) -> dict[str, Any]:
    """The figures of one run, whose plot is left at `plot`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "load.json")
        numbers = ["--streams", str(streams), "--duration", str(seconds)]
        subprocess.run([find_command(), "bench", "load", "--target", target, *numbers, "--out", str(out)], check=True)
        plot.write_bytes(out.with_suffix(".png").read_bytes())
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def write_row(way: str, found: dict[str, Any]) -> list[str]:
    spreads = [
        " / ".join(f"{1000 * seconds:.0f}" for seconds in found[name].values()) + " ms"
        for name in ("first_audio", "worst_gap", "lag")
    ]
    refused = ", ".join(f"{reason} {number}" for reason, number in found["refused"].items()) or "0"
    heard = f"{found['complete']} of {found['offered']}"
    return [way, heard, refused, *spreads[:2], str(found["gaps"]), f"{found['throughput']:.1f}", spreads[2]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    report = Report("load_fake", "eslatam bench load on the fake model", PREDICTION)
    RESULTS.mkdir(exist_ok=True)
    rows, plots = [], []
    with serve(SETTINGS) as service:
        for way, target in (("gRPC", f"grpc://{service.target}"), ("REST", service.url)):
            plot = RESULTS / f"load_fake_{way.lower()}.png"
            rows.append(write_row(way, load(target, plot, options.streams, options.seconds)))
            plots.append(f"![{way}]({plot.name})")
    report.publish(
        [
            "way",
            "heard",
            "refused",
            "first audio",
            "worst gap",
            "with a gap over 100 ms",
            "audio s/s",
            "listeners' lag",
        ],
        rows,
        f"{options.streams} streams that arrive as Poisson within {options.seconds:.0f} s, 85 % of one sentence; p50 / "
        "p95 / p99; 32 slots, 14 ms a decode and 25 ms a render. The machine was shared with other work.",
        *plots,
    )


if __name__ == "__main__":
    main()
