"""From logits to speech tokens, as transformers' processors and `torch.multinomial` find them.

Each row goes by its own dials, and nothing looks at a value, so that a CUDA graph can hold it. Source of the order and
the formulas: `T3.inference` of chatterbox-tts 0.1.7; RepetitionPenaltyLogitsProcessor, MinPLogitsWarper and
TopPLogitsWarper of transformers.
"""

import torch
from torch import Tensor

from service.models.chatterbox.t3.vocabulary import START, STOP

IDS = STOP + 1
"""Logits of a row. Those past `STOP` are not computed: they are never to be said."""


def guide(with_text: Tensor, without: Tensor, dials: Tensor) -> Tensor:
    """Classifier-free guidance, shape [n, IDS]: it weighs what the text adds, so a weight of 0 leaves the logits."""
    return with_text + dials[:, :1] * (with_text - without)


def score(logits: Tensor, said: Tensor, dials: Tensor) -> Tensor:
    """Logits after penalty, temperature and min_p, shape [n, IDS]: -inf for what may not be said.

    `said` marks the ids already said, shape [n, IDS]. The penalty takes each once, however often it was said.
    """
    _, penalty, temperature, min_p, _ = dials[:, :, None].unbind(1)
    penalised = torch.where(logits < 0, logits * penalty, logits / penalty)
    scores = torch.where(said, penalised, logits) / temperature
    scores[:, START] = -torch.inf
    shares = scores.softmax(-1)
    return scores.masked_fill(shares < min_p * shares.amax(-1, keepdim=True), -torch.inf)


def keep_nucleus(scores: Tensor, dials: Tensor, width: int | None = None) -> Tensor:
    """Scores with -inf for the unlikeliest ids, which together have a share of at most 1 - top_p.

    `width` says how many scores are not -inf, where that is known: fewer are then sorted.
    """
    rising = scores.sort(-1).values if width is None else scores.topk(width).values.flip(-1)
    dropped = rising.softmax(-1).cumsum(-1) <= dials[:, 4:]
    dropped[:, -1] = False
    least = rising.masked_fill(dropped, torch.inf).amin(-1, keepdim=True)
    return scores.masked_fill(scores < least, -torch.inf)


def race(scores: Tensor, noise: Tensor) -> Tensor:
    """What the token is the argmax of, shape [n, IDS].

    With exponential noise over SPEECH_IDS, cut to IDS, this is the draw that
    `torch.multinomial` makes of its generator.
    """
    return scores.softmax(-1) / noise
