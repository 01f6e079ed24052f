"""The language's data, read once from the YAML files beside the code."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import yaml


class Table:
    """Read-only view of the files in `data/`, each with keys of its own: dotted paths of keys to what stands there."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._values = dict(_flatten(data, ""))
        self._sets = {path: frozenset(value) for path, value in self._values.items() if isinstance(value, tuple)}

    def mapping(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._values[path]
        return found

    def words(self, path: str) -> tuple[str, ...]:
        """The list at `path`, in its order."""
        found: tuple[str, ...] = self._values[path]
        return found

    def has(self, path: str, word: str) -> bool:
        """Whether the list at `path` holds `word`."""
        return word in self._sets[path]


def _flatten(data: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        yield prefix + key, tuple(value) if isinstance(value, list) else value
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")


@cache
def table() -> Table:
    """The Spanish table."""
    data: dict[str, Any] = {}
    for file in resources.files("service.text").joinpath("data").iterdir():
        part = yaml.safe_load(file.read_text(encoding="utf-8"))
        if twice := data.keys() & part.keys():
            raise ValueError(f"{file.name} has keys of another file: {', '.join(twice)}")
        data |= part
    return Table(data)
