"""What helps the embedded voice with texts of one or two words: ways of saying them, judged side by side.

python -m benchmarks.one_word [STYLE ...]
"""

import os
import statistics
import sys
from collections.abc import Callable

import numpy as np
import soxr

from benchmarks.tables import Report
from service.engine.jobs import Samples
from service.models.kokoro.g2p import phonemize
from service.models.kokoro.network import SAMPLE_RATE, Network, Style
from service.models.kokoro.presets import NAMES, load_style
from service.models.kokoro.silence import find_voice
from service.models.kokoro.speech import Speech, speak, speak_after, speak_alone
from service.models.kokoro.weights import read_weights
from tests.judge.judge import Judge
from tests.judge.recordings import RATE
from tests.judge.verdicts import Recording, total

PREDICTION = (
    "after a lead sentence most of the 24 are heard, alone two thirds; opinions stay low, as for any clip so short."
)
HEAD = ("voice", "way", "heard", "folded CER", "DistillMOS", "DNSMOS", "seconds")
NOTE = "Heard: recognised to the letter, homophones folded, each text in 0.25 s of silence at either end."

TEXTS = (
    "No.", "Sí.", "Hola.", "Gracias.", "Dos.", "¿Qué?", "¡Claro!", "Bien.", "Adiós.", "Perfecto.", "Mil.", "Ocho.",
    "Ya.", "Listo.", "Buenos días.", "¿Y tú?", "Muy bien.", "De nada.", "Hasta luego.", "¡Qué bueno!", "Por favor.",
    "Espere.", "México.", "Tal vez.",
)  # fmt: skip
MARGIN = np.zeros(SAMPLE_RATE // 4, np.float32)
Way = Callable[[Network, str, Style], Speech]


def say_padded(network: Network, phonemes: str, style: Style) -> Speech:
    return speak_alone(network, f"… {phonemes} …", style)


def say_again(network: Network, phonemes: str, style: Style) -> Speech:
    return speak_after(phonemes, network, phonemes, style)


def say_after(lead: str) -> Way:
    return lambda network, phonemes, style: speak_after(phonemize(lead), network, phonemes, style)


WAYS: dict[str, Way] = {
    "alone": speak_alone,
    "between two …": say_padded,
    "said twice, the second kept": say_again,
    "after “Un momento, por favor.”": say_after("Un momento, por favor."),
    "after “Muchas gracias por esperar, aquí tiene la respuesta.”": say_after(
        "Muchas gracias por esperar, aquí tiene la respuesta."
    ),
    "the service": speak,
}


def main() -> None:
    report = Report("one_word", "Texts of one or two words", PREDICTION)
    voices = sys.argv[1:] or list(NAMES)
    network = Network(read_weights(), threads=os.cpu_count() or 1)
    rows = [judge_way(network, voice, name) for voice in voices for name in WAYS]
    report.publish(HEAD, rows, NOTE)


def judge_way(network: Network, voice: str, name: str) -> list[str]:
    style = load_style(voice)
    speeches = [WAYS[name](network, phonemize(text), style) for text in TEXTS]
    clips = [speech.samples[find_voice(speech.samples)] for speech in speeches]
    judge = Judge(hear(np.concatenate(clips)))
    verdicts = judge.judge([Recording(hear(clip), text) for clip, text in zip(clips, TEXTS, strict=True)])
    heard = sum(verdict.wrong_sounds == 0 for verdict in verdicts)
    totals = total(verdicts)
    seconds = statistics.fmean(len(clip) for clip in clips) / SAMPLE_RATE
    scores = [f"{totals.pcer:.1%}", f"{totals.distillmos:.2f}", f"{totals.dnsmos:.2f}", f"{seconds:.2f}"]
    return [voice, name, f"{heard} of {len(TEXTS)}", *scores]


def hear(samples: Samples) -> Samples:
    """As the judge takes it, in 0.25 s of silence at either end."""
    return soxr.resample(np.concatenate([MARGIN, samples, MARGIN]), SAMPLE_RATE, RATE).astype(np.float32)  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
