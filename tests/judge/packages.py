"""Packages that are used for the files they carry, their code unread."""

from importlib.util import find_spec
from pathlib import Path


def find_package(name: str) -> Path:
    """The folder of an installed package, which is not imported. ModuleNotFoundError if there is none."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{name} is not installed: add the dependency group `judge`", name=name)
    return Path(spec.submodule_search_locations[0])
