"""The manifest, and what a folder's files are taken for at start."""

from pathlib import Path

import pytest

from service.config import ROOT
from service.errors import Reason, ServiceError
from service.models.chatterbox.files import (
    LOCK,
    Record,
    State,
    cache_folder,
    checksum,
    examine,
    find_source,
    open_checkpoint,
    read_records,
    write_records,
)
from service.models.chatterbox.manifest import Manifest, Source, read_manifests

MANIFESTS = read_manifests(ROOT / "config" / "chatterbox.yaml")
ROLES = {"t3", "s3gen", "vocabulary", "voice_encoder", "conditioning"}


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        "tiny",
        {
            "t3": (Source("t3.safetensors", "Acme/pack", "main", None, None),),
            "s3gen": (
                Source("s3gen.safetensors", "Acme/pack", "main", None, None),
                Source("s3gen.pt", "Acme/pack", "main", None, None),
            ),
            "voice_encoder": (Source("ve.pt", "Acme/base", "a" * 40, 5, "0" * 64),),
            "conditioning": (Source("conds.pt", "Acme/base", "a" * 40, 5, "0" * 64),),
        },
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("t3.safetensors", "s3gen.safetensors", "ve.pt"):
        (tmp_path / name).write_bytes(b"voice")
    return tmp_path


def record(path: Path) -> Record:
    return Record(path.stat().st_size, checksum(path), "Acme/pack", "c" * 40, published=False)


def test_every_checkpoint_has_a_file_for_every_role() -> None:
    assert list(MANIFESTS) == ["es-mx-latam", "mtl-v2", "mtl-v3"]
    assert all(set(manifest.sources) == ROLES for manifest in MANIFESTS.values())


def test_safetensors_come_before_pickles() -> None:
    for manifest in MANIFESTS.values():
        assert [Path(source.name).suffix for source in manifest.sources["s3gen"]] == [".safetensors", ".pt"]


def test_what_is_not_pinned_is_not_said_to_be() -> None:
    for manifest in MANIFESTS.values():
        for sources in manifest.sources.values():
            for source in sources:
                assert len(source.revision) == 40 or source.revision == "main"
                assert (source.revision == "main") == (source.sha256 is None)


def test_files_put_by_hand_are_accepted_and_told(manifest: Manifest, folder: Path) -> None:
    checkpoint = open_checkpoint(manifest, folder)
    assert set(checkpoint.unverified) == {"t3.safetensors", "s3gen.safetensors", "ve.pt"}
    assert "conditioning" not in checkpoint.files


def test_recorded_files_are_verified_and_name_the_revision(manifest: Manifest, folder: Path) -> None:
    before = open_checkpoint(manifest, folder).revision
    write_records(folder, {name: record(folder / name) for name in ("t3.safetensors", "s3gen.safetensors", "ve.pt")})
    checkpoint = open_checkpoint(manifest, folder)
    assert checkpoint.unverified == ()
    assert checkpoint.revision.startswith("tiny-")
    assert checkpoint.revision != before


def test_a_missing_file_is_named_with_the_command(manifest: Manifest, folder: Path) -> None:
    (folder / "t3.safetensors").unlink()
    with pytest.raises(
        ServiceError, match=r"^t3\.safetensors is missing: run `eslatam models download tiny`\.$"
    ) as caught:
        open_checkpoint(manifest, folder)
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
    assert caught.value.es.startswith("Falta t3.safetensors")


@pytest.mark.parametrize("content", [b"voi", b"voices", b""])
def test_a_file_of_the_wrong_size_is_named(manifest: Manifest, folder: Path, content: bytes) -> None:
    (folder / "ve.pt").write_bytes(content)
    with pytest.raises(ServiceError, match=rf"ve\.pt .*wrong size \({len(content)} bytes\)"):
        open_checkpoint(manifest, folder)


def test_an_empty_file_of_unknown_size_is_refused(manifest: Manifest, folder: Path) -> None:
    (folder / "t3.safetensors").write_bytes(b"")
    with pytest.raises(ServiceError, match="wrong size"):
        open_checkpoint(manifest, folder)


def test_a_size_once_recorded_is_held_to(manifest: Manifest, folder: Path) -> None:
    write_records(folder, {"t3.safetensors": record(folder / "t3.safetensors")})
    (folder / "t3.safetensors").write_bytes(b"voices")
    with pytest.raises(ServiceError, match="wrong size"):
        open_checkpoint(manifest, folder)


def test_the_second_best_is_found(manifest: Manifest, folder: Path) -> None:
    (folder / "s3gen.safetensors").rename(folder / "s3gen.pt")
    assert find_source(manifest.sources["s3gen"], folder).name == "s3gen.pt"


def test_reading_a_file_tells_a_wrong_one(manifest: Manifest, folder: Path) -> None:
    voice, t3 = manifest.sources["voice_encoder"][0], manifest.sources["t3"][0]
    assert examine(voice, folder, {}, read=False) is State.UNVERIFIED
    assert examine(voice, folder, {}, read=True) is State.WRONG_CHECKSUM
    assert examine(t3, folder, {}, read=True) is State.UNVERIFIED


@pytest.mark.parametrize("content", ["", "files: 3", "[", "files: {ve.pt: {size: 5}}", "\x00"])
def test_a_record_that_cannot_be_read_is_none(folder: Path, content: str) -> None:
    (folder / LOCK).write_text(content)
    assert read_records(folder) == {}


def test_the_cache_lies_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder("mtl-v3") == Path("/caches/eslatam/chatterbox/mtl-v3")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ana")
    assert cache_folder("mtl-v3") == Path("/home/ana/.cache/eslatam/chatterbox/mtl-v3")
