"""The wheels, installed alone: everything the commands need is inside them."""

import subprocess
import sysconfig
import venv
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.system]


@pytest.fixture(scope="module")
def installed(find_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the two wheels, and the dependencies of the one that runs the tests."""
    uv, folder = find_program("uv"), tmp_path_factory.mktemp("wheels")
    for source in (ROOT, ROOT / "clients/python"):
        subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder / "dist", source], check=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv/bin/python"
    wheels = sorted((folder / "dist").glob("*.whl"))
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--python", python, *wheels], check=True)
    packages = next((folder / "venv").glob("lib/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv"


def run(*command: str | Path, folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_settings_and_voices_lie_beside_the_installed_service(installed: Path, tmp_path: Path) -> None:
    source = "from service.config import ROOT; import eslatam, rest_bridge; print(ROOT, eslatam.__file__, sep='\\n')"
    root, client = (Path(line) for line in run(installed / "bin/python", "-c", source, folder=tmp_path).splitlines())
    assert root == next(installed.glob("lib/python*/site-packages"))
    assert client.is_relative_to(root)
    kept = {path.relative_to(ROOT) for name in ("config", "voices") for path in (ROOT / name).rglob("*.*")}
    assert {path for path in kept if not (root / path).exists()} == set()


def test_the_installed_command_speaks(installed: Path, tmp_path: Path) -> None:
    run(installed / "bin/eslatam", "say", "Hola.", "hola.wav", folder=tmp_path)
    with wave.open(str(tmp_path / "hola.wav")) as recording:
        assert recording.getnframes() > recording.getframerate() / 5
