"""The command as a person runs it, on the fake model and, where it must speak, on the embedded voice."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest
import soundfile
from eslatam import Client

from benchmarks.running import FAKE, find_command
from service.models.fake import TOKEN_SAMPLES
from tests.end_to_end.conftest import fake  # noqa: F401
from tests.service.models.chatterbox.hub import Hub, serve

pytestmark = pytest.mark.slow

SAMPLES = 13 * TOKEN_SAMPLES + 3600
"""Of "Hola a todos." by the fake model, and the silence at the end of a text."""

SPANISH = {"LC_ALL": "es_MX.UTF-8"}


def eslatam(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [find_command(), *arguments],
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "word"), [({"LC_ALL": "en_US.UTF-8"}, b"speak a text"), (SPANISH, b"dice un texto")]
)
def test_help_speaks_the_locale(environment: dict[str, str], word: bytes) -> None:
    assert word in eslatam("--help", **environment).stdout


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, service.cli; service.cli.build_parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.split()
    assert not {b"grpc", b"numpy", b"onnxruntime", b"torch", b"pydantic"} & set(loaded)


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "ogg"])
def test_say_saves_a_file_that_players_open(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"hola.{form}"
    done = eslatam("say", "Hola a todos.", str(file), "--seed", "1", **FAKE)
    assert done.returncode == 0, done.stderr
    samples, rate = soundfile.read(file)
    assert rate in (24_000, 48_000)
    assert len(samples) / rate == pytest.approx(SAMPLES / 24_000, abs=0.1)


def test_a_saved_wav_tells_its_length(tmp_path: Path) -> None:
    file = tmp_path / "hola.wav"
    eslatam("say", "Hola a todos.", str(file), **FAKE)
    with wave.open(str(file)) as recording:
        assert recording.getnframes() == SAMPLES


def test_say_without_a_file_writes_raw_audio_to_a_pipe() -> None:
    done = eslatam("say", "Hola a todos.", "--seed", "1", **FAKE)
    assert len(done.stdout) == 2 * SAMPLES


def test_say_shows_how_a_text_would_be_read() -> None:
    done = eslatam("say", "<speak>La Dra. Paz<break/>pagó $21</speak>", "--ssml", "--show-text", **FAKE)
    assert done.stdout.decode().splitlines() == [
        "La doctora Paz",
        "pagó veintiún pesos",
        "",
        "Dra. → doctora  (abbreviation)",
        "$21 → veintiún pesos  (money)",
    ]


def test_say_speaks_through_a_running_service(fake: object, tmp_path: Path) -> None:  # noqa: F811
    target = fake.target  # type: ignore[attr-defined]
    done = eslatam("say", "Hola a todos.", "--seed", "4", "--server", target, ESLATAM_CONFIG="/nowhere")
    with Client(target) as client:
        assert done.stdout == client.synthesize("Hola a todos.", seed=4, encoding="pcm").audio


def test_a_refusal_is_a_sentence_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "antes.wav"
    file.write_bytes(b"antes")
    done = eslatam("say", "¡¿?!", str(file), **FAKE, **SPANISH)
    assert done.returncode == 1
    assert "escriba al menos una palabra" in done.stderr.decode()
    assert file.read_bytes() == b"antes"


def test_an_unknown_ending_asks_for_a_format(tmp_path: Path) -> None:
    done = eslatam("say", "Hola.", str(tmp_path / "hola.xyz"), **FAKE)
    assert done.returncode == 2
    assert b"--format" in done.stderr


def test_voices_and_models_are_listed() -> None:
    assert b"default" in eslatam("voices", **FAKE).stdout
    models = eslatam("models", **FAKE, **SPANISH).stdout.decode()
    assert "fake" in models
    assert "no instalado" in models


def test_models_download_fetches_from_the_hub_that_is_set(tmp_path: Path) -> None:
    name = ("ResembleAI/Chatterbox-Multilingual-es-mx-latam", "t3_es_mx_latam.safetensors")
    with serve(Hub({name: b"weights"})) as hub:
        environment = {"HF_ENDPOINT": hub.url, "XDG_CACHE_HOME": str(tmp_path)}
        done = eslatam("models", "download", **environment, **SPANISH)
    assert done.returncode == 1
    assert "se anotó" in done.stdout.decode()
    assert "no tiene s3gen_v3.safetensors" in done.stderr.decode()
    assert (tmp_path / "eslatam/chatterbox/es-mx-latam/t3_es_mx_latam.safetensors").read_bytes() == b"weights"


def test_doctor_tells_which_model_will_speak_and_why() -> None:
    done = eslatam("doctor", **SPANISH)
    assert done.returncode == 0
    assert "Hablará kokoro-es en lugar de chatterbox-es-latam" in done.stdout.decode()


@pytest.mark.parametrize(
    "settings",
    [
        {"ESLATAM_MODELS__FALLBACK": "null"},
        {"ESLATAM_GRPC__PORT": "-1"},
        {"ESLATAM_MODELS__KOKORO__FOLDER": "/nowhere"},
        {"ESLATAM_MODELS__DEFAULT": "nothing"},
    ],
)
def test_doctor_fails_when_nothing_can_speak(settings: dict[str, str]) -> None:
    done = eslatam("doctor", **settings)
    assert done.returncode == 1
    assert b"Traceback" not in done.stdout + done.stderr


def test_bench_prints_and_saves_a_table(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = eslatam("bench", "--model", "fake", "--streams", "1", "3", "--out", str(out), **FAKE)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [(each["streams"], each["paced"]) for each in found["rounds"]] == [
        (1, False), (1, True), (3, False), (3, True),
    ]  # fmt: skip
    assert all(each["throughput"] > 0 and each["first_audio"] > 0 for each in found["rounds"])
    assert found["sleep"] is None
    assert done.stdout.count(b"\n| ") == 6
