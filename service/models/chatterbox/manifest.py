"""Where the files of each checkpoint come from, as `config/chatterbox.yaml` says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import yaml

Role = Literal["t3", "s3gen", "vocabulary", "voice_encoder", "conditioning"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the hub: its name in a repository at a revision. Its size in bytes and checksum may be unknown."""

    name: str
    repository: str
    revision: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sources of one checkpoint: for each role its alternatives, the best first."""

    checkpoint: str
    sources: Mapping[Role, tuple[Source, ...]]

    @property
    def command(self) -> str:
        """What fetches the files, and mends them."""
        return f"eslatam models download {self.checkpoint}"


def read_manifests(path: Path) -> dict[str, Manifest]:
    """Every checkpoint by its name."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        checkpoint: Manifest(
            checkpoint,
            {
                cast(Role, role): tuple(_read_source(place, data["repositories"]) for place in places)
                for role, places in roles.items()
            },
        )
        for checkpoint, roles in data["checkpoints"].items()
    }


def _read_source(place: str, repositories: Mapping[str, Any]) -> Source:
    alias, name = place.split("/")
    repository = repositories[alias]
    known = repository["files"].get(name, {})
    return Source(name, repository["id"], repository["revision"], known.get("size"), known.get("sha256"))
