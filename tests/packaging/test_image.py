"""The Dockerfile and the compose files, as far as they can be tried without a container engine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from eslatam import Client

from rest_bridge import config as bridge_config
from service.config import Settings
from service.models.chatterbox.files import cache_folder

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OVERRIDE = yaml.safe_load((ROOT / "docker-compose.override.yml").read_text())
SERVICES = sorted(COMPOSE["services"])

Instructions = list[tuple[str, str]]


def find(instructions: Instructions, name: str) -> list[str]:
    return [rest for instruction, rest in instructions if instruction == name]


def copied(instructions: Instructions) -> list[str]:
    """Paths of the checkout that the image is made from."""
    copies = (rest.split() for rest in find(instructions, "COPY") if not rest.startswith("--from"))
    return [source for *sources, _ in copies for source in sources]


def test_everything_the_image_is_made_from_exists_and_reaches_the_builder(instructions: Instructions) -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    sources = copied(instructions)
    assert {"service", "rest_bridge", "config", "voices", "uv.lock"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists()
        assert any(fnmatch(source, f"{entry}*") for entry in allowed), source


def test_the_image_runs_the_service_for_an_unprivileged_user(instructions: Instructions) -> None:
    assert find(instructions, "USER") == ["10001:10001"]
    assert json.loads(find(instructions, "CMD")[-1]) == ["eslatam", "serve"]
    assert find(instructions, "STOPSIGNAL") == ["SIGTERM"]
    assert set(find(instructions, "EXPOSE")[0].split()) == {"8004", "9464", "50051"}


def test_the_image_leaves_only_the_bridge_open(
    image_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, image_environment)
    assert bridge_config.Settings().bridge.host == "0.0.0.0"
    assert (Settings().grpc.host, Settings().metrics.host) == ("127.0.0.1", "127.0.0.1")


def set_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("ESLATAM_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_the_image_checks_its_own_health(instructions: Instructions, running: Any) -> None:
    _, _, command = find(instructions, "HEALTHCHECK")[0].partition("CMD ")
    check = [sys.executable, *json.loads(command)[1:]]
    for port, healthy in ((running.bridge, True), (running.grpc, False)):
        ended = subprocess.run(check, env={"ESLATAM_BRIDGE__PORT": str(port)}, capture_output=True)
        assert (ended.returncode == 0) is healthy


def test_the_compose_file_checks_the_health_of_the_service(running: Any) -> None:
    program = COMPOSE["services"]["service"]["healthcheck"]["test"]
    assert program[:3] == ["CMD", "python", "-c"]
    for port, healthy in ((running.grpc, True), (running.bridge, False)):
        source = program[3].replace("50051", str(port))
        assert (subprocess.run([sys.executable, "-c", source], capture_output=True).returncode == 0) is healthy


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined_and_has_a_health_check(name: str) -> None:
    container = COMPOSE["services"][name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "/tmp" in container["tmpfs"]
    assert name == "bridge" or container["healthcheck"]["test"]
    assert all(port.startswith(("127.0.0.1:", "${PUBLISH_ON:-127.0.0.1}:")) for port in container["ports"])


@pytest.mark.parametrize("name", SERVICES)
def test_what_containers_mount_and_wait_for_exists(name: str) -> None:
    container = COMPOSE["services"][name]
    for source in (volume.split(":")[0] for volume in container.get("volumes", ())):
        assert (ROOT / source).is_dir() if source.startswith(".") else source in COMPOSE["volumes"]
    assert set(container.get("depends_on", ())) <= set(SERVICES)
    assert set(container["networks"]) <= set(COMPOSE["networks"])


def test_the_compose_file_connects_what_the_settings_say(
    image_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, {**image_environment, **COMPOSE["services"]["service"]["environment"]})
    settings = Settings()
    assert (settings.grpc.host, settings.metrics.host) == ("0.0.0.0", "0.0.0.0")
    set_environment(monkeypatch, {**image_environment, **COMPOSE["services"]["bridge"]["environment"]})
    assert bridge_config.Settings().bridge.target == f"service:{settings.grpc.port}"
    scraped = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = [target for job in scraped for group in job["static_configs"] for target in group["targets"]]
    assert targets == [f"service:{settings.metrics.port}", f"bridge:{bridge_config.Settings().bridge.port}"]


def test_downloaded_models_are_kept_in_a_volume_of_the_service(
    instructions: Instructions, image_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, image_environment)
    (mount,) = COMPOSE["services"]["service"]["volumes"]
    volume, _, place = mount.partition(":")
    assert volume in COMPOSE["volumes"]
    assert cache_folder("es-mx-latam").is_relative_to(place)
    assert any(f"--owner eslatam --group eslatam {place}" in command for command in find(instructions, "RUN"))


def test_the_gpu_is_asked_for_in_the_override_alone() -> None:
    assert "deploy" not in json.dumps(COMPOSE)
    assert COMPOSE["services"]["service"]["build"]["args"] == {"RUNTIME": "cpu"}
    devices = OVERRIDE["services"]["service"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]
    builds = {name: container["build"]["args"] for name, container in OVERRIDE["services"].items()}
    assert builds == {"service": {"RUNTIME": "gpu"}, "bridge": {"RUNTIME": "gpu"}}


@pytest.mark.slow
def test_speaking_as_in_the_image_leaves_nothing_on_disk(
    image_environment: dict[str, str],
    start_both: Callable[..., AbstractContextManager[Any]],
    tmp_path: Path,
) -> None:
    only_writable = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with start_both(**{**image_environment, **only_writable}) as ports, Client(f"127.0.0.1:{ports.grpc}") as client:
        assert client.synthesize("Hola, ¿cómo están?").audio
        assert list(tmp_path.rglob("*")) == []
    assert list(tmp_path.rglob("*")) == []
