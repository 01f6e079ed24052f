"""Work that would hold up the event loop, done on the codec pool."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from typing import TypeVar

from service.telemetry import metrics

T = TypeVar("T")


async def offload(codecs: Executor, stage: str, work: Callable[[], T]) -> T:
    """What `work` returns, timed as a stage. It sees the caller of this RPC."""
    with metrics.STAGE.labels(stage).time():
        return await asyncio.get_running_loop().run_in_executor(codecs, copy_context().run, work)
