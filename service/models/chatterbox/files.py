"""The files of a checkpoint in a folder: which are there, and what is known of them.

At start sizes are compared, not checksums: reading 3 GB would cost seconds each time. Checksums are compared by the
download and by `eslatam doctor`. What a download found is recorded in `checksums.yaml` beside the files.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

import yaml

from service.errors import Reason, ServiceError
from service.models.chatterbox.manifest import Manifest, Role, Source

LOCK = "checksums.yaml"
OPTIONAL: tuple[Role, ...] = ("conditioning",)
"""What the model speaks without: `conds.pt` is only a voice."""


class State(Enum):
    """What is known of a file."""

    MISSING = "missing"
    WRONG_SIZE = "wrong size"
    WRONG_CHECKSUM = "wrong checksum"
    UNVERIFIED = "there, not verified"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Record:
    """A file as a download left it. `published`: its checksum was known beforehand, by the manifest or by the hub."""

    size: int
    sha256: str
    repository: str
    revision: str
    published: bool


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Files that are there, of the sizes they should have.

    `revision` changes when a recorded file does. `unverified` names those of which no download left a record.
    """

    name: str
    files: Mapping[Role, Path]
    revision: str
    unverified: tuple[str, ...]


def cache_folder(checkpoint: str) -> Path:
    """Where a checkpoint's files lie when no folder is configured."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "eslatam" / "chatterbox" / checkpoint


def open_checkpoint(manifest: Manifest, folder: Path) -> Checkpoint:
    """The checkpoint in `folder`. ServiceError MODEL_NOT_INSTALLED if a file is missing or not of its size."""
    records = read_records(folder)
    files: dict[Role, Path] = {}
    unverified = []
    marks = [manifest.checkpoint]
    for role, alternatives in manifest.sources.items():
        source = find_source(alternatives, folder)
        if not (folder / source.name).is_file() and role in OPTIONAL:
            continue
        state = examine(source, folder, records, read=False)
        if state in (State.MISSING, State.WRONG_SIZE):
            raise _unusable(manifest, folder / source.name, state)
        if state is State.UNVERIFIED:
            unverified.append(source.name)
        files[role] = folder / source.name
        marks.append(records[source.name].sha256 if source.name in records else source.name)
    revision = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]
    return Checkpoint(manifest.checkpoint, files, f"{manifest.checkpoint}-{revision}", tuple(unverified))


def find_source(alternatives: tuple[Source, ...], folder: Path) -> Source:
    """The best alternative that is there; if none is, the best."""
    return next((source for source in alternatives if (folder / source.name).is_file()), alternatives[0])


def examine(source: Source, folder: Path, records: Mapping[str, Record], *, read: bool) -> State:
    """What is known of a file.

    With `read` its checksum is compared, the manifest's before the record's. Without, a record stands for it.
    """
    path = folder / source.name
    if not path.is_file():
        return State.MISSING
    record = records.get(source.name)
    size = path.stat().st_size
    if size == 0 or size != (record.size if record else source.size or size):
        return State.WRONG_SIZE
    if not read:
        return State.VERIFIED if record else State.UNVERIFIED
    expected = source.sha256 or (record and record.sha256)
    if not expected:
        return State.UNVERIFIED
    return State.VERIFIED if checksum(path) == expected else State.WRONG_CHECKSUM


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_records(folder: Path) -> dict[str, Record]:
    """What downloads left, by file name. A file that does not tell is as good as none: nothing is then verified."""
    try:
        data = yaml.safe_load((folder / LOCK).read_text(encoding="utf-8"))
        return {name: Record(**fields) for name, fields in data["files"].items()}
    except (OSError, yaml.YAMLError, TypeError, KeyError, AttributeError, UnicodeDecodeError):
        return {}


def write_records(folder: Path, records: Mapping[str, Record]) -> None:
    """Replaces the record in one step."""
    lines = {"files": {name: asdict(record) for name, record in sorted(records.items())}}
    draft = folder / f"{LOCK}.new"
    draft.write_text(yaml.safe_dump(lines, sort_keys=False), encoding="utf-8")
    draft.replace(folder / LOCK)


def _unusable(manifest: Manifest, path: Path, state: State) -> ServiceError:
    """Callers read it too, so it does not tell where the folder is: `eslatam doctor` does."""
    if state is State.MISSING:
        en, es = f"{path.name} is missing", f"Falta {path.name}"
    else:
        size = path.stat().st_size
        en = f"{path.name} has the wrong size ({size} bytes)"
        es = f"{path.name} no tiene el tamaño debido ({size} bytes)"
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED, en=f"{en}: run `{manifest.command}`.", es=f"{es}: ejecutar `{manifest.command}`."
    )
