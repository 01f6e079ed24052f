"""The judge: how well recordings say their texts, how good they sound and whose voice it is."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from tests.judge.distance import count_edits
from tests.judge.folding import fold
from tests.judge.normalization import normalize
from tests.judge.opinions import DistillMos, Dnsmos
from tests.judge.recognition import Recognizer
from tests.judge.recordings import Samples
from tests.judge.speakers import Embedding, SpeakerEncoder
from tests.judge.verdicts import Recording, Verdict

_PEAK = 0.9
_WORST = 1.0


class Judge:
    """Compares with one voice. Every core judges another recording; each network runs on one, so that scores do not
    depend on how many there are.
    """

    def __init__(self, reference: Samples) -> None:
        """`reference` is the voice, 16 kHz mono."""
        torch.set_num_threads(1)
        workers = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="judge")
        self._recognizer = Recognizer(workers)
        self._dnsmos = Dnsmos()
        self._distillmos = DistillMos()
        self._encoder = SpeakerEncoder()
        self._voice: Embedding = self._encoder.embed(reference)

    def judge(self, recordings: Sequence[Recording]) -> list[Verdict]:
        """One verdict for each, in order."""
        return list(self._pool.map(self._judge, recordings))

    def _judge(self, recording: Recording) -> Verdict:
        heard = self._recognizer.transcribe(recording.samples)
        wanted, said = normalize(recording.text), normalize(heard)
        words, sounds = wanted.split(), fold(wanted)
        dnsmos, distillmos, likeness = self._rate(recording.samples)
        return Verdict(
            heard=heard,
            words=len(words),
            wrong_words=count_edits(words, said.split()),
            sounds=len(sounds),
            wrong_sounds=count_edits(sounds, fold(said)),
            dnsmos=dnsmos,
            distillmos=distillmos,
            likeness=likeness,
        )

    def _rate(self, samples: Samples) -> tuple[float, float, float]:
        """The opinions depend on the level, so it is made equal. Silence is the worst there is, and nobody's voice."""
        peak = np.abs(samples).max(initial=0.0)
        if peak == 0:
            return _WORST, _WORST, 0.0
        level = np.asarray(samples * (_PEAK / peak), np.float32)
        likeness = float(self._encoder.embed(samples) @ self._voice)
        return self._dnsmos.rate(level), self._distillmos.rate(level), likeness
