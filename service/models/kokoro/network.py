"""Kokoro's network under ONNX Runtime: symbols and a style in, samples and the length of each symbol out."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.engine.jobs import Samples

# ONNX Runtime 1.32 reports its use to Microsoft and keeps an identifier in the home folder unless told not to here:
# its own disable_telemetry_events() comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

SAMPLE_RATE = 24_000
FRAME = 600
"""Samples in one acoustic frame, the unit of the lengths."""

Style = NDArray[np.float32]
"""A style pack, shape [510, 256]: row n is for a text of n symbols."""

_LENGTHS = b"/encoder/Clip_output_0"


class Network:
    """Bit-exact from call to call, on any number of threads that stays the same."""

    def __init__(self, weights: bytes, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(_expose(weights), options, providers=["CPUExecutionProvider"])
        # The session would keep the 92 MB it was made from for as long as it lives.
        self._session._model_bytes = None  # noqa: SLF001

    def run(self, numbers: Sequence[int], style: Style) -> tuple[Samples, NDArray[np.int64]]:
        """Audio of 1 to 509 symbols, shape [samples], and the frames of each and of both ends, shape [n + 2]."""
        inputs = {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": style[len(numbers)][None],
            "speed": np.ones(1, np.float32),
        }
        audio, lengths = self._session.run(None, inputs)
        return audio.ravel(), lengths.ravel().astype(np.int64)


def _expose(weights: bytes) -> bytes:
    """The model with the lengths of its symbols as a second output.

    Protocol Buffers merge a message that comes twice: a second `graph` (field 7 of ModelProto) with one `output`
    (field 12 of GraphProto) named `_LENGTHS` (field 1 of ValueInfoProto) adds to the first.
    """
    return weights + _field(7, _field(12, _field(1, _LENGTHS)))


def _field(number: int, value: bytes) -> bytes:
    """A length-delimited field, number below 16 and value below 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value
