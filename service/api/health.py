"""grpc.health.v1: can it speak, and does it live."""

import asyncio
import time

from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer

from service.api.catalog import Catalog
from service.engine.engine import State
from service.telemetry import metrics

LIVE = "live"
PERIOD = 0.25
"""Seconds between two looks."""


class HealthMonitor:
    """Keeps the health service true: "" and the services while a request would be taken, `live` while engines beat."""

    def __init__(self, servicer: HealthServicer, catalog: Catalog, services: tuple[str, ...]) -> None:
        self._servicer = servicer
        self._catalog = catalog
        self._keys = ("", *services)
        self._shown: dict[str, bool] = {}

    async def update(self) -> None:
        engines = {name: entry.engine for name, entry in self._catalog.entries.items() if entry.engine}
        ready = self._catalog.can_speak()
        for key in self._keys:
            await self._show(key, ready)
        await self._show(LIVE, all(engine.alive() for engine in engines.values()))
        for name, engine in engines.items():
            for state in State:
                metrics.ENGINE_STATE.labels(name, state.value).set(engine.state is state)

    async def watch(self) -> None:
        """Updates for ever, and tells how late the event loop wakes."""
        while True:
            await self.update()
            due = time.monotonic() + PERIOD
            await asyncio.sleep(PERIOD)
            metrics.LOOP_LAG.set(max(0.0, time.monotonic() - due))

    async def _show(self, key: str, serving: bool) -> None:
        if self._shown.get(key) != serving:
            self._shown[key] = serving
            status = health_pb2.HealthCheckResponse
            await self._servicer.set(key, status.SERVING if serving else status.NOT_SERVING)
