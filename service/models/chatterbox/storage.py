"""A conditioning as a file: safetensors, so that reading one runs nothing it holds.

    bytes 0 to 7   N, the header's length in bytes: unsigned, little-endian
    N bytes        the header: JSON in UTF-8, padded with spaces to a multiple of 8
    the rest       the tensors, row by row, little-endian, without gaps, each where the header's `data_offsets` say

The header's `__metadata__` holds four strings, and the rest of it describes five tensors.

    format     "eslatam.chatterbox.voice"
    version    "1"
    recording  SHA-256 of the recording, in hex
    revision   of the networks that read it

    prompt_tokens      I64  [1 to 150]             0 to 6560
    reference_tokens   I64  [n], n from 1 to 250   0 to 6560
    reference_mel      F32  [2 n, 80]              finite, as all that follow
    speaker_embedding  F32  [256]
    x_vector           F32  [192]

Whatever differs is refused. Of the format itself: https://github.com/huggingface/safetensors.
"""

import json
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError

from service.models.chatterbox.conditioning import Conditioning

FORMAT = "eslatam.chatterbox.voice"
VERSION = "1"

LARGEST = 256 * 1024
"""Bytes. The tensors of 10 s take 165 000."""


def save(conditioning: Conditioning, path: Path) -> None:
    """Writes the file, or replaces it in one step."""
    recording, _, revision = conditioning.digest.partition("@")
    metadata = {"format": FORMAT, "version": VERSION, "recording": recording, "revision": revision}
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(safetensors.torch.save(conditioning.tensors(), metadata))
    draft.replace(path)


def load(path: Path) -> Conditioning:
    """What `save` wrote. ValueError names the file and what is wrong with it; OSError if it cannot be read."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    try:
        return _parse(data)
    except (SafetensorError, ValueError, LookupError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} is not the file of a voice: {error}") from error


def _parse(data: bytes) -> Conditioning:
    if len(data) > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes")
    # Read whole and by the library first: its lengths are compared with each other before anything relies on them.
    tensors = safetensors.torch.load(data)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    metadata = header.get("__metadata__") or {}
    if (metadata.get("format"), metadata.get("version")) != (FORMAT, VERSION):
        raise ValueError(f"it is not of the format {FORMAT}, version {VERSION}")
    conditioning = Conditioning(f"{metadata['recording']}@{metadata['revision']}", **tensors)
    conditioning.check()
    return conditioning
