"""The house's arrows: which module may import which, read from the source without running it."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TREES = ("service", "rest_bridge", "clients/python/eslatam")
LONGEST = 400
"""Lines of a source file that no generator wrote."""

EVERYWHERE = ("service.errors", "service.telemetry")
PROTOCOLS = tuple(f"service.engine.{name}" for name in ("failures", "jobs", "model", "voices"))
API = (
    *EVERYWHERE,
    *PROTOCOLS,
    "eslatam",
    "service.audio",
    "service.config",
    "service.engine.engine",
    "service.engine.seeds",
    "service.text",
    "service.voices",
)
ARROWS = {
    "eslatam": (),
    "rest_bridge": ("eslatam",),
    "service": (),
    "service.__main__": ("service.api", "service.config", "service.language", "service.telemetry"),
    "service.api": API,
    "service.api.server": (*API, "service.engine.admission", "service.engine.local", "service.models.registry"),
    "service.audio": EVERYWHERE,
    "service.cli": ("service.language",),
    "service.commands": (
        "eslatam",
        "service.api",
        "service.cli",
        "service.config",
        "service.errors",
        "service.language",
        "service.models.provisioning",
    ),
    "service.commands.watermark": (
        "service.audio",
        "service.errors",
        "service.language",
        "service.models.chatterbox.watermark",
    ),
    "service.config": (),
    "service.engine": EVERYWHERE,
    "service.errors": (),
    "service.language": (),
    "service.models": (*EVERYWHERE, *PROTOCOLS, "service.audio"),
    "service.models.provisioning": (*EVERYWHERE, "service.config"),
    "service.models.registry": (*EVERYWHERE, *PROTOCOLS, "service.config"),
    "service.telemetry": (),
    "service.text": ("service.errors",),
    "service.voices": (*EVERYWHERE, "service.audio"),
}
"""What each part may import of the house, besides itself. A module follows the longest name that it begins with."""

GUESTS = {
    **dict.fromkeys(("grpc", "grpc_health", "grpc_reflection"), ("service.api", "rest_bridge", "eslatam")),
    **dict.fromkeys(("chatterbox", "onnxruntime", "torch", "torchaudio"), ("service.models",)),
    **dict.fromkeys(("starlette", "uvicorn"), ("rest_bridge",)),
}
"""Libraries that only some parts may import."""


def lies_in(module: str, parts: tuple[str, ...]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def package(module: str) -> str:
    """The part of the house that a module belongs to: `service.api` for `service.api.server`."""
    return ".".join(module.split(".")[: 2 if module.startswith("service") else 1])


def modules(root: Path) -> dict[str, Path]:
    """Every module of the house by its name."""
    found = {}
    for tree in (root / name for name in TREES):
        for path in sorted(tree.rglob("*.py")):
            parts = path.relative_to(tree.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Names of the modules a file imports, at its top or later."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{origin}.{alias.name}" if f"{origin}.{alias.name}" in known else origin


def is_wrong(module: str, imported: str) -> bool:
    guest_of = GUESTS.get(imported.split(".")[0])
    if guest_of is not None:
        return not lies_in(module, guest_of)
    if imported.startswith("."):
        return True
    if imported.split(".")[0] not in ("eslatam", "rest_bridge", "service") or package(imported) == package(module):
        return False
    part = max((name for name in ARROWS if lies_in(module, (name,))), key=len)
    return not lies_in(imported, ARROWS[part])


def wrong_arrows(root: Path) -> list[str]:
    known = modules(root)
    return [
        f"{module} -> {imported}"
        for module, path in known.items()
        for imported in imports(path, known)
        if is_wrong(module, imported)
    ]


def homeless(root: Path) -> set[str]:
    """Packages whose arrows nobody has decided."""
    return {package(module) for module in modules(root)} - ARROWS.keys()


def find_circle(root: Path) -> list[str]:
    """Packages that import each other in a circle, or none."""
    known = modules(root)
    graph: dict[str, set[str]] = {}
    for module, path in known.items():
        reached = {package(name) for name in imports(path, known) if name in known}
        graph.setdefault(package(module), set()).update(reached - {package(module)})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def long_files(root: Path) -> list[str]:
    paths = [*modules(root).values(), *(root / "benchmarks").rglob("*.py"), *(root / "protos").rglob("*.py")]
    written = (path for path in paths if "_pb2" not in path.name)
    return [path.name for path in written if len(path.read_text().splitlines()) > LONGEST]


def test_every_arrow_points_the_way_the_house_decided() -> None:
    assert wrong_arrows(ROOT) == []


def test_every_part_has_its_arrows() -> None:
    assert homeless(ROOT) == set()


def test_no_packages_import_each_other_in_a_circle() -> None:
    assert find_circle(ROOT) == []


def test_no_source_file_is_long() -> None:
    assert long_files(ROOT) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house in order, of one module for each name that counts."""
    for module in (*ARROWS, "service.engine.local", "service.engine.jobs", "service.models.fake", "service.api.speech"):
        folder = tmp_path / "clients/python" if module == "eslatam" else tmp_path
        is_package = module.count(".") < 2 and module not in ("service.__main__", "service.cli", "service.config")
        write(folder, f"{module}.__init__" if is_package else module, "")
    write(tmp_path, "service.models.fake", "from service.engine.jobs import Job\n")
    return tmp_path


def write(root: Path, module: str, source: str) -> None:
    path = root / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)


def test_a_house_in_order_passes(house: Path) -> None:
    assert (wrong_arrows(house), homeless(house), find_circle(house), long_files(house)) == ([], set(), [], [])


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("rest_bridge.app", "from service.errors import Reason", "service.errors"),
        ("service.engine.local", "import torch.nn", "torch.nn"),
        ("service.engine.local", "def f():\n    import grpc", "grpc"),
        ("service.engine.local", "from service import models", "service.models"),
        ("service.text.prepare", "from service.telemetry import metrics", "service.telemetry"),
        ("service.audio.encoding", "import service.api.server", "service.api.server"),
        ("service.models.fake", "from service.engine import local", "service.engine.local"),
        ("service.models.fake", "from service.config import Models", "service.config"),
        ("service.api.speech", "from service.models.fake import FakeModel", "service.models.fake"),
        ("service.api.speech", "from service.engine.local import LocalEngine", "service.engine.local"),
        ("service.api.speech", "from starlette.responses import Response", "starlette.responses"),
        ("service.api.speech", "from .server import Server", ".server"),
        ("clients.python.eslatam.client", "import rest_bridge.app", "rest_bridge.app"),
    ],
)
def test_an_arrow_that_points_back_is_found(house: Path, module: str, source: str, found: str) -> None:
    write(house, module, source)
    assert wrong_arrows(house) == [f"{module.removeprefix('clients.python.')} -> {found}"]


def test_a_part_without_arrows_a_circle_and_a_long_file_are_found(house: Path) -> None:
    write(house, "service.utils", "x = 1\n" * (LONGEST + 1))
    write(house, "service.errors", "import service.audio.formats\n")
    write(house, "service.audio.formats", "import service.errors\n")
    (house / "service/errors/__init__.py").unlink()
    assert homeless(house) == {"service.utils"}
    assert set(find_circle(house)) == {"service.errors", "service.audio"}
    assert long_files(house) == ["utils.py"]
