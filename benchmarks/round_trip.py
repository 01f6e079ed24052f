"""Numbers, money and dates read aloud and heard again, with and without the normaliser."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.tables import Report
from service.config import ROOT
from service.engine.jobs import Preset, Row, Samples, Sampling
from service.models.kokoro.model import Kokoro
from service.text import prepare
from tests.judge.judge import Judge
from tests.judge.recordings import read_recording, resample
from tests.judge.verdicts import Recording, Verdict, total

PREDICTION = (
    "with the normaliser WER 6 % and the reading as it was meant in all but two sentences; without it WER 45 %, as the "
    "embedded voice says figures one by one and leaves signs out."
)
HEAD = ("kind", "sentences", "as meant", "WER with", "WER without", "all heard with", "all heard without")
SENTENCES = Path(__file__).with_name("sentences64.tsv")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is written, where, and how it should be read there."""

    kind: str
    region: str
    written: str
    reading: str

    @property
    def said(self) -> str:
        return prepare(self.written, self.region).text


def speak(model: Kokoro, text: str, language: str) -> Samples:
    row = Row(text, language, model.enrol(Preset("ef_dora")), Sampling(), seed=0)
    model.open(row)
    rendered = model.render(model.due())[0]
    return resample(np.asarray(rendered.samples), model.info.sample_rate)


def write_row(kind: str, sentences: Sequence[Sentence], ways: Sequence[Sequence[Verdict]]) -> list[str]:
    meant = sum(sentence.said == sentence.reading for sentence in sentences)
    errors = [f"{100 * total(verdicts).wer:.1f} %" for verdicts in ways]
    heard = [str(sum(verdict.wrong_words == 0 for verdict in verdicts)) for verdicts in ways]
    return [kind, str(len(sentences)), str(meant), *errors, *heard]


def main() -> None:
    report = Report("round_trip", "Numbers, money and dates, heard again", PREDICTION)
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    sentences = [Sentence(*line.split("\t")) for line in lines]
    model = Kokoro(threads=0)
    recordings = [
        Recording(speak(model, text, sentence.region), sentence.reading)
        for sentence in sentences
        for text in (sentence.said, sentence.written)
    ]
    verdicts = Judge(read_recording(ROOT / "voices" / "default" / "reference.wav")).judge(recordings)
    pairs = list(zip(sentences, verdicts[::2], verdicts[1::2], strict=True))
    kinds = defaultdict(list)
    for pair in pairs:
        kinds[pair[0].kind].append(pair)
    rows = [write_row(kind, *_columns(group)) for kind, group in {**kinds, "all": pairs}.items()]
    otherwise = [f"- {s.written} → {s.said}" for s in sentences if s.said != s.reading]
    misheard = [f"- {s.said} → {verdict.heard}" for s, verdict, _ in pairs if verdict.wrong_words]
    report.publish(HEAD, rows, "Read otherwise than meant:", "\n".join(otherwise) or "none",
                   "Misheard with the normaliser:", "\n".join(misheard) or "none")  # fmt: skip


def _columns(
    group: Sequence[tuple[Sentence, Verdict, Verdict]],
) -> tuple[list[Sentence], tuple[list[Verdict], list[Verdict]]]:
    return [s for s, _, _ in group], ([v for _, v, _ in group], [v for _, _, v in group])


if __name__ == "__main__":
    main()
