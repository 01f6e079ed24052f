"""The service and the bridge as processes of their own, started as the image and the compose file start them."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "config/prometheus"
PATIENCE = 60.0
"""Seconds until a process that does not come up is given up."""


@dataclass(frozen=True)
class Running:
    """Ports on the loopback address."""

    grpc: int
    metrics: int
    bridge: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_condition(met: Callable[[], bool], processes: tuple[subprocess.Popen[bytes], ...] = ()) -> None:
    """Returns once `met`; fails if a process ends before, or if it takes too long."""
    until = time.monotonic() + PATIENCE
    while not met():
        for process in processes:
            assert process.poll() is None, f"{process.args} ended"
        assert time.monotonic() < until, "still not so"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def start(*command: str | Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with the given settings only, as on a machine that is not CI. It is asked to end with the block."""
    settings = ("CI", "ESLATAM_", "ORT_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    process = subprocess.Popen(command, cwd=ROOT, env={**inherited, **environment})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def run_both(**environment: str) -> Iterator[Running]:
    """The service and the bridge, ready to speak."""
    ports = Running(free_port(), free_port(), free_port())
    settings = {
        "ESLATAM_GRPC__PORT": str(ports.grpc),
        "ESLATAM_METRICS__PORT": str(ports.metrics),
        "ESLATAM_BRIDGE__PORT": str(ports.bridge),
        "ESLATAM_BRIDGE__TARGET": f"127.0.0.1:{ports.grpc}",
        **environment,
    }
    with (
        start(sys.executable, "-m", "service", **settings) as service,
        start(sys.executable, "-m", "rest_bridge", **settings) as bridge,
    ):
        await_condition(lambda: answers(f"http://127.0.0.1:{ports.bridge}/ready"), (service, bridge))
        yield ports


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """Both, with the fake model."""
    fake = {"LOADED": '["fake"]', "DEFAULT": "fake", "FALLBACK": "null"}
    with run_both(**{f"ESLATAM_MODELS__{name}": value for name, value in fake.items()}) as ports:
        yield ports


@pytest.fixture
def start_both() -> Callable[..., AbstractContextManager[Running]]:
    """Starts both with other settings."""
    return run_both


@pytest.fixture(scope="session")
def find_program() -> Callable[[str], str]:
    """The path of a system program; skips where it is missing."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"needs the program {name}")
        return path

    return find


class Queries:
    """Prometheus' answers, over HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ask(self, expression: str) -> list[dict[str, Any]]:
        reply = self._client.get("/api/v1/query", params={"query": expression.replace("$__rate_interval", "1m")})
        assert reply.status_code == 200, f"{expression}: {reply.text}"
        return list(reply.json()["data"]["result"])

    def value(self, expression: str) -> float:
        return float(self.ask(expression)[0]["value"][1])

    def names(self) -> set[str]:
        return set(self._client.get("/api/v1/label/__name__/values").json()["data"])


def speak(port: int) -> None:
    """Five requests over the bridge: speech plain and streamed, whole readings, and one that is refused."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        speech = {"model": "fake", "input": "Uno. Dos.", "voice": "default", "response_format": "pcm"}
        assert client.post("/v1/audio/speech", json=speech).content
        assert client.post("/v1/audio/speech", json={**speech, "stream_format": "sse"}).content
        whole = {"utterance": {"text": "Uno. Dos."}}
        assert client.post("/api/v1/speech:synthesize", json=whole).status_code == 200
        assert client.post("/v1/audio/speech", json={**speech, "input": ""}).status_code == 400


@pytest.fixture(scope="module")
def prometheus(
    find_program: Callable[[str], str], running: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Queries]:
    """The project's own Prometheus settings at work on a service that has spoken: only names and periods differ."""
    folder = tmp_path_factory.mktemp("prometheus")
    settings = (PROMETHEUS / "prometheus.yml").read_text().replace("service:9464", f"127.0.0.1:{running.metrics}")
    settings = (
        settings.replace("bridge:8004", f"127.0.0.1:{running.bridge}").replace(": 5s", ": 1s").replace("15s", "1s")
    )
    (folder / "prometheus.yml").write_text(settings)
    (folder / "alerts.yml").write_text((PROMETHEUS / "alerts.yml").read_text())
    port = free_port()
    storage, listen = f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"
    address = f"http://127.0.0.1:{port}"
    with (
        start(find_program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", storage, listen) as process,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        await_condition(lambda: answers(f"{address}/-/ready"), (process,))
        queries = Queries(client)
        speak(running.bridge)
        await_condition(lambda: bool(queries.ask("rate(tts_streams_total[1m])")), (process,))
        await_condition(lambda: bool(queries.ask("rate(http_requests_total[1m])")), (process,))
        yield queries


@pytest.fixture(scope="session")
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: name and the rest of the line."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


@pytest.fixture(scope="session")
def image_environment(instructions: list[tuple[str, str]]) -> dict[str, str]:
    """The variables the image sets for what runs in it."""
    last_stage = max(index for index, (name, _) in enumerate(instructions) if name == "FROM")
    pairs = (pair for name, rest in instructions[last_stage:] if name == "ENV" for pair in rest.split())
    return dict(pair.split("=", 1) for pair in pairs if not pair.startswith("PATH="))
