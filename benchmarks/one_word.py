"""What helps the embedded voice with texts of one or two words: ways of saying them, judged side by side.

    python -m benchmarks.one_word JUDGE.py [TABLE.md]

JUDGE.py is a module with the classes `Asr` (`text(samples)`), `Dnsmos` and `DistillMos` (called with samples), all at
16 kHz, and the functions `norm`, `phon` and `lev`, which fold and compare texts.
"""

import importlib.util
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from service.engine.jobs import Samples
from service.models.kokoro.g2p import phonemize
from service.models.kokoro.network import SAMPLE_RATE, Network, Style
from service.models.kokoro.presets import NAMES, load_style
from service.models.kokoro.silence import trim
from service.models.kokoro.speech import speak, speak_after
from service.models.kokoro.symbols import encode
from service.models.kokoro.weights import read_weights

TEXTS = (
    "No.", "Sí.", "Hola.", "Gracias.", "Dos.", "¿Qué?", "¡Claro!", "Bien.", "Adiós.", "Perfecto.", "Mil.", "Ocho.",
    "Ya.", "Listo.", "Buenos días.", "¿Y tú?", "Muy bien.", "De nada.", "Hasta luego.", "¡Qué bueno!", "Por favor.",
    "Espere.", "México.", "Tal vez.",
)  # fmt: skip
MARGIN = np.zeros(SAMPLE_RATE // 4, np.float32)
Way = Callable[[Network, str, Style], Samples]


@dataclass(frozen=True, slots=True)
class Score:
    """One clip. `errors` of `symbols` folded letters were heard wrong."""

    errors: int
    symbols: int
    distill: float
    overall: float
    seconds: float


def say_alone(network: Network, phonemes: str, style: Style) -> Samples:
    return network.run(encode(phonemes), style)[0]


def say_padded(network: Network, phonemes: str, style: Style) -> Samples:
    return network.run(encode(f"… {phonemes} …"), style)[0]


def say_again(network: Network, phonemes: str, style: Style) -> Samples:
    return speak_after(phonemes, network, phonemes, style)


def say_after(lead: str) -> Way:
    return lambda network, phonemes, style: speak_after(phonemize(lead), network, phonemes, style)


WAYS: dict[str, Way] = {
    "alone": say_alone,
    "between two …": say_padded,
    "said twice, the second kept": say_again,
    "after “Un momento, por favor.”": say_after("Un momento, por favor."),
    "after “Muchas gracias por esperar, aquí tiene la respuesta.”": say_after(
        "Muchas gracias por esperar, aquí tiene la respuesta."
    ),
    "the service": speak,
}


def main() -> None:
    judge = load_module(Path(sys.argv[1]))
    lines = list(judge_ways(judge))
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text("\n".join([*HEAD, *lines, ""]), encoding="utf-8")


HEAD = (
    "# Texts of one or two words",
    "",
    f"`python -m benchmarks.one_word JUDGE.py TABLE.md`: {len(TEXTS)} texts, in 0.25 s of silence at each end.",
    "Heard: texts recognised to the letter, homophones folded. Any clip this short has a low DistillMOS and DNSMOS.",
    "",
    "| voice | way | heard | pCER | DistillMOS | DNSMOS ovrl | seconds |",
    "|---|---|---|---|---|---|---|",
)


def judge_ways(judge: Any) -> list[str]:
    network = Network(read_weights(), threads=1)
    parts = judge.Asr(), judge.Dnsmos(), judge.DistillMos()
    lines = []
    for voice in NAMES:
        for name, way in WAYS.items():
            clips = [(text, way(network, phonemize(text), load_style(voice))) for text in TEXTS]
            lines.append(summarise(voice, name, [score(judge, parts, text, trim(clip)) for text, clip in clips]))
            print(lines[-1], flush=True)
    return lines


def score(judge: Any, parts: tuple[Any, Any, Any], text: str, clip: Samples) -> Score:
    asr, dnsmos, distill = parts
    heard = soxr.resample(np.concatenate([MARGIN, clip, MARGIN]), SAMPLE_RATE, 16_000).astype(np.float32)
    wanted, got = (judge.phon(judge.norm(words)) for words in (text, asr.text(heard)))
    level = heard * (0.9 / np.abs(heard).max())
    errors = min(judge.lev(wanted, got), len(wanted))
    return Score(errors, len(wanted), distill(level), dnsmos(level)["ovrl"], len(clip) / SAMPLE_RATE)


def summarise(voice: str, name: str, scores: list[Score]) -> str:
    right = sum(score.errors == 0 for score in scores)
    wrong = sum(score.errors for score in scores) / sum(score.symbols for score in scores)
    distill, overall, seconds = (
        statistics.fmean(getattr(score, key) for score in scores) for key in ("distill", "overall", "seconds")
    )
    return (
        f"| {voice} | {name} | {right} of {len(scores)} | {wrong:.1%} | {distill:.2f} | {overall:.2f} | {seconds:.2f} |"
    )


def load_module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"not a Python file: {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
