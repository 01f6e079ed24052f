"""A voice's file: what is written is read, byte for byte as described; what anyone else may have written is refused."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.storage import LARGEST, load, save

TOKENS = 157


@pytest.fixture
def voice() -> Conditioning:
    random = torch.Generator().manual_seed(0)
    return Conditioning(
        digest="ab" * 32 + "@v3-0123",
        speaker_embedding=torch.randn(256, generator=random),
        prompt_tokens=torch.randint(6561, (150,), generator=random),
        reference_tokens=torch.randint(6561, (TOKENS,), generator=random),
        reference_mel=torch.randn(2 * TOKENS, 80, generator=random),
        x_vector=torch.randn(192, generator=random),
    )


@pytest.fixture
def path(voice: Conditioning, tmp_path: Path) -> Path:
    path = tmp_path / "voice.safetensors"
    save(voice, path)
    return path


def header_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the tensors' bytes, by the format's description alone."""
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def join(header: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """A file that is sound as safetensors, whatever it holds."""
    header, _ = header_of(path.read_bytes())
    names = {"F32": torch.float32, "I64": torch.int64, "F16": torch.float16, "I32": torch.int32, "F64": torch.float64}
    entries: dict[str, Any] = {"__metadata__": header["__metadata__"] if metadata is None else metadata}
    body = b""
    for name, tensor in tensors.items():
        data = tensor.contiguous().numpy().tobytes()
        dtype = next(key for key, dtype in names.items() if dtype == tensor.dtype)
        entries[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    path.write_bytes(join(entries, body))


def refused(path: Path, match: str = "is not the file of a voice") -> None:
    with pytest.raises(ValueError, match=match) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_what_is_saved_is_loaded(voice: Conditioning, path: Path) -> None:
    loaded = load(path)
    assert loaded.digest == voice.digest
    for name, tensor in voice.tensors().items():
        assert torch.equal(loaded.tensors()[name], tensor)
        assert loaded.tensors()[name].dtype == tensor.dtype


def test_saving_replaces_in_one_step(voice: Conditioning, path: Path) -> None:
    save(voice, path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert load(path).digest == voice.digest


def test_the_bytes_are_as_described(voice: Conditioning, path: Path) -> None:
    header, body = header_of(path.read_bytes())
    assert header.pop("__metadata__") == {
        "format": "eslatam.chatterbox.voice",
        "version": "1",
        "recording": "ab" * 32,
        "revision": "v3-0123",
    }
    assert {name: (entry["dtype"], entry["shape"]) for name, entry in header.items()} == {
        "prompt_tokens": ("I64", [150]),
        "reference_tokens": ("I64", [TOKENS]),
        "reference_mel": ("F32", [2 * TOKENS, 80]),
        "speaker_embedding": ("F32", [256]),
        "x_vector": ("F32", [192]),
    }
    for name, tensor in voice.tensors().items():
        start, end = header[name]["data_offsets"]
        assert body[start:end] == tensor.numpy().tobytes()
    assert sum(entry["data_offsets"][1] - entry["data_offsets"][0] for entry in header.values()) == len(body)


def test_the_longest_voice_fits(voice: Conditioning, tmp_path: Path) -> None:
    longest = Conditioning(
        voice.digest,
        voice.speaker_embedding,
        voice.prompt_tokens,
        torch.zeros(250, dtype=torch.int64),
        torch.zeros(500, 80),
        voice.x_vector,
    )
    save(longest, tmp_path / "longest")
    assert longest.nbytes == 164_992
    assert (tmp_path / "longest").stat().st_size < LARGEST
    assert len(load(tmp_path / "longest").reference_mel) == 500


def test_a_voice_with_nothing_wrong_passes_the_tests_own_writer(voice: Conditioning, path: Path) -> None:
    write(path, voice.tensors())
    assert load(path).digest == voice.digest


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 200, 5_000, -1])
def test_a_truncated_file_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    refused(path)


def test_bytes_left_over_are_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")
    refused(path)


@pytest.mark.parametrize("length", [0, 1, 2**20, 10**8, 2**32, 2**63, 2**64 - 1])
def test_a_header_that_lies_about_its_length_is_refused(path: Path, length: int) -> None:
    path.write_bytes(struct.pack("<Q", length) + path.read_bytes()[8:])
    refused(path)


def test_a_large_file_is_refused_unread(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(10**12)
    refused(path, f"more than {LARGEST} bytes")


LIES: list[Callable[[dict[str, Any]], object]] = [
    lambda header: header["x_vector"].update(shape=[2**40, 2**40]),
    lambda header: header["x_vector"].update(shape=[2**63]),
    lambda header: header["x_vector"].update(shape=[0, 2**62]),
    lambda header: header["x_vector"].update(shape=[0], data_offsets=[0, 0]),
    lambda header: header["x_vector"].update(shape=[-192]),
    lambda header: header["x_vector"].update(shape=[191]),
    lambda header: header["x_vector"].update(shape=[16, 12]),
    lambda header: header["x_vector"].update(dtype="I32"),
    lambda header: header["x_vector"].update(dtype="F8_E4M3", shape=[768]),
    lambda header: header["x_vector"].update(dtype="C64", shape=[96]),
    lambda header: header["x_vector"].update(dtype="nonsense"),
    lambda header: header["x_vector"].update(data_offsets=[0, 768]),
    lambda header: header["x_vector"].update(data_offsets=[2**60, 2**60 + 768]),
    lambda header: header["x_vector"].update(data_offsets=[768, 0]),
    lambda header: header["x_vector"].update(data_offsets=header["speaker_embedding"]["data_offsets"], shape=[256]),
    lambda header: header.update(extra={"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}),
    lambda header: header.update(x_vektor=header.pop("x_vector")),
    lambda header: header.pop("x_vector"),
    lambda header: header.pop("__metadata__"),
    lambda header: header["__metadata__"].update(format="eslatam.kokoro.voice"),
    lambda header: header["__metadata__"].update(version="2"),
    lambda header: header["__metadata__"].update(version=1),
    lambda header: header["__metadata__"].pop("version"),
    lambda header: header["__metadata__"].pop("recording"),
    lambda header: header["__metadata__"].pop("revision"),
    lambda header: header.update(__metadata__=[]),
    lambda header: header.update(__metadata__=None),
]


@pytest.mark.parametrize("lie", LIES, ids=range(len(LIES)))
def test_a_header_that_lies_is_refused(path: Path, lie: Callable[[dict[str, Any]], object]) -> None:
    header, body = header_of(path.read_bytes())
    lie(header)
    path.write_bytes(join(header, body))
    refused(path)


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000])
def test_a_header_that_is_no_object_is_refused(path: Path, text: bytes) -> None:
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    refused(path)


@pytest.mark.parametrize(
    ("name", "change", "match"),
    [
        ("prompt_tokens", lambda tensor: tensor.fill_(-1), "prompt_tokens holds ids"),
        ("prompt_tokens", lambda tensor: tensor.fill_(6561), "prompt_tokens holds ids"),
        ("reference_tokens", lambda tensor: tensor.fill_(2**62), "reference_tokens holds ids"),
        ("prompt_tokens", lambda tensor: tensor.int(), "prompt_tokens is torch.int32"),
        ("prompt_tokens", lambda tensor: tensor[None], "prompt_tokens is"),
        ("prompt_tokens", lambda tensor: tensor[:0], "prompt_tokens is"),
        ("prompt_tokens", lambda tensor: tensor.repeat(2)[:151], "prompt_tokens is"),
        ("reference_tokens", lambda tensor: tensor.repeat(2)[:251], "reference_tokens is"),
        ("reference_tokens", lambda tensor: tensor[1:], "reference_mel is"),
        ("reference_mel", lambda tensor: tensor[1:], "reference_mel is"),
        ("reference_mel", lambda tensor: tensor.double(), "reference_mel is torch.float64"),
        ("reference_mel", lambda tensor: tensor.half(), "reference_mel is torch.float16"),
        ("reference_mel", lambda tensor: tensor.fill_(torch.nan), "reference_mel holds values"),
        ("x_vector", lambda tensor: tensor.fill_(torch.inf), "x_vector holds values"),
        ("speaker_embedding", lambda tensor: tensor.fill_(-torch.inf), "speaker_embedding holds values"),
        ("speaker_embedding", lambda tensor: tensor[:255], "speaker_embedding is"),
    ],
)
def test_a_tensor_out_of_range_is_refused(
    voice: Conditioning, path: Path, name: str, change: Callable[[Tensor], Tensor], match: str
) -> None:
    write(path, voice.tensors() | {name: change(voice.tensors()[name].clone())})
    refused(path, match)


def test_a_pickle_is_refused(path: Path) -> None:
    torch.save({"x_vector": torch.zeros(192)}, path)
    refused(path)


def test_a_file_that_is_missing_is_not_a_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none")
