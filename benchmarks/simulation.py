"""A service in virtual time: the real engine without its thread, a model that only takes time, callers that listen."""

import asyncio
import math
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from service.engine.admission import Terms
from service.engine.engine import Audio
from service.engine.floor import Floor, Picker
from service.engine.jobs import Job, Preset, Row, Samples, Segment, VoiceSource
from service.engine.model import ModelInfo, Rendered, Window
from service.engine.scheduling import pick, render_first
from service.engine.slots import Order
from service.engine.streams import LocalStream
from service.errors import ServiceError

RATE = 24_000
TOKEN_SAMPLES = RATE // 25
SLOTS = 32
FIRST_WINDOW = 15
"""Tokens before the first audio."""

SENTENCE_TOKENS = range(60, 141)
"""Each is as likely."""

_SILENCE = np.zeros(200 * TOKEN_SAMPLES, np.float32)


@dataclass(frozen=True, slots=True)
class Machine:
    """What units take, in seconds: a step and each of its rows, a rendering and each of its windows."""

    step: float = 0.014
    row: float = 0.00045
    rendering: float = 0.0
    window: float = 0.0
    batch: int = SLOTS
    window_tokens: int = 5


@dataclass(frozen=True, slots=True)
class Script:
    """One request: when it comes, and the tokens of its sentences."""

    at: float
    sentences: tuple[int, ...]


@dataclass(slots=True)
class Outcome:
    """What became of a request. Seconds; `first` after its arrival, infinity if no audio came."""

    arrived_at: float
    refused: bool = False
    first: float = math.inf
    gap: float = 0.0
    audio: float = 0.0
    dry_at: float = 0.0

    def hear(self, seconds: float, now: float) -> None:
        """A player that waits when it is dry."""
        if self.first == math.inf:
            self.first = now - self.arrived_at
        else:
            self.gap = max(self.gap, now - self.dry_at)
        self.dry_at = max(self.dry_at, now) + seconds
        self.audio += seconds


def write_scripts(rate: float, seconds: float, seed: int) -> list[Script]:
    """Requests at random moments, `rate` in a second: 15 % are of 6 to 24 sentences, the others of one."""
    chance = random.Random(seed)
    scripts, now = [], chance.expovariate(rate)
    while now < seconds:
        count = chance.randint(6, 24) if chance.random() < 0.15 else 1
        scripts.append(Script(now, tuple(chance.choice(SENTENCE_TOKENS) for _ in range(count))))
        now += chance.expovariate(rate)
    return scripts


def write_text(tokens: int) -> str:
    """A text of so many tokens, and of more or fewer characters than the engine expects of them."""
    return f"{tokens}".ljust(tokens * (40 + tokens * 7 % 41) // 60, ".")


@dataclass(slots=True)
class Progress:
    total: int
    decoded: int = 0
    rendered: int = 0

    def bound(self, width: int) -> int:
        """The token that the next window ends before."""
        return min(self.total, self.rendered + width if self.rendered else FIRST_WINDOW)


class Timed:
    """A model whose audio is silence and whose units take the machine's time. Implements `Model`."""

    def __init__(self, machine: Machine, world: "World") -> None:
        self.info = ModelInfo(
            name="timed", family="timed", display_name="", revision="", languages=("es",), sample_rate=RATE,
            device="cpu", cost=len, max_cost=1000, slots=SLOTS, render_batch=machine.batch,
        )  # fmt: skip
        self._machine = machine
        self._world = world
        self._rows: dict[Row, Progress] = {}

    def warm_up(self) -> None: ...

    def sleep(self) -> None: ...

    def wake(self) -> None: ...

    def enrol(self, source: VoiceSource) -> object:
        return source

    def open(self, row: Row) -> bool:
        self._rows[row] = Progress(int(row.text.rstrip(".")))
        return True

    def drop(self, row: Row) -> None:
        self._rows.pop(row, None)

    def decode(self, rows: Sequence[Row]) -> list[bool]:
        self._world.pass_time(self._machine.step + self._machine.row * len(rows))
        more = []
        for row in rows:
            progress = self._rows[row]
            progress.decoded += 1
            more.append(progress.decoded < progress.total)
        return more

    def due(self) -> list[Window]:
        width = self._machine.window_tokens
        return [
            Window(row, progress.rendered)
            for row, progress in self._rows.items()
            if progress.rendered < progress.total and progress.decoded >= progress.bound(width)
        ]

    def render(self, windows: Sequence[Window]) -> list[Rendered]:
        self._world.pass_time(self._machine.rendering + self._machine.window * len(windows))
        return [self._render(window.row) for window in windows]

    def _render(self, row: Row) -> Rendered:
        progress = self._rows[row]
        end = progress.bound(self._machine.window_tokens)
        samples: Samples = _SILENCE[: (end - progress.rendered) * TOKEN_SAMPLES]
        progress.rendered = end
        return Rendered(row, samples, last=end == progress.total, tokens=progress.total)


@dataclass(slots=True)
class World:
    """Time, and the requests that come as it passes."""

    scripts: Iterator[Script]
    now: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    floor: Floor = field(init=False)
    next: Script | None = field(init=False)
    listeners: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.next = next(self.scripts, None)

    def clock(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        """Moves on; requests come in the middle of units as they do in life."""
        end = self.now + seconds
        while self.next is not None and self.next.at <= end:
            self.now = self.next.at
            self._arrive(self.next)
            self.next = next(self.scripts, None)
        self.now = end

    def _arrive(self, script: Script) -> None:
        outcome = Outcome(self.now)
        self.outcomes.append(outcome)
        job = Job(f"{len(self.outcomes)}", f"{len(self.outcomes)}", Preset("any"), "es", seed=1)
        try:
            stream = self.floor.open(job)
        except ServiceError:
            outcome.refused = True
            return
        for tokens in script.sentences:
            stream.say(Segment(write_text(tokens)))
        stream.finish()
        listener = asyncio.ensure_future(self._listen(stream, outcome))
        self.listeners.add(listener)
        listener.add_done_callback(self.listeners.discard)

    async def _listen(self, stream: LocalStream, outcome: Outcome) -> None:
        async for event in stream:
            if isinstance(event, Audio):
                outcome.hear(event.samples.size / RATE, self.now)


async def simulate(
    machine: Machine,
    scripts: Sequence[Script],
    seconds: float,
    terms: Terms,
    choose: Picker = pick,
    order: Order = render_first,
) -> list[Outcome]:
    """Runs the engine for so many virtual seconds. Who heard nothing by then has waited so long."""
    world = World(iter(scripts))
    world.floor = Floor(Timed(machine, world), terms, threading.Condition(), world.clock, choose, order)
    while world.now < seconds:
        if pause := world.floor.rest(world.now):
            following = world.next.at if world.next else seconds
            world.pass_time(min(pause, following - world.now, seconds - world.now))
        else:
            world.floor.work()
        for _ in range(3):  # an event reaches its listener: posted, queued, taken
            await asyncio.sleep(0)
    for listener in list(world.listeners):
        listener.cancel()
    await asyncio.gather(*world.listeners, return_exceptions=True)
    for outcome in world.outcomes:
        if not outcome.refused:
            outcome.first = min(outcome.first, seconds - outcome.arrived_at)
    return world.outcomes
