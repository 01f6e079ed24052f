import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from eslatam import Client, InvalidRequestError

from benchmarks.running import EMBEDDED, FAKE, serve
from service.models.fake import TOKEN_SAMPLES

pytestmark = pytest.mark.slow

SECRET = "Palabras que nadie debe guardar."


def list_files(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("model", [FAKE, EMBEDDED])
def test_nothing_a_caller_sends_or_gets_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Mapping[str, str]
) -> None:
    work, temporary, home = (tmp_path / name for name in ("work", "tmp", "home"))
    for folder in (work, temporary, home):
        folder.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.delenv("CI", raising=False)  # ONNX Runtime takes it for a wish to be left alone
    root = Path(__file__).parents[2]
    kept = list_files(root / "voices", root / "config")
    places = {"TMPDIR": str(temporary), "HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    clip = (root / "voices" / "default" / "reference.wav").read_bytes()
    with serve({**model, **places, "ESLATAM_LOG__LEVEL": "debug"}) as service:
        bodies: list[tuple[str, dict[str, object]]] = [
            ("/v1/audio/speech", {"model": "tts-1", "voice": "alloy", "input": SECRET}),
            ("/tts", {"text": SECRET * 3}),
            ("/tts", {"text": SECRET, "predefined_voice_id": "../../etc/passwd"}),
        ]
        for path, body in bodies:
            httpx.post(service.url + path, json=body, timeout=60)
        with Client(service.target) as client, contextlib.suppress(InvalidRequestError):
            client.synthesize(SECRET, voice=clip)
        assert not list_files(work, temporary, home)
    assert not list_files(work, temporary, home)
    assert list_files(root / "voices", root / "config") == kept


def test_ending_the_product_cuts_no_running_reply() -> None:
    received: list[bytes] = []
    begun = threading.Event()
    text = "a" * 200

    def listen(url: str) -> None:
        body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "pcm"}
        with httpx.stream("POST", f"{url}/v1/audio/speech", json=body, timeout=60) as reply:
            for piece in reply.iter_bytes():
                received.append(piece)
                begun.set()

    with serve({**FAKE, "ESLATAM_MODELS__FAKE__DECODE_SECONDS": "0.01"}) as service:
        listening = threading.Thread(target=listen, args=(service.url,))
        listening.start()
        assert begun.wait(60)
    listening.join(60)
    assert sum(map(len, received)) == 2 * (len(text) * TOKEN_SAMPLES + 3600)
