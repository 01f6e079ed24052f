"""Threads for work that would hold up the event loop."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from service.telemetry import metrics

T = TypeVar("T")


class Threads:
    """One that reads texts, and as many for encoders as there are cores.

    To read is Python, of which one thread runs at a time: a second reader would only take turns from the engine.
    """

    def __init__(self) -> None:
        self._reader = ThreadPoolExecutor(1, "reader")
        self._codecs = ThreadPoolExecutor(max(2, os.cpu_count() or 1), "codec")

    async def read(self, work: Callable[[], T]) -> T:
        return await _run(self._reader, "text", work)

    async def encode(self, work: Callable[[], T]) -> T:
        return await _run(self._codecs, "encode", work)

    def close(self) -> None:
        self._reader.shutdown()
        self._codecs.shutdown()


async def _run(executor: Executor, stage: str, work: Callable[[], T]) -> T:
    """What `work` returns, timed as a stage. It sees the caller of this RPC."""
    with metrics.STAGE.labels(stage).time():
        return await asyncio.get_running_loop().run_in_executor(executor, copy_context().run, work)
