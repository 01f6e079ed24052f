import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from service.engine.jobs import Job, Preset
from service.engine.local import LocalEngine
from service.models.fake import FakeModel

StartEngine = Callable[..., Awaitable[LocalEngine]]


@pytest.fixture
async def start() -> AsyncIterator[StartEngine]:
    """Starts engines around models, and stops them afterwards."""
    engines: list[LocalEngine] = []

    async def start_engine(model: FakeModel, queue_limit: int = 256) -> LocalEngine:
        engine = LocalEngine(lambda: model, queue_limit=queue_limit, machine=threading.Lock())
        await engine.start()
        engines.append(engine)
        return engine

    yield start_engine
    for engine in engines:
        await engine.stop()


def make_job(seed: int = 1, **changes: object) -> Job:
    values = {"request_id": "r", "caller": "c", "voice": Preset("v"), "language": "es-419", "seed": seed}
    return Job(**{**values, "max_lead": 3600.0, **changes})  # type: ignore[arg-type]
