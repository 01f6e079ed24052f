"""What the servicers know of the engine: open a stream, say segments, read events."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from service.engine.jobs import Job, Samples, Segment, WordTime
from service.engine.model import ModelInfo


@dataclass(frozen=True, slots=True)
class Audio:
    """The next samples of the stream, at the model's rate. A pause is zeros."""

    segment: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class SegmentEnd:
    """All audio of a segment, its pause apart, has been given. Counts are at the model's rate."""

    segment: int
    sample_count: int
    tokens: int
    cut: bool
    words: tuple[WordTime, ...]


Event = Audio | SegmentEnd


class State(Enum):
    """What an engine is doing."""

    LOADING = "loading"
    WARMING = "warming"
    READY = "ready"
    SLEEPING = "sleeping"
    WAKING = "waking"
    DRAINING = "draining"
    FAILED = "failed"

    @property
    def serves(self) -> bool:
        """Whether a request is taken; one that comes in its sleep wakes the engine."""
        return self in (State.READY, State.SLEEPING, State.WAKING)


class Stream(Protocol):
    """One request under way. Closing it, which leaving `async with` does, cancels what is left."""

    async def __aenter__(self) -> "Stream": ...

    async def __aexit__(self, *exception: object) -> None: ...

    def say(self, segment: Segment) -> None:
        """Adds a segment after those said before."""
        ...

    def finish(self) -> None:
        """No more segments follow."""
        ...

    def __aiter__(self) -> AsyncIterator[Event]:
        """Events in order, until the last segment said before `finish`. Raises ServiceError if the model fails."""
        ...

    @property
    def queue_seconds(self) -> float:
        """Time the first segment waited for a slot."""
        ...


class Engine(Protocol):
    """Speaks jobs with one model."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def state(self) -> State: ...

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Cancels what runs and ends the engine's thread."""
        ...

    def alive(self) -> bool:
        """Whether the engine's thread beats."""
        ...

    def open(self, job: Job) -> Stream:
        """Raises ServiceError: OVERLOADED, DEADLINE_UNREACHABLE, NOT_READY unless its state serves."""
        ...
