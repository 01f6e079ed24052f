"""Which texts are asked for, and when."""

import random
from dataclasses import dataclass
from typing import Literal

from service.commands.bench.texts import SENTENCES

Arrivals = Literal["poisson", "even"]

LONG_SHARE = 0.15
LONG_SENTENCES = (6, 24)
"""Least and most sentences of a long text; a short one has one."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One stream to ask for, `at` seconds from the start."""

    at: float
    text: str
    seed: int


def make_schedule(count: int, arrivals: Arrivals, duration: float, *, seed: int = 1) -> list[Visit]:
    """`count` visits within `duration` seconds, the same for the same seed.

    A given number of Poisson arrivals lies in their interval as so many uniform draws.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret depends on it
    if arrivals == "poisson":
        times = sorted(draw.uniform(0, duration) for _ in range(count))
    else:
        times = [duration * index / count for index in range(count)]
    return [Visit(at, _choose_text(draw), index + 1) for index, at in enumerate(times)]


def _choose_text(draw: random.Random) -> str:
    long = draw.random() < LONG_SHARE
    sentences = draw.randint(*LONG_SENTENCES) if long else 1
    return " ".join(draw.sample(SENTENCES, sentences))
