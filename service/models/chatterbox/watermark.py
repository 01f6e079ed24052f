"""Resemble's inaudible watermark, Perth: put on streams piece by piece, and looked for in recordings.

Source: the package `resemble-perth`, which holds the network. It marks a clip as a whole, so a stream is marked in
pieces, which overlap and are faded into each other: side by side they would step where they meet.
"""

import io
import threading
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np
import torch

from service.engine.jobs import Samples
from service.errors import Reason, ServiceError

SAMPLE_RATE = 24_000
PIECE = SAMPLE_RATE
"""Fewest samples that are marked at once, 1 s: in less, less of the mark is found again."""
OVERLAP = SAMPLE_RATE // 20
BLOCK = 240
"""Perth drops what is short of its hop of 10 ms."""
LONGEST = 60 * SAMPLE_RATE
"""Most samples that are searched at once."""

_NOTHING: Samples = np.zeros(0, np.float32)
_thread = threading.local()


class Perth:
    """The network, loaded on construction. Streams on any number of threads share it; it runs on the CPU.

    ServiceError MODEL_NOT_INSTALLED if its package is missing or broken.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # pkg_resources, on import
            try:
                from perth import PerthImplicitWatermarker
            except ImportError:
                raise _not_installed() from None
            if PerthImplicitWatermarker is None:  # what the package does without setuptools or librosa
                raise _not_installed()
            self._network = PerthImplicitWatermarker()

    def open(self) -> "Marker":
        """Marks one stream of 24 kHz."""
        return Marker(self._mark)

    @torch.inference_mode()
    def find(self, samples: Samples, sample_rate: int) -> float:
        """How sure it is that a recording is marked, 0 to 1; 0 for silence. The mean over its minutes."""
        pieces = np.array_split(samples, -(-len(samples) * SAMPLE_RATE // (LONGEST * sample_rate)))
        found = [self._network.get_watermark(_pad(p, sample_rate), sample_rate, round=False) for p in pieces]
        return float(np.nan_to_num(np.concatenate([np.atleast_1d(confidence) for confidence in found])).mean())

    @torch.inference_mode()
    def _mark(self, samples: Samples) -> Samples:
        _keep_to_one_thread()
        marked: Samples = self._network.apply_watermark(_pad(samples, PIECE), SAMPLE_RATE)
        return marked[: len(samples)]


class Marker:
    """A `service.engine.model.Watermark`: gives what comes in, marked by `mark_piece`, a second or so later.

    `mark_piece` keeps the length. It is given a second or more at once, at the end with what came before it; less only
    if the stream is shorter.
    """

    def __init__(self, mark_piece: Callable[[Samples], Samples]) -> None:
        self._mark_piece = mark_piece
        self._clean = _NOTHING
        self._given = 0
        self._overlap = _NOTHING

    def mark(self, samples: Samples) -> Samples:
        """The marked samples that are certain by now, possibly none."""
        self._clean = np.concatenate([self._clean, samples])
        if len(self._clean) - self._given < PIECE + OVERLAP:
            return _NOTHING
        return self._give(OVERLAP)

    def finish(self) -> Samples:
        """The rest. In all as many samples as came in."""
        if len(self._clean) - self._given == len(self._overlap):
            return self._overlap
        return self._give(0)

    def _give(self, held: int) -> Samples:
        """All but the last `held` samples, faded over from what was held the last time."""
        begin = max(0, min(self._given, len(self._clean) - PIECE))
        marked = self._mark_piece(self._clean[begin:])[self._given - begin :]
        share = np.linspace(0, 1, len(self._overlap), dtype=np.float32)
        marked[: len(share)] = share * marked[: len(share)] + (1 - share) * self._overlap
        end = len(marked) - held
        self._overlap = marked[end:]
        self._given += end
        forgotten = max(0, self._given - PIECE)
        self._clean = self._clean[forgotten:]
        self._given -= forgotten
        return marked[:end]


def _pad(samples: Samples, least: int) -> Samples:
    """With silence at the end, to whole blocks and `least` samples."""
    size = max(least, -(-len(samples) // BLOCK) * BLOCK)
    return np.pad(samples, (0, size - len(samples)))


def _keep_to_one_thread() -> None:
    """Codecs run on many threads: each would start as many of torch's own as the engine has, and slow it down.

    The number belongs to the thread that sets it; those that have already computed keep theirs.
    """
    if not hasattr(_thread, "kept"):
        torch.set_num_threads(1)
        _thread.kept = True


def _not_installed() -> ServiceError:
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED,
        en="The watermark needs the extra `chatterbox`: run `uv sync --extra chatterbox`.",
        es="La marca de agua requiere el extra `chatterbox`: ejecutar `uv sync --extra chatterbox`.",
    )
