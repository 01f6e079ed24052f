"""What the judge is given, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from tests.judge.recordings import Samples


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What is judged: 16 kHz mono, and the text it should say."""

    samples: Samples = field(repr=False)
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one recording. Counts are of the text asked for; opinions go from 1 to 5, likeness is a cosine."""

    heard: str
    words: int
    wrong_words: int
    sounds: int
    wrong_sounds: int
    dnsmos: float
    distillmos: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Totals:
    """Of many recordings: errors as shares of all words and sounds, the rest as means."""

    wer: float
    pcer: float
    dnsmos: float
    distillmos: float
    likeness: float


def total(verdicts: Sequence[Verdict]) -> Totals:
    """ValueError for none."""
    if not verdicts:
        raise ValueError("no verdict to add up")
    return Totals(
        wer=sum(verdict.wrong_words for verdict in verdicts) / sum(verdict.words for verdict in verdicts),
        pcer=sum(verdict.wrong_sounds for verdict in verdicts) / sum(verdict.sounds for verdict in verdicts),
        dnsmos=fmean(verdict.dnsmos for verdict in verdicts),
        distillmos=fmean(verdict.distillmos for verdict in verdicts),
        likeness=fmean(verdict.likeness for verdict in verdicts),
    )
