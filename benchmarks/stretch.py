"""Which time stretcher spoils speech least: word error, opinion scores, pitch, duration and cost, side by side.

    python benchmarks/stretch.py SPEECH JUDGE.py [TABLE.md]

SPEECH holds `sentences.tsv` (key, text) and a mono `<key>.wav` for each. JUDGE.py is a module with a class `Judge`
whose `clip(samples at 16 kHz, text)` gives errors and scores and whose `total(rows)` adds them up. The rivals of the
service's own converter are measured where their packages (python-stretch, pylibrb) can be imported.
"""

import importlib
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from service.audio import Converter
from service.audio.samples import Samples

RATES = (0.5, 0.75, 1.25, 1.5, 2.0)
REPEATS = 5
Stretch = Callable[[Samples, int, float], Samples]


def atempo(samples: Samples, sample_rate: int, tempo: float) -> Samples:
    """The service's own converter, in the chunks that the service makes."""
    converter = Converter(sample_rate, sample_rate, tempo)
    chunks = [samples[start : start + sample_rate // 5] for start in range(0, len(samples), sample_rate // 5)]
    return np.concatenate([*map(converter.convert, chunks), converter.finish()])


def signalsmith(samples: Samples, sample_rate: int, tempo: float) -> Samples:
    """Signalsmith Stretch, the whole clip at once: its binding has no streaming."""
    stretch = importlib.import_module("python_stretch").Signalsmith.Stretch(1)
    stretch.preset(1, sample_rate)
    stretch.setTimeFactor(tempo)
    stretched: Samples = stretch.process(samples[None])[0]
    return stretched


def rubberband(samples: Samples, sample_rate: int, tempo: float) -> Samples:
    """Rubber Band's finer engine, the whole clip at once."""
    library = importlib.import_module("pylibrb")
    option = library.Option
    options = option.PROCESS_OFFLINE | option.ENGINE_FINER | option.THREADING_NEVER
    stretch = library.RubberBandStretcher(sample_rate, 1, options, 1 / tempo)
    stretch.set_max_process_size(len(samples))
    stretch.study(samples[None], True)
    stretch.process(samples[None], True)
    parts = []
    while (ready := stretch.available()) > 0:
        parts.append(stretch.retrieve(ready)[0])
    return np.concatenate(parts)


def pitch(samples: Samples, sample_rate: int, at: float) -> float:
    """Fundamental in Hz at a time in seconds, by autocorrelation from 70 to 350 Hz; 0 where there is no voice."""
    size, shortest, longest = sample_rate // 20, sample_rate // 350, sample_rate // 70
    start = max(0, round(at * sample_rate) - size // 2)
    frame = samples[start : start + size + longest].astype(np.float64)
    if len(frame) < size + longest:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(frame, size)
    norms = np.linalg.norm(windows, axis=1)
    likeness = windows @ frame[:size] / np.maximum(norms * norms[0], 1e-9)
    lag = shortest + int(np.argmax(likeness[shortest:]))
    voiced = norms[0] > 0.03 * np.sqrt(size) and likeness[lag] > 0.85
    return sample_rate / lag if voiced else 0.0


def pitch_shift(before: Samples, after: Samples, sample_rate: int, tempo: float) -> float:
    """Median ratio, less one, of the pitch after to the pitch before, over the moments with a voice in both."""
    moments = np.arange(0.1, len(before) / sample_rate, 0.02)
    pairs = [(pitch(before, sample_rate, at), pitch(after, sample_rate, at / tempo)) for at in moments]
    return abs(statistics.median(second / first for first, second in pairs if first and second) - 1)


def cost(stretch: Stretch, samples: Samples, sample_rate: int, tempo: float) -> float:
    """Processor milliseconds for one second of input, the best of a few."""
    spent = []
    for _ in range(REPEATS):
        start = time.process_time()
        stretch(samples, sample_rate, tempo)
        spent.append(time.process_time() - start)
    return 1000 * min(spent) * sample_rate / len(samples)


def measure(judge: Any, speech: dict[str, tuple[Samples, int]], stretch: Stretch, tempo: float) -> list[str]:
    """The cells of one row of the table."""
    rows, shifts, excess, costs = [], [], [], []
    for text, (samples, rate) in speech.items():
        made = stretch(samples, rate, tempo)
        rows.append(judge.clip(soxr.resample(made, rate, 16000), text))
        shifts.append(pitch_shift(samples, made, rate, tempo))
        excess.append(abs(len(made) - round(len(samples) / tempo)))
        costs.append(cost(stretch, samples, rate, tempo) if tempo != 1.0 else 0.0)
    total = judge.total(rows)
    scores = (f"{total[key]:.2f}" for key in ("ovrl", "p808", "distill"))
    errors = (f"{100 * total['wer']:.1f}", f"{100 * total['pcer']:.1f}")
    return [*errors, *scores, f"{100 * max(shifts):.2f}", str(max(excess)), f"{statistics.median(costs):.2f}"]


def available() -> dict[str, Stretch]:
    """The stretchers that can run here."""
    packages = {"atempo (the service)": ("av", atempo), "Signalsmith": ("python_stretch", signalsmith)}
    packages["Rubber Band R3"] = ("pylibrb", rubberband)
    return {name: stretch for name, (package, stretch) in packages.items() if importlib.util.find_spec(package)}


def read_speech(folder: Path) -> dict[str, tuple[Samples, int]]:
    """Text to samples and rate."""
    lines = [line.split("\t") for line in (folder / "sentences.tsv").read_text(encoding="utf-8").splitlines()]
    return {text: soundfile.read(folder / f"{key}.wav", dtype="float32") for key, text in lines}


def load_judge(path: Path) -> Any:
    """An instance of the class `Judge` of that module."""
    spec = importlib.util.spec_from_file_location("judge", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"not a Python module: {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Judge()


def main(folder: str, judge_path: str, table: str = "") -> None:
    """Prints the table, and writes it where asked."""
    speech, judge = read_speech(Path(folder)), load_judge(Path(judge_path))
    head = "rate|stretcher|WER %|folded CER %|DNSMOS|P.808|DistillMOS|pitch shift %|samples off|ms of CPU per s"
    lines = [f"| {head.replace('|', ' | ')} |", "|" + "---|" * (head.count("|") + 1)]
    cells = measure(judge, speech, lambda samples, _rate, _tempo: samples, 1.0)
    lines.append(f"| 1 | none | {' | '.join(cells)} |")
    for tempo in RATES:
        for name, stretch in available().items():
            lines.append(f"| {tempo} | {name} | {' | '.join(measure(judge, speech, stretch, tempo))} |")
            print(lines[-1], flush=True)
    print("\n".join(lines))
    if table:
        Path(table).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
