"""Which time stretcher spoils speech least: word error, opinion scores, pitch, duration and cost, side by side.

    python -m benchmarks.stretch

Six sentences of the embedded voice. The rivals of the service's own converter are measured where their packages
(python-stretch, pylibrb) can be imported.
"""

import importlib
import importlib.util
import os
import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np
import soxr

from benchmarks.tables import Report
from service.audio import Converter
from service.audio.samples import Samples
from service.models.kokoro.g2p import phonemize
from service.models.kokoro.network import SAMPLE_RATE, Network
from service.models.kokoro.presets import load_style
from service.models.kokoro.speech import speak
from service.models.kokoro.weights import read_weights
from tests.judge.judge import Judge
from tests.judge.recordings import RATE
from tests.judge.sentences import read_sentences
from tests.judge.verdicts import Recording, total

RATES = (0.5, 0.75, 1.25, 1.5, 2.0)
REPEATS = 5
SENTENCE_COUNT = 6
PREDICTION = "every stretcher keeps the pitch; opinions fall with the distance from 1, least with atempo below it."
HEAD = (
    "rate",
    "stretcher",
    "WER %",
    "folded CER %",
    "DNSMOS",
    "DistillMOS",
    "pitch shift %",
    "samples off",
    "ms of CPU per s",
)
Speech = Mapping[str, Samples]
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


def measure(judge: Judge, speech: Speech, stretch: Stretch, tempo: float) -> list[str]:
    """The cells of one row of the table."""
    made = {text: stretch(samples, SAMPLE_RATE, tempo) for text, samples in speech.items()}
    totals = total(judge.judge([Recording(hear(samples), text) for text, samples in made.items()]))
    shifts = [pitch_shift(samples, made[text], SAMPLE_RATE, tempo) for text, samples in speech.items()]
    excess = [abs(len(made[text]) - round(len(samples) / tempo)) for text, samples in speech.items()]
    costs = [cost(stretch, samples, SAMPLE_RATE, tempo) for samples in speech.values()]
    scores = [f"{100 * totals.wer:.1f}", f"{100 * totals.pcer:.1f}", f"{totals.dnsmos:.2f}", f"{totals.distillmos:.2f}"]
    return [*scores, f"{100 * max(shifts):.2f}", str(max(excess)), f"{statistics.median(costs):.2f}"]


def hear(samples: Samples) -> Samples:
    return soxr.resample(samples, SAMPLE_RATE, RATE)  # type: ignore[no-any-return]


def available() -> dict[str, Stretch]:
    """The stretchers that can run here."""
    packages = {"atempo (the service)": ("av", atempo), "Signalsmith": ("python_stretch", signalsmith)}
    packages["Rubber Band R3"] = ("pylibrb", rubberband)
    return {name: stretch for name, (package, stretch) in packages.items() if importlib.util.find_spec(package)}


def make_speech() -> Speech:
    """Sentences and how the embedded voice says them."""
    network, style = Network(read_weights(), threads=os.cpu_count() or 1), load_style("ef_dora")
    texts = list(read_sentences().values())[:SENTENCE_COUNT]
    return {text: speak(network, phonemize(text), style).samples for text in texts}


def main() -> None:
    report = Report("stretch", "Time stretchers", PREDICTION)
    speech = make_speech()
    judge = Judge(hear(np.concatenate(list(speech.values()))))
    rows = [["1", "none", *measure(judge, speech, lambda samples, _rate, _tempo: samples, 1.0)]]
    for tempo in RATES:
        rows += [[f"{tempo}", name, *measure(judge, speech, each, tempo)] for name, each in available().items()]
    report.publish(HEAD, rows)


if __name__ == "__main__":
    main()
