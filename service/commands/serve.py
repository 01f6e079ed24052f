"""eslatam serve: the gRPC service and the REST bridge, each a process of its own."""

import argparse
import asyncio
import os
import signal
import ssl
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import Process

from service.config import Settings
from service.language import tr

MODULES = {"service": "service", "bridge": "rest_bridge"}
ENDED_WELL = {0, -signal.SIGTERM}
"""uvicorn ends with the signal that it was sent, its work done."""


async def run(options: argparse.Namespace) -> int:
    if options.only:
        os.execv(sys.executable, [sys.executable, "-m", MODULES[options.only]])  # noqa: S606
    return await _run_both()


async def _run_both() -> int:
    """Ends both when a signal comes or one of them ends; 0 if both ended well.

    The service first: while its streams end, the bridge still tells newcomers to come back.
    """
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-m", module) for module in MODULES.values()]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    announcement = asyncio.create_task(_announce())
    ends = [asyncio.create_task(process.wait()) for process in processes]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *ends], return_when=asyncio.FIRST_COMPLETED)
    announcement.cancel()
    asked = stopping.done()
    stopping.cancel()
    statuses = [await _end(process) for process in processes]
    await asyncio.gather(*ends)
    return 0 if asked and set(statuses) <= ENDED_WELL else 1


async def _end(process: Process) -> int:
    """The status it ended with."""
    if process.returncode is None:
        process.terminate()
    return await process.wait()


async def _announce() -> None:
    """Says where to go, once the service can speak."""
    bridge = Settings().bridge
    scheme = "https" if bridge.get("ssl") else "http"
    host = str(bridge.get("host", "127.0.0.1")).replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - not bound, only shown
    address = f"{scheme}://{host}:{bridge.get('port', 8004)}"
    _print(tr("Starting…", "Iniciando…"))
    while not await asyncio.to_thread(_is_ready, f"{address}/ready"):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)
    _print(tr(f"Ready: {address}", f"Listo: {address}"))


def _is_ready(url: str) -> bool:
    try:
        # Our own address, whose certificate need not name it.
        with urllib.request.urlopen(url, timeout=1, context=ssl._create_unverified_context()) as reply:  # noqa: S310, S323, SLF001
            return reply.status == 200  # type: ignore[no-any-return]
    except (urllib.error.URLError, OSError):
        return False


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
