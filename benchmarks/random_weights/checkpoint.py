"""A checkpoint of random weights, in files of the real formats and names, which the service loads like the real one.

    python -m benchmarks.random_weights.checkpoint FOLDER

It speaks no language: what comes out is noise with the shape of speech, for tests and for measuring speed.
"""

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from benchmarks.random_weights.enrolment import conds, speaker_encoder_weights, tokenizer_weights, voice_encoder_weights
from benchmarks.random_weights.s3gen_flow import flow_weights
from benchmarks.random_weights.t3 import t3_weights
from benchmarks.random_weights.vocoder import vocoder_weights
from service.models.chatterbox.files import Record, checksum, write_records

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = ROOT / "tests/service/models/chatterbox/vocabulary/grapheme_mtl_merged_expanded_v1.json"


def write_checkpoint(folder: Path, seed: int, layers: int = 30, typical_tokens: int = 120) -> None:
    """The files of `es-mx-latam`, 3.2 GB with all layers, and their checksums.

    `layers` are T3's, and a segment has about `typical_tokens`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(t3_weights(seed, layers, typical_tokens), folder / "t3_es_mx_latam.safetensors")
    save_file(_s3gen(seed), folder / "s3gen_v3.safetensors")
    torch.save(voice_encoder_weights(seed), folder / "ve.pt")
    torch.save(conds(seed), folder / "conds.pt")
    shutil.copy(VOCABULARY, folder)
    names = [path.name for path in folder.iterdir() if path.suffix in (".safetensors", ".pt", ".json")]
    write_records(folder, {name: _record(folder / name) for name in names})


def _s3gen(seed: int) -> dict[str, Tensor]:
    parts = {
        "flow": flow_weights(seed),
        "mel2wav": vocoder_weights(seed),
        "tokenizer": tokenizer_weights(seed),
        "speaker_encoder": speaker_encoder_weights(seed),
    }
    return {f"{prefix}.{name}": tensor.contiguous() for prefix, part in parts.items() for name, tensor in part.items()}


def _record(path: Path) -> Record:
    return Record(path.stat().st_size, checksum(path), "random weights", "none", published=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write_checkpoint(options.folder, options.seed)
