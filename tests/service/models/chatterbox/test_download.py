"""Downloads from a real server that speaks the hub's protocol."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import pytest

from service.errors import Reason, ServiceError
from service.models.chatterbox.download import download
from service.models.chatterbox.files import LOCK, State, examine, open_checkpoint, read_records
from service.models.chatterbox.manifest import Manifest, Source
from tests.service.models.chatterbox.hub import COMMIT, Hub, serve

PINNED = "a" * 40
T3, SAFE, PICKLE = b"t3" * 50_000, b"safe" * 20_000, b"pickle" * 20_000
BASE, PACK = "Acme/base", "Acme/pack"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {(PACK, "t3.safetensors"): T3, (PACK, "s3gen.safetensors"): SAFE, (BASE, "ve.pt"): b"voice"}
    with serve(Hub(files)) as hub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(
            huggingface_hub.constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            hub.url + "/{repo_id}/resolve/{revision}/{filename}",
        )
        yield hub


@pytest.fixture
def manifest() -> Manifest:
    voice = Source("ve.pt", BASE, PINNED, len(b"voice"), hashlib.sha256(b"voice").hexdigest())
    return Manifest(
        "tiny",
        {
            "t3": (Source("t3.safetensors", PACK, "main", None, None),),
            "s3gen": (
                Source("s3gen.safetensors", PACK, "main", None, None),
                Source("s3gen.pt", PACK, "main", None, None),
            ),
            "voice_encoder": (voice,),
        },
    )


def fetch(manifest: Manifest, folder: Path) -> list[str]:
    """The lines told, in English."""
    lines: list[str] = []
    download(manifest, folder, lambda en, es: lines.append(en))
    return lines


def refusal(manifest: Manifest, folder: Path) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        fetch(manifest, folder)
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
    return caught.value


def test_everything_is_fetched_checked_and_recorded(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    lines = fetch(manifest, tmp_path / "new")
    folder = tmp_path / "new"
    assert (folder / "t3.safetensors").read_bytes() == T3
    assert hub.fetched() == ["t3.safetensors", "s3gen.safetensors", "ve.pt"]
    records = read_records(folder)
    assert records["ve.pt"].revision == COMMIT
    assert records["t3.safetensors"].sha256 == hashlib.sha256(T3).hexdigest()
    assert "ve.pt: verified" in lines
    unknown = next(line for line in lines if line.startswith("t3.safetensors: checksum not known beforehand"))
    assert COMMIT in unknown
    checkpoint = open_checkpoint(manifest, folder)
    assert checkpoint.unverified == ()
    assert checkpoint.files["s3gen"].name == "s3gen.safetensors"


def test_the_manifest_s_revision_is_asked_for(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    fetch(manifest, tmp_path)
    assert {path.split("/")[-2] for _, path, _, _ in hub.seen if "ve.pt" in path} >= {PINNED}


def test_a_second_download_asks_for_nothing(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    fetch(manifest, tmp_path)
    hub.seen.clear()
    lines = fetch(manifest, tmp_path)
    assert hub.seen == []
    assert "t3.safetensors: there, verified" in lines


def test_a_file_that_changed_on_disk_is_fetched_again(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    fetch(manifest, tmp_path)
    hub.seen.clear()
    (tmp_path / "t3.safetensors").write_bytes(T3[:-1] + b"x")
    (tmp_path / "ve.pt").write_bytes(b"vo")
    fetch(manifest, tmp_path)
    assert hub.fetched() == ["t3.safetensors", "ve.pt"]
    assert (tmp_path / "t3.safetensors").read_bytes() == T3
    assert "main" not in hub.revisions()


def test_a_wrong_file_stays_until_the_right_one_is_there(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "ve.pt").write_bytes(b"mine!")
    hub.refuse["ve.pt"] = (503, "")
    refusal(manifest, tmp_path)
    assert (tmp_path / "ve.pt").read_bytes() == b"mine!"
    hub.refuse.clear()
    fetch(manifest, tmp_path)
    assert (tmp_path / "ve.pt").read_bytes() == b"voice"


def test_a_file_put_by_hand_that_the_hub_vouches_for_is_kept(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "t3.safetensors").write_bytes(T3)
    fetch(manifest, tmp_path)
    assert "t3.safetensors" not in hub.fetched()
    assert "t3.safetensors" in read_records(tmp_path)


def test_a_transfer_that_broke_goes_on_where_it_stopped(
    hub: Hub, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.cut["t3.safetensors"] = 30_000
    hub.broken.add("t3.safetensors")
    assert "goes on where it stopped" in refusal(manifest, tmp_path).en
    assert not (tmp_path / "t3.safetensors").exists()
    hub.seen.clear()
    fetch(manifest, tmp_path)
    assert hub.ranges()[0] == "bytes=30000-"  # of t3.safetensors
    assert (tmp_path / "t3.safetensors").read_bytes() == T3
    assert not list(tmp_path.glob("*.part"))


def test_what_is_left_of_another_version_is_thrown_away(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "t3.safetensors.0123456789abcdef.part").write_bytes(b"old")
    fetch(manifest, tmp_path)
    assert (tmp_path / "t3.safetensors").read_bytes() == T3
    assert not list(tmp_path.glob("*.part"))


def test_the_token_stays_with_the_hub_when_another_host_has_the_file(
    hub: Hub, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serve(Hub(hub.files)) as store:
        hub.elsewhere = store.url.replace("127.0.0.1", "localhost")
        fetch(manifest, tmp_path)
    assert (tmp_path / "t3.safetensors").read_bytes() == T3
    assert {authorization for *_, authorization in store.seen} == {None}
    assert {authorization for *_, authorization in hub.seen} == {"Bearer hf_secret"}


@pytest.mark.parametrize("known_by", ["manifest", "hub"])
def test_a_wrong_checksum_leaves_no_file(hub: Hub, manifest: Manifest, tmp_path: Path, known_by: str) -> None:
    hub.files[BASE, "ve.pt"] = b"VOICE"
    if known_by == "hub":
        hub.claimed["ve.pt"] = "0" * 64
        source = replace(manifest.sources["voice_encoder"][0], sha256=None)
        manifest = Manifest("tiny", {"voice_encoder": (source,)})
    error = refusal(manifest, tmp_path)
    assert error.en.startswith("ve.pt from Acme/base is not the file expected")
    assert "no es el archivo esperado" in error.es
    assert not list(tmp_path.glob("ve.pt*"))
    assert "ve.pt" not in read_records(tmp_path)


def test_the_second_best_is_taken_where_the_best_is_not(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    del hub.files[PACK, "s3gen.safetensors"]
    hub.files[PACK, "s3gen.pt"] = PICKLE
    fetch(manifest, tmp_path)
    assert open_checkpoint(manifest, tmp_path).files["s3gen"].name == "s3gen.pt"


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "EntryNotFound", "Acme/pack has no t3.safetensors at main"),
        (404, "RevisionNotFound", "The hub has no Acme/pack at main"),
        (401, "RepoNotFound", "set HF_TOKEN"),
        (403, "GatedRepo", "accept its terms"),
        (403, "", "accept its terms"),
        (503, "", "could not be fetched"),
    ],
)
def test_a_refusal_says_what_to_do(
    hub: Hub, manifest: Manifest, tmp_path: Path, status: int, code: str, words: str
) -> None:
    hub.refuse["t3.safetensors"] = (status, code)
    assert words in refusal(manifest, tmp_path).en


def test_a_hub_that_cannot_be_reached_is_told(
    monkeypatch: pytest.MonkeyPatch, manifest: Manifest, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{repo_id}/{revision}/{filename}"
    )
    assert "could not be fetched" in refusal(manifest, tmp_path).en


def test_the_token_is_sent(hub: Hub, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(manifest, tmp_path)
    assert {authorization for *_, authorization in hub.seen} == {"Bearer hf_secret"}
    assert "hf_secret" not in (tmp_path / LOCK).read_text()


def test_without_the_hub_s_library_the_extra_is_named(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "pip install 'chatterbox-es-latam[chatterbox]'" in refusal(manifest, tmp_path).en


def test_what_was_recorded_is_held_to(hub: Hub, manifest: Manifest, tmp_path: Path) -> None:
    fetch(manifest, tmp_path)
    (tmp_path / "t3.safetensors").write_bytes(T3[:-1] + b"x")
    source = manifest.sources["t3"][0]
    assert examine(source, tmp_path, read_records(tmp_path), read=True) is State.WRONG_CHECKSUM
