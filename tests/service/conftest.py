"""A real service on a real port, with the fake model or the embedded voice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from service.api.server import Server
from service.config import Settings
from service.models import registry
from service.models.fake import FakeModel

StartServer = Callable[..., Awaitable[Server]]


def make_settings(**changes: Any) -> Settings:
    """Settings of a test: free ports, no wait to drain, the fake model."""
    values: dict[str, Any] = {
        "grpc": {"port": 0, "drain_seconds": 0, "grace_seconds": 30},
        "models": {"loaded": ["fake"], "default": "fake", "fallback": None},
        "engine": {"queue_limit": 256},
    }
    for section, fields in changes.items():
        values[section] = {**values.get(section, {}), **fields}
    return Settings(**values)


@pytest.fixture
async def start_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartServer]:
    """Starts services, and stops them afterwards."""
    servers: list[Server] = []

    async def start(model: FakeModel | None = None, **changes: Any) -> Server:
        if model is not None:
            monkeypatch.setattr(registry, "loaders", lambda settings: {"fake": lambda: model})
        server = Server(make_settings(**changes))
        servers.append(server)
        await server.start()
        return server

    yield start
    for server in servers:
        await server.stop()
