"""How good a recording sounds, on the scale of 1 to 5 that listeners use: DNSMOS and DistillMOS."""

import contextlib
import io
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import onnxruntime
import torch

from tests.judge.packages import find_package
from tests.judge.recordings import RATE, Samples

_DNSMOS_SECONDS = 9.01
_OVERALL = np.array([-0.06766283, 1.11546468, 0.04602535])
"""From the network's third output to a mean opinion, highest power first (speechmos, P.835, not personalised)."""


class Dnsmos:
    """DNSMOS P.835, overall quality (Reddy et al. 2022), from the network in the package speechmos."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        network = find_package("speechmos") / "dnsmos_models" / "sig_bak_ovr.onnx"
        self._session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])

    def rate(self, samples: Samples) -> float:
        """Mean over windows of 9 s, one each second, placed as speechmos does. What is shorter is repeated."""
        size = int(_DNSMOS_SECONDS * RATE)
        while len(samples) < size:
            samples = np.concatenate([samples, samples])
        windows = int(len(samples) // RATE - _DNSMOS_SECONDS) + 1
        starts = range(0, windows * RATE, RATE)
        outputs = [self._session.run(None, {"input_1": samples[None, at : at + size]})[0][0][2] for at in starts]
        return float(np.mean(np.polyval(_OVERALL, np.array(outputs))))


class DistillMos:
    """DistillMOS (Stahl and Gamper 2025), from the package of that name."""

    def __init__(self) -> None:
        # It prints where its weights lie.
        with _without_torchaudio(), contextlib.redirect_stdout(io.StringIO()):
            from distillmos import ConvTransformerSQAModel  # type: ignore[import-untyped]

            self._network = ConvTransformerSQAModel().eval()

    def rate(self, samples: Samples) -> float:
        with torch.inference_mode():
            return float(self._network(torch.from_numpy(samples)[None]))


@contextlib.contextmanager
def _without_torchaudio() -> Iterator[None]:
    """The package imports torchaudio for its command line only: an empty module serves."""
    real = sys.modules.get("torchaudio")
    sys.modules["torchaudio"] = ModuleType("torchaudio")
    try:
        yield
    finally:
        del sys.modules["torchaudio"]
        if real is not None:
            sys.modules["torchaudio"] = real
