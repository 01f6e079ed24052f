"""A whole service of one's own: `eslatam serve` on free ports."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


def only(model: str) -> dict[str, str]:
    """Settings of a service that has one model."""
    return {
        "ESLATAM_MODELS__LOADED": f'["{model}"]',
        "ESLATAM_MODELS__DEFAULT": model,
        "ESLATAM_MODELS__FALLBACK": "null",
    }


EMBEDDED = only("kokoro-es")
FAKE = only("fake")

_LONGEST_START = 120.0
_LONGEST_STOP = 60.0
_POLL = 0.01


@dataclass(frozen=True, slots=True)
class Service:
    """Where a running service listens, the seconds from its start until it was ready, and its process."""

    target: str
    url: str
    metrics_url: str
    start_seconds: float
    process: "subprocess.Popen[bytes]"


def find_command() -> str:
    """The installed `eslatam`. FileNotFoundError if this Python has none."""
    command = shutil.which("eslatam", path=str(Path(sys.executable).parent))
    if command is None:
        raise FileNotFoundError("eslatam is not installed beside this Python")
    return command


@contextmanager
def serve(settings: Mapping[str, str]) -> Iterator[Service]:
    """A service that is ready, with these ESLATAM_* variables; it ends with the block."""
    grpc, rest, metrics = find_ports(3)
    listening = {
        "ESLATAM_GRPC__PORT": str(grpc),
        "ESLATAM_GRPC__DRAIN_SECONDS": "0",
        "ESLATAM_BRIDGE__PORT": str(rest),
        "ESLATAM_BRIDGE__TARGET": f"127.0.0.1:{grpc}",
        "ESLATAM_METRICS__PORT": str(metrics),
        "ESLATAM_LOG__LEVEL": "warning",
    }
    url = f"http://127.0.0.1:{rest}"
    start = time.perf_counter()
    with subprocess.Popen([find_command(), "serve"], env={**os.environ, **listening, **settings}) as process:
        try:
            _wait_until_ready(process, f"{url}/ready")
            metrics_url = f"http://127.0.0.1:{metrics}/metrics"
            yield Service(f"127.0.0.1:{grpc}", url, metrics_url, time.perf_counter() - start, process)
        finally:
            process.terminate()
            process.wait(_LONGEST_STOP)


def find_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(bound.getsockname()[1]) for bound in sockets]


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    """RuntimeError if it ends before, or takes too long."""
    deadline = time.monotonic() + _LONGEST_START
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"eslatam serve ended with status {process.returncode}")
            if _is_ready(client, url):
                return
            time.sleep(_POLL)
    raise RuntimeError(f"eslatam serve was not ready after {_LONGEST_START:.0f} s")


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
