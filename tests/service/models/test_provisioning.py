"""What the command line is told of Chatterbox's files."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from service.config import Chatterbox, Models
from service.errors import Reason, ServiceError
from service.models import provisioning
from service.models.provisioning import download, locate, report

VOCABULARY = Path(__file__).parent / "chatterbox/vocabulary/grapheme_mtl_merged_expanded_v1.json"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "eslatam" / "chatterbox"


def lines(settings: Models) -> list[str]:
    return [en for en, es in report(settings)]


def test_a_checkpoint_lies_in_the_cache_or_where_the_settings_say(cache: Path, tmp_path: Path) -> None:
    assert locate(Chatterbox())[1] == cache / "es-mx-latam"
    own = Chatterbox(folder=tmp_path)
    assert locate(own)[1] == tmp_path
    assert locate(own, "mtl-v3")[1] == cache / "mtl-v3"


@pytest.mark.parametrize(
    ("name", "checkpoint"), [("chatterbox-es-latam", "mtl-v2"), ("es-mx-latam", "es-mx-latam"), ("mtl-v3", "mtl-v3")]
)
def test_a_model_or_a_checkpoint_can_be_downloaded(
    cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, checkpoint: str
) -> None:
    asked: list[tuple[str, Path]] = []
    monkeypatch.setattr(provisioning, "download_files", lambda manifest, folder, tell: asked.append((manifest, folder)))
    told: list[str] = []
    download(Models(chatterbox=Chatterbox(checkpoint="mtl-v2")), name, lambda en, es: told.append(en))
    assert [(manifest.checkpoint, folder) for manifest, folder in asked] == [(checkpoint, cache / checkpoint)]
    assert any("CHECKPOINT=" in line for line in told) == (checkpoint != "mtl-v2")


def test_what_cannot_be_downloaded_is_said_with_what_can() -> None:
    with pytest.raises(ServiceError, match="chatterbox-es-latam, es-mx-latam, mtl-v2, mtl-v3") as caught:
        download(Models(), "kokoro-es", lambda en, es: None)
    assert caught.value.reason is Reason.MODEL_NOT_FOUND


def test_without_files_each_is_said_to_be_missing(cache: Path) -> None:
    told = lines(Models())
    assert told[0] == f"Chatterbox es-mx-latam: {cache / 'es-mx-latam'}"
    assert told[1:] == [
        f"  {name}: missing"
        for name in (
            "t3_es_mx_latam.safetensors",
            "s3gen_v3.safetensors",
            "grapheme_mtl_merged_expanded_v1.json",
            "ve.pt",
            "conds.pt",
        )
    ]


def test_files_and_front_ends_are_told(tmp_path: Path) -> None:
    shutil.copy(VOCABULARY, tmp_path)
    (tmp_path / "ve.pt").write_bytes(b"voice")
    (tmp_path / "conds.pt").write_bytes(bytes(107_374))
    rows = torch.randn(2454, 64, generator=torch.Generator().manual_seed(1))
    save_file({"text_emb.weight": rows}, tmp_path / "t3_es_mx_latam.safetensors")
    told = lines(Models(chatterbox=Chatterbox(folder=tmp_path, text_front_end="raw")))
    assert "  t3_es_mx_latam.safetensors: there, not verified" in told
    assert "  ve.pt: wrong size" in told
    assert "  conds.pt: wrong checksum" in told
    assert [line.split(":")[0] for line in told[-3:]] == ["  text as nfkd-case", "  text as legacy", "* text as raw"]


def test_a_file_that_cannot_be_read_does_not_stop_the_report(tmp_path: Path) -> None:
    shutil.copy(VOCABULARY, tmp_path)
    (tmp_path / "t3_es_mx_latam.safetensors").write_bytes(b"noise" * 99)
    assert "cannot be read" in lines(Models(chatterbox=Chatterbox(folder=tmp_path)))[-1]
