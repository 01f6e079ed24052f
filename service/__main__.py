"""Runs the gRPC service until SIGTERM or SIGINT: `python -m service`."""

import asyncio
import signal

from prometheus_client import start_http_server

from service.api.server import Server
from service.config import Settings
from service.telemetry import logs


async def serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    start_http_server(settings.metrics.port, settings.metrics.host)
    server = Server(settings)
    await server.start()
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    settings = Settings()
    logs.configure(settings.log.level, settings.log.format)
    asyncio.run(serve(settings))
