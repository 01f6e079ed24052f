"""When each word is heard: the network's lengths, put where their sound is."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from service.engine.jobs import Samples, WordTime
from service.models.kokoro.g2p import Transcript, Word
from service.models.kokoro.network import FRAME, SAMPLE_RATE
from service.models.kokoro.speech import Speech
from service.models.kokoro.spelling import PAUSES

AHEAD = 2 * FRAME
"""So many samples before the place that its length gives it a phoneme is heard: benchmarks/results/word_times_*.md."""

_HOP = SAMPLE_RATE // 200
_WINDOW = 2 * _HOP
_SILENCE = 10 ** (-40 / 20)
"""What is less than this part of the loudest 10 ms is silent."""
_SHORTEST, _SHORTEST_UNMARKED = 10, 20
"""Hops. What is silent for less is no pause, but the closure of a p, a t or a k, say; longer where there is no mark."""


def time_words(transcript: Transcript, speech: Speech) -> tuple[WordTime, ...]:
    """The words that the speech got to. A phone beside a pause may be as long as the pause: words give that up."""
    last = len(speech.edges) - 1
    words = [word for word in transcript.words if word.start < min(word.end, last)]
    edges = np.maximum(speech.edges - AHEAD, 0)
    silent = _find_silence(speech.samples)
    starts = [int(edges[word.start]) for word in words]
    ends = [int(edges[min(word.end, last)]) for word in words]
    for index, (before, after) in enumerate(pairwise([None, *words, None])):
        unmarked = before and after and PAUSES.isdisjoint(transcript.phonemes[before.end : after.start])
        first = int(edges[min(before.end, last) - 1]) if before else 0
        stop = int(edges[_end_of_first_phone(transcript, after, last)]) if after else len(speech.samples)
        pause = _find_pause(silent, first, stop)
        if len(pause) < _HOP * (_SHORTEST_UNMARKED if unmarked else _SHORTEST):
            continue
        if before:
            ends[index - 1] = min(ends[index - 1], pause.start)
        if after:
            starts[index] = max(starts[index], pause.stop)
    return tuple(
        WordTime(word.offset, word.length, start, max(start, end))
        for word, start, end in zip(words, starts, ends, strict=True)
    )


def _end_of_first_phone(transcript: Transcript, word: Word, last: int) -> int:
    marked = transcript.phonemes[word.start] in "ˈˌ"
    return min(word.start + (2 if marked else 1), last)


def _find_silence(samples: Samples) -> NDArray[np.bool_]:
    """Whether each hop, with half a hop around it, is silent."""
    power = np.cumsum(np.pad(samples.astype(np.float64) ** 2, (1, 0)))
    middles = np.arange(_HOP // 2, len(samples), _HOP)
    bounds = np.clip([middles - _WINDOW // 2, middles + _WINDOW // 2], 0, len(samples))
    levels = np.sqrt((power[bounds[1]] - power[bounds[0]]) / _WINDOW)
    return np.asarray(levels < _SILENCE * levels.max(initial=0.0))


def _find_pause(silent: NDArray[np.bool_], start: int, stop: int) -> range:
    """The samples of the longest silence between two."""
    first = start // _HOP
    turns = np.flatnonzero(np.diff(np.pad(silent[first : stop // _HOP].astype(np.int8), 1))) + first
    begin, end = max(turns.reshape(-1, 2).tolist(), key=lambda run: run[1] - run[0], default=(0, 0))
    return range(begin * _HOP, end * _HOP)
