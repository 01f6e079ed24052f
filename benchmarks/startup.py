"""How soon a newcomer gets an answer: the help, a service that is ready, a sentence in a file."""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import soundfile

from benchmarks.running import find_command, serve
from benchmarks.tables import Report, write_bar, write_spread

PREDICTION = "--help 0.15 s, ready 3 s after serve, and say 3.5 s, most of it the loading of the voice."
TEXT = "Hola, bienvenido al sistema."


def time_help() -> float:
    start = time.perf_counter()
    subprocess.run([find_command(), "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def time_ready() -> float:
    with serve({}) as service:
        return service.start_seconds


def time_say() -> float:
    """Without a service. ValueError if the file holds less than a second of audio."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "saludo.wav"
        start = time.perf_counter()
        subprocess.run([find_command(), "say", TEXT, str(file)], check=True)
        elapsed = time.perf_counter() - start
        if soundfile.info(file).duration < 1:
            raise ValueError("too little was said")
    return elapsed


def write_row(name: str, measure: Callable[[], float], repeats: int, bar: float | None) -> list[str]:
    times = [measure() for _ in range(repeats)]
    return [name, str(repeats), write_spread(times, "s"), write_bar(median(times), bar, " s") if bar else ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--repeats", type=int, default=3, help="of serve and say; --help runs twice as often and once more"
    )
    repeats = parser.parse_args().repeats
    report = Report("startup", "From the command to the answer", PREDICTION)
    rows = [
        write_row("`eslatam --help`", time_help, 2 * repeats + 1, 0.5),
        write_row("`eslatam serve` to `/ready`", time_ready, repeats, 10),
        write_row("`eslatam say` to a file", time_say, repeats, None),
    ]
    report.publish(["what", "times", "median", "bar"], rows)


if __name__ == "__main__":
    main()
