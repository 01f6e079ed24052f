"""Files to state dicts: what fits, what is refused, and what never runs."""

import json
import math
import os
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from benchmarks.random_weights.checkpoint import write_checkpoint
from benchmarks.random_weights.enrolment import voice_encoder_weights
from benchmarks.random_weights.t3 import t3_weights
from benchmarks.random_weights.vocoder import vocoder_weights
from service.config import ROOT
from service.errors import Reason, ServiceError
from service.models.chatterbox.files import State, examine, open_checkpoint, read_records
from service.models.chatterbox.layout import Shape, layout
from service.models.chatterbox.loading import (
    COMPUTED,
    Weights,
    load_s3gen,
    load_t3,
    load_voice_encoder,
    load_weights,
    read_pickle,
)
from service.models.chatterbox.manifest import read_manifests

MANIFESTS = read_manifests(ROOT / "config" / "chatterbox.yaml")


BYTES = {"F32": 4, "I32": 4, "I64": 8, "F16": 2, "BF16": 2, "F8_E4M3": 1}


def write_hollow(path: Path, shapes: Mapping[str, Shape], of: str = "F8_E4M3", **types: str) -> Path:
    """A safetensors file of zeros that takes no room on the disk, in the order and form that the library writes.

    Numbers are `of` one byte unless told, so that even a whole network is soon mapped; `types` are those of names.
    """
    kinds = {name: types.get(name, "I64" if name.endswith("_tracked") else of) for name in shapes}
    header: dict[str, Any] = {}
    end = 0
    for name in sorted(shapes, key=lambda name: (kinds[name] != "I64", name)):
        start, end = end, end + math.prod(shapes[name]) * BYTES[kinds[name]]
        header[name] = {"dtype": kinds[name], "shape": list(shapes[name]), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust(-(-len(text) // 8) * 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + end)
    return path


def s3gen_shapes(*present: str) -> dict[str, Shape]:
    return {name: shape for name, shape in layout("s3gen").items() if name not in COMPUTED - set(present)}


def refusal(load: Any, path: Path) -> str:
    with pytest.raises(ServiceError) as caught:
        load(path)
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
    assert str(path) in caught.value.en
    assert "eslatam models download" in caught.value.en
    assert str(path) in caught.value.es
    return caught.value.en


@pytest.mark.slow
def test_the_layout_is_the_package_s() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chatterbox.models.s3gen import S3Gen
        from chatterbox.models.t3 import T3
        from chatterbox.models.t3.modules.t3_config import T3Config
        from chatterbox.models.voice_encoder import VoiceEncoder

        with torch.device("meta"):
            networks = {"t3": T3(T3Config.multilingual()), "s3gen": S3Gen(), "ve": VoiceEncoder()}
    for name, network in networks.items():
        assert layout(name) == {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def test_t3_s_tensors_are_the_published_file_s_to_the_byte(tmp_path: Path) -> None:
    path = write_hollow(tmp_path / "t3.safetensors", layout("t3"), of="F32")
    assert path.stat().st_size == MANIFESTS["mtl-v2"].sources["t3"][0].size


def test_all_of_t3_loads(tmp_path: Path) -> None:
    assert len(load_t3(write_hollow(tmp_path / "t3.safetensors", layout("t3")))) == 292


def test_fewer_layers_are_a_smaller_t3(tmp_path: Path) -> None:
    assert len(load_t3(write_hollow(tmp_path / "t3.safetensors", layout("t3", 2)))) == 40


def test_a_layer_that_is_missing_is_not_fewer_layers(tmp_path: Path) -> None:
    shapes = {name: shape for name, shape in layout("t3", 3).items() if ".layers.1." not in name}
    text = refusal(load_t3, write_hollow(tmp_path / "t3.safetensors", shapes))
    assert "missing: tfmr.layers.1.self_attn" in text
    assert "unknown: tfmr.layers.2." in text


@pytest.mark.parametrize(
    ("present", "count"), [((), 2488), (("tokenizer._mel_filters",), 2489), (tuple(COMPUTED), 2490)]
)
def test_s3gen_loads_with_and_without_what_can_be_computed(
    tmp_path: Path, present: tuple[str, ...], count: int
) -> None:
    shapes = s3gen_shapes(*present)
    assert len(shapes) == count
    tensors = load_s3gen(write_hollow(tmp_path / "s3gen.safetensors", shapes))
    assert tensors.keys() == s3gen_shapes().keys()


@pytest.mark.parametrize(
    "name", ["flow.input_embedding.weight", "mel2wav.conv_pre.bias", "tokenizer.encoder.conv1.bias"]
)
def test_no_other_tensor_may_be_missing(tmp_path: Path, name: str) -> None:
    shapes = s3gen_shapes()
    del shapes[name]
    assert f"(missing: {name})" in refusal(load_s3gen, write_hollow(tmp_path / "s3gen.safetensors", shapes))


def test_unknown_and_ill_shaped_tensors_are_named(tmp_path: Path) -> None:
    shapes = s3gen_shapes() | {f"flow.more.{i}": (1,) for i in range(5)} | {"mel2wav.conv_post.bias": (17,)}
    text = refusal(load_s3gen, write_hollow(tmp_path / "s3gen.safetensors", shapes))
    assert "unknown: flow.more.0, flow.more.1, flow.more.2 +2" in text
    assert "of another shape or type: mel2wav.conv_post.bias" in text


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    path = write_hollow(tmp_path / "ve.safetensors", layout("ve"), **{"proj.weight": "I32"})
    assert "of another shape or type: proj.weight" in refusal(load_voice_encoder, path)


def test_half_precision_is_a_number_too(tmp_path: Path) -> None:
    path = write_hollow(tmp_path / "ve.safetensors", layout("ve"), **{"proj.weight": "BF16", "proj.bias": "F16"})
    assert load_voice_encoder(path)["proj.bias"].dtype is torch.float16


def test_safetensors_are_mapped(tmp_path: Path) -> None:
    tensors = load_voice_encoder(write_hollow(tmp_path / "mapped.safetensors", layout("ve")))
    assert str(tmp_path / "mapped.safetensors") in Path("/proc/self/maps").read_text()
    del tensors


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_pickles_load_bare_wrapped_and_old(tmp_path: Path, old: bool, wrapped: bool) -> None:
    weights = voice_encoder_weights(3)
    torch.save({"model": [weights]} if wrapped else weights, tmp_path / "ve.pt", _use_new_zipfile_serialization=not old)
    loaded = load_voice_encoder(tmp_path / "ve.pt")
    assert all(torch.equal(loaded[name], weight) for name, weight in weights.items())


class Burglar:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("old", [False, True, None])
def test_what_a_pickle_holds_never_runs(tmp_path: Path, old: bool | None) -> None:
    mark, path = tmp_path / "was here", tmp_path / "ve.pt"
    content = {**voice_encoder_weights(1), "burglar": Burglar(mark)}
    if old is None:
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=not old)
    assert "cannot be read" in refusal(load_voice_encoder, path)
    assert "cannot be read" in refusal(read_pickle, path)
    assert not mark.exists()


@pytest.mark.parametrize("content", [[1, 2], {"proj.bias": 3}, {"model": []}, torch.zeros(2)])
def test_a_pickle_of_something_else_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "ve.pt")
    assert "holds no tensors by name" in refusal(load_voice_encoder, tmp_path / "ve.pt")


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("keep", [0, 7, 100, 4_000_000])
def test_a_file_cut_short_is_refused(tmp_path: Path, suffix: str, keep: int) -> None:
    path = tmp_path / f"ve{suffix}"
    save = torch.save if suffix == ".pt" else save_file
    save(voice_encoder_weights(1), path)
    path.write_bytes(path.read_bytes()[:keep])
    assert "cannot be read" in refusal(load_voice_encoder, path)


def lie(header: dict[str, Any] | bytes, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + bytes(64)


def tensor(start: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    "content",
    [
        lie({"a": tensor(0, 64, [16])}, length=2**63),
        lie({"a": tensor(0, 64, [16])}, length=10**9),
        lie({"a": tensor(0, 64, [2**40])}),
        lie({"a": tensor(0, 2**50, [2**48])}),
        lie({"a": tensor(0, 64, [16]), "b": tensor(32, 64, [8])}),
        lie({"a": tensor(64, 0, [16])}),
        lie({"a": tensor(0, 64, [16], "F99")}),
        lie(b"not json"),
        lie(b'{"a": ' + b"[" * 10_000),
        os.urandom(4096),
    ],
    ids=["endless", "long", "shape", "offset", "overlap", "backwards", "type", "text", "deep", "noise"],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ve.safetensors"
    path.write_bytes(content)
    assert "cannot be read" in refusal(load_voice_encoder, path)


@pytest.mark.parametrize(
    ("make", "prefix", "network"), [(vocoder_weights, "mel2wav.", "s3gen"), (voice_encoder_weights, "", "ve")]
)
def test_random_weights_have_the_layout(make: Any, prefix: str, network: str) -> None:
    made = {f"{prefix}{name}": tuple(weight.shape) for name, weight in make(1).items()}
    assert made == {name: shape for name, shape in layout(network).items() if name.startswith(prefix)}


@pytest.mark.slow
def test_a_random_checkpoint_is_opened_and_loaded_as_a_real_one(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, seed=5, layers=2)
    checkpoint = open_checkpoint(MANIFESTS["es-mx-latam"], tmp_path)
    assert checkpoint.unverified == ()
    weights = load_weights(checkpoint)
    counts = {part: len(getattr(weights, part)) for part in Weights.__slots__}
    assert counts == {
        "t3": 40,
        "flow": 1121,
        "vocoder": 328,
        "speech_tokenizer": 102,
        "speaker_encoder": 937,
        "voice_encoder": 16,
    }
    assert_same(weights.t3, t3_weights(5, 2))
    assert_same(weights.vocoder, vocoder_weights(5))
    records = read_records(tmp_path)
    t3, conditioning = (MANIFESTS["es-mx-latam"].sources[role][0] for role in ("t3", "conditioning"))
    assert examine(t3, tmp_path, records, read=True) is State.VERIFIED
    assert examine(conditioning, tmp_path, records, read=True) is State.WRONG_CHECKSUM
    assert read_pickle(checkpoint.files["conditioning"]).keys() == {"t3", "gen"}


def assert_same(loaded: Mapping[str, Tensor], made: Mapping[str, Tensor]) -> None:
    assert loaded.keys() == made.keys()
    assert all(torch.equal(loaded[name], weight) for name, weight in made.items())
