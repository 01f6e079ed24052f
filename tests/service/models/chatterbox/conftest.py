"""A checkpoint of random weights in the real files, with two of T3's layers, and the model made of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.random_weights.checkpoint import write_checkpoint
from service.config import ROOT
from service.models.chatterbox.assembly import Options, assemble
from service.models.chatterbox.files import Checkpoint, open_checkpoint
from service.models.chatterbox.manifest import read_manifests
from service.models.chatterbox.model import Chatterbox

OPTIONS = Options(
    device="cpu",
    profile="fast",
    text_front_end="nfkd-case",
    slots=4,
    voice_bytes=2**30,
    threads=2,
    watermark=False,
    bfloat16=True,
    tf32=False,
    nf4=False,
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(folder, seed=0, layers=2)
    return folder


def open_folder(folder: Path) -> Checkpoint:
    return open_checkpoint(read_manifests(ROOT / "config" / "chatterbox.yaml")["es-mx-latam"], folder)


@pytest.fixture(scope="session")
def model(folder: Path) -> Iterator[Chatterbox]:
    threads = torch.get_num_threads()
    model = assemble(open_folder(folder), OPTIONS)
    model.warm_up()
    yield model
    torch.set_num_threads(threads)
