"""Faster or slower speech at the same pitch."""

import math
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from service.audio.samples import Blocks, Samples, silence

# The filter gives out what it made of one input frame when the next comes, and what it makes depends on how
# its very first frames were cut: small equal frames keep the delay short and the result always the same.
_BLOCK = 0.02
_TAIL = 0.25


class Stretcher:
    """ffmpeg's atempo (WSOLA) as a stream. What comes out is about `samples in / tempo`: the caller trims it.

    `tempo` is 0.25 to 4.
    """

    def __init__(self, sample_rate: int, tempo: float) -> None:
        self._rate = sample_rate
        self._position = 0
        self._blocks = Blocks(round(sample_rate * _BLOCK))
        self._graph = _open_graph(sample_rate, tempo)

    def stretch(self, samples: Samples) -> Samples:
        """Shape [n] in, [m] out."""
        parts = []
        for block in self._blocks.cut(samples):
            self._push(block)
            parts.extend(self._pull())
        return np.concatenate([silence(0), *parts])

    def finish(self) -> Samples:
        """What is left, and a little of the silence that pushed it out. Nothing can be stretched afterwards."""
        last = self.stretch(silence(round(self._rate * _TAIL)))
        self._graph.push(None)
        return np.concatenate([last, *self._pull()])

    def _push(self, block: Samples) -> None:
        frame = AudioFrame.from_ndarray(block[None], format="flt", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = self._position
        self._position += len(block)
        self._graph.push(frame)

    def _pull(self) -> list[Samples]:
        parts = []
        while True:
            try:
                parts.append(self._graph.pull().to_ndarray()[0])
            except (av.BlockingIOError, av.EOFError):
                return parts


def _open_graph(sample_rate: int, tempo: float) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_abuffer(sample_rate=sample_rate, format="flt", layout="mono", time_base=Fraction(1, sample_rate))
    # One instance overlaps all of its input within 0.5 to 2 only: beyond that, two share the work.
    steps = 1 if 0.5 <= tempo <= 2.0 else 2
    filters = [graph.add("atempo", f"{math.pow(tempo, 1 / steps):.12f}") for _ in range(steps)]
    graph.link_nodes(source, *filters, graph.add("abuffersink"))
    graph.configure(auto_buffer=False)
    return graph
