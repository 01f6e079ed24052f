import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from service.engine.admission import Terms
from service.engine.engine import State
from service.engine.jobs import Job, Preset
from service.engine.local import LocalEngine
from service.models.fake import FakeModel

StartEngine = Callable[..., Awaitable[LocalEngine]]

MANY = Terms(queue_limit=256)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def advance(self, engine: LocalEngine, seconds: float) -> None:
        """Lets time pass, then waits until the engine's thread has looked at its streams again."""
        with engine.changed:
            self.now += seconds
            engine.changed.notify_all()
        while engine._beat != self.now:  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture
async def start() -> AsyncIterator[StartEngine]:
    """Starts engines around models, and stops them afterwards."""
    engines: list[LocalEngine] = []

    async def start_engine(
        model: FakeModel,
        terms: Terms = MANY,
        idle_timeout: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> LocalEngine:
        engine = LocalEngine(
            "fake",
            lambda: model,
            terms=terms,
            machine=threading.Lock(),
            idle_timeout=idle_timeout,
            clock=clock,
        )
        engines.append(engine)
        await engine.start()
        return engine

    yield start_engine
    for engine in engines:
        await engine.stop()


async def reach(engine: LocalEngine, state: State) -> None:
    """Waits until the engine is in a state."""

    def wait() -> bool:
        with engine.changed:
            return engine.changed.wait_for(lambda: engine.state is state, 30)

    assert await asyncio.to_thread(wait), f"still {engine.state}"


def make_job(seed: int = 1, **changes: object) -> Job:
    values = {"request_id": "r", "caller": "c", "voice": Preset("v"), "language": "es-419", "seed": seed}
    return Job(**{**values, "max_lead": 3600.0, **changes})  # type: ignore[arg-type]
