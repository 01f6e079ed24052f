"""What a program found, as Markdown: on the screen, and in `benchmarks/results`."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_CPU_INFO = Path("/proc/cpuinfo")


class Report:
    """One program's report. Made before measuring, so that it tells how busy the machine was by then.

    `variant` tells apart the reports of a program that measures several things.
    """

    def __init__(self, name: str, title: str, prediction: str, *, variant: str = "") -> None:
        self._name = name
        self._file = "_".join(filter(None, [name, variant]))
        self._title = title
        self._prediction = prediction
        self._load = _read_load()

    def publish(self, head: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> None:
        """Prints the table, and writes it to `results/NAME_VARIANT.md`."""
        text = "\n\n".join(
            [
                f"# {self._title}",
                f"Predicted before measuring: {self._prediction}",
                self._describe_run(),
                write_table(head, rows),
                *notes,
            ]
        )
        print(text)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{self._file}.md").write_text(f"{text}\n", encoding="utf-8")

    def _describe_run(self) -> str:
        return (
            f"`python -m benchmarks.{self._name}`, {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {find_cpu()}, "
            f"Python {platform.python_version()}, load average {self._load} before and {_read_load()} after."
        )


def write_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def write_spread(values: Sequence[float], unit: str = "") -> str:
    """The median, and the least and most."""
    spread = f"({min(values):.2f} to {max(values):.2f})"
    return " ".join(filter(None, [f"{statistics.median(values):.2f}", unit, spread]))


def write_bar(value: float, bar: float, unit: str = "") -> str:
    """The most that is allowed, and whether it holds."""
    return f"{bar:g}{unit}: {'holds' if value <= bar else 'MISSED'}"


def find_cpu() -> str:
    """The processor's name."""
    lines = _CPU_INFO.read_text(encoding="utf-8").splitlines() if _CPU_INFO.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _read_load() -> str:
    """Of the last minute; unknown where the system does not tell."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
