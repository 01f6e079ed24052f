"""A client of a running service, or of one started for the moment."""

import argparse
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eslatam import AsyncClient

from service.config import Settings


@asynccontextmanager
async def connect(options: argparse.Namespace) -> AsyncIterator[AsyncClient]:
    """The service at `options.server`, else one in this process on a port of its own."""
    if options.server:
        async with AsyncClient(options.server) as client:
            yield client
        return
    async with serve_here(Settings()) as client:
        yield client


@asynccontextmanager
async def serve_here(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A service in this process, on a port of its own."""
    from service.api.server import Server

    logging.basicConfig(level=logging.WARNING)
    local = settings.grpc.model_copy(update={"host": "127.0.0.1", "port": 0, "tls": None, "drain_seconds": 0})
    server = Server(settings.model_copy(update={"grpc": local}))
    await server.start()
    try:
        async with AsyncClient(f"127.0.0.1:{server.port}") as client:
            yield client
    finally:
        await server.stop()
