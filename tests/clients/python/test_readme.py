"""Every example of the README runs."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import grpc
import pytest

README = Path(__file__).parents[3] / "clients/python/README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificates: Any) -> Path:
    """Where the examples find the files they name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mi_voz.wav").write_bytes(b"RIFF")
    for name, file in (("ca.pem", "authority"), ("cliente.pem", "client"), ("cliente.key", "client_key")):
        shutil.copy(getattr(certificates, file), tmp_path / name)
    return tmp_path


@pytest.fixture
def secure_server(serve: Callable[..., AbstractContextManager[Any]], certificates: Any) -> Iterator[Any]:
    pair = (certificates.server_key.read_bytes(), certificates.server.read_bytes())
    roots = certificates.authority.read_bytes()
    with serve(grpc.ssl_server_credentials([pair], roots, require_client_auth=True)) as server:
        yield server


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example(example: str, speech_server: Any, secure_server: Any, folder: Path) -> None:
    runnable = example.replace("localhost:50051", speech_server.target)
    runnable = runnable.replace("tts.example.com:443", secure_server.target)
    exec(compile(runnable, str(README), "exec"), {"__name__": "__main__"})
    assert speech_server.behaviour.requests or secure_server.behaviour.requests
    assert ".save(" not in example or list(folder.glob("*a.wav"))


def test_no_example_was_missed() -> None:
    assert 0 < len(EXAMPLES) == README.read_text(encoding="utf-8").count("```python")
