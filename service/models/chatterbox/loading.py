"""A checkpoint's files to the state dicts of its networks, checked name by name and shape by shape.

Names are upstream's, without the network's prefix. Safetensors are mapped, not copied; pickles are read without running
what they hold. Values are not looked at.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from service.errors import Reason, ServiceError
from service.models.chatterbox.files import Checkpoint
from service.models.chatterbox.layout import Shape, layout

State = dict[str, Tensor]

COMPUTED = frozenset({"tokenizer._mel_filters", "tokenizer.window"})
"""Buffers that follow from constants: V3 files have neither, `s3gen.safetensors` the first. They are left out."""

_SHOWN = 3
_LAYER = re.compile(r"tfmr\.layers\.(\d+)\.")


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """State dicts on the CPU, as the files have them: never written to, for they may be the files themselves."""

    t3: State
    flow: State
    vocoder: State
    speech_tokenizer: State
    speaker_encoder: State
    voice_encoder: State


def load_weights(checkpoint: Checkpoint) -> Weights:
    """Every network of the checkpoint. ServiceError MODEL_NOT_INSTALLED names a file that is not what it should be."""
    s3gen = load_s3gen(checkpoint.files["s3gen"])
    return Weights(
        t3=load_t3(checkpoint.files["t3"]),
        flow=_below("flow.", s3gen),
        vocoder=_below("mel2wav.", s3gen),
        speech_tokenizer=_below("tokenizer.", s3gen),
        speaker_encoder=_below("speaker_encoder.", s3gen),
        voice_encoder=load_voice_encoder(checkpoint.files["voice_encoder"]),
    )


def load_t3(path: Path) -> State:
    """Of as many layers as the file has: 30 in every published one."""
    tensors = _read_state(path)
    layers = len({match[1] for name in tensors if (match := _LAYER.match(name))})
    _check(tensors, layout("t3", layers), path)
    return tensors


def load_s3gen(path: Path) -> State:
    """Flow, vocoder, speech tokenizer and speaker encoder, with their prefixes; without the buffers of `COMPUTED`."""
    tensors = {name: tensor for name, tensor in _read_state(path).items() if name not in COMPUTED}
    expected = {name: shape for name, shape in layout("s3gen").items() if name not in COMPUTED}
    _check(tensors, expected, path)
    return tensors


def load_voice_encoder(path: Path) -> State:
    tensors = _read_state(path)
    _check(tensors, layout("ve"), path)
    return tensors


def load_text_embedding(path: Path) -> Tensor:
    """T3's `text_emb.weight` alone, shape [2454, 1024]."""
    try:
        with safe_open(path, framework="pt") as file:
            tensor: Tensor = file.get_tensor("text_emb.weight")
    except (OSError, SafetensorError, ValueError) as error:
        raise _wrong(
            path, f"cannot be read ({_first_line(error)})", f"no se puede leer ({_first_line(error)})"
        ) from error
    return tensor


def read_pickle(path: Path) -> Any:
    """A `.pt` file's tensors and plain containers. ServiceError if it holds anything else, or is none."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except (OSError, EOFError, UnpicklingError, RuntimeError, ValueError, KeyError) as error:
        raise _wrong(
            path, f"cannot be read ({_first_line(error)})", f"no se puede leer ({_first_line(error)})"
        ) from error


def _read_state(path: Path) -> State:
    if path.suffix != ".safetensors":
        return _unwrap(read_pickle(path), path)
    try:
        return dict(load_file(path))
    except (OSError, SafetensorError, ValueError) as error:
        raise _wrong(
            path, f"cannot be read ({_first_line(error)})", f"no se puede leer ({_first_line(error)})"
        ) from error


def _unwrap(content: Any, path: Path) -> State:
    """A state dict, also one that training wrapped as {"model": [state dict]}."""
    if isinstance(content, Mapping) and isinstance(content.get("model"), list) and content["model"]:
        content = content["model"][0]
    if not isinstance(content, Mapping) or not all(isinstance(tensor, Tensor) for tensor in content.values()):
        raise _wrong(path, "holds no tensors by name", "no contiene tensores por nombre")
    return dict(content)


def _below(prefix: str, tensors: State) -> State:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _check(tensors: State, expected: Mapping[str, Shape], path: Path) -> None:
    missing = [name for name in expected if name not in tensors]
    unknown = [name for name in tensors if name not in expected]
    unlike = [name for name, tensor in tensors.items() if name in expected and not _fits(name, tensor, expected[name])]
    if missing or unknown or unlike:
        en, es = zip(
            *(
                (f"{en}: {_list(names)}", f"{es}: {_list(names)}")
                for en, es, names in (
                    ("missing", "faltan", missing),
                    ("unknown", "desconocidos", unknown),
                    ("of another shape or type", "de otra forma o tipo", unlike),
                )
                if names
            ),
            strict=True,
        )
        raise _wrong(path, f"does not hold the network ({'; '.join(en)})", f"no contiene la red ({'; '.join(es)})")


def _fits(name: str, tensor: Tensor, shape: Shape) -> bool:
    is_count = name.endswith("num_batches_tracked")
    return tuple(tensor.shape) == shape and tensor.is_floating_point() is not is_count


def _list(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" +{rest}" if rest > 0 else "")


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__


def _wrong(path: Path, en: str, es: str) -> ServiceError:
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED,
        en=f"{path} {en}: run `eslatam models download`.",
        es=f"{path} {es}: ejecutar `eslatam models download`.",
    )
