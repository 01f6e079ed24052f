"""Runs the gRPC service until SIGTERM or SIGINT: `python -m service`."""

import asyncio
import signal
import sys

from prometheus_client import start_http_server

from service.api.server import Server
from service.config import Settings
from service.language import tr
from service.telemetry import logs

SWITCH_SECONDS = 0.0005
"""For which a thread may keep the interpreter from another: the engine wants it after every unit of work."""


def main() -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        settings = Settings()
        logs.configure(settings.log.level, settings.log.format)
        asyncio.run(serve(settings))
    except (OSError, ValueError) as error:
        sys.exit(tr(f"The service cannot start: {error}", f"El servicio no puede iniciar: {error}"))


async def serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(settings)
    start_http_server(settings.metrics.port, settings.metrics.host)
    await server.start()
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    main()
