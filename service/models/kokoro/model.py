"""The model `kokoro-es`: one shot, one row at a time, no download."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from service.engine.jobs import Preset, Row, VoiceSource
from service.engine.model import Ending, ModelInfo, Rendered, Window
from service.errors import Reason, ServiceError
from service.models.kokoro.g2p import phonemize, transcribe
from service.models.kokoro.ipa import ACCEPTED
from service.models.kokoro.network import FRAME, SAMPLE_RATE, Network, Style
from service.models.kokoro.presets import NAMES, load_style
from service.models.kokoro.speech import speak
from service.models.kokoro.symbols import LIMIT
from service.models.kokoro.timing import time_words
from service.models.kokoro.weights import SHA256, read_weights

_COUNTRIES = "AR BO CL CO CR CU DO EC GT HN MX NI PA PE PR PY SV US UY VE"


class Kokoro:
    """Kokoro-82M with three Spanish voices. Implements `service.engine.model.Model`.

    Loads on construction; `folder` replaces the packages that hold the network. ServiceError MODEL_NOT_INSTALLED
    if there is none.
    """

    def __init__(self, threads: int, folder: Path | None = None) -> None:
        self._threads = threads
        self._folder = folder
        self._due: dict[Row, None] = {}
        self._network: Network | None = None
        self._info = _describe()
        self.wake()

    @property
    def info(self) -> ModelInfo:
        return self._info

    def warm_up(self) -> None:
        """Nothing: the first row takes as long as those after it, and tells how long that is."""

    def enrol(self, source: VoiceSource) -> Style:
        """A preset's style pack, shape [510, 256], read-only. ServiceError UNSUPPORTED_OPTION for anything else."""
        if isinstance(source, Preset) and source.name in NAMES:
            return load_style(source.name)
        raise _cannot_enrol(source)

    def open(self, row: Row) -> bool:
        self._due[row] = None
        return False

    def drop(self, row: Row) -> None:
        self._due.pop(row, None)

    def decode(self, rows: Sequence[Row]) -> Sequence[bool]:
        """Nothing: no row has tokens to decode."""
        return [False for _ in rows]

    def due(self) -> Sequence[Window]:
        return [Window(row, 0) for row in self._due]

    def render(self, windows: Sequence[Window]) -> Sequence[Rendered]:
        return [self._render(window.row) for window in windows]

    def sleep(self) -> None:
        self._network = None

    def wake(self) -> None:
        if self._network is None:
            self._network = Network(read_weights(self._folder), self._threads)

    def _render(self, row: Row) -> Rendered:
        self._due.pop(row, None)
        if self._network is None:
            raise RuntimeError("asleep")
        transcript = transcribe(row.text, row.language, row.pronunciations)
        speech = speak(self._network, transcript.phonemes[:LIMIT], cast(Style, row.conditioning))
        return Rendered(
            row,
            speech.samples,
            last=True,
            tokens=-(-len(speech.samples) // FRAME),
            ending=Ending.COMPLETE if len(transcript.phonemes) <= LIMIT else Ending.LENGTH,
            words=time_words(transcript, speech),
        )


def _describe() -> ModelInfo:
    return ModelInfo(
        name="kokoro-es",
        family="kokoro",
        display_name="Kokoro, español latinoamericano",
        revision=SHA256[:12],
        languages=("es-419", "es", *(f"es-{country}" for country in _COUNTRIES.split())),
        sample_rate=SAMPLE_RATE,
        device="cpu",
        cost=_count_symbols,
        max_cost=LIMIT,
        slots=1,
        options=frozenset({"speaking_rate"}),
        has_word_times=True,
        phonemes=ACCEPTED,
    )


def _count_symbols(text: str) -> int:
    return len(phonemize(text))


def _cannot_enrol(source: VoiceSource) -> ServiceError:
    names = ", ".join(NAMES)
    if isinstance(source, Preset):
        return ServiceError(
            Reason.UNSUPPORTED_OPTION,
            en=f"The model kokoro-es has no voice of that name: choose one of {names}.",
            es=f"El modelo kokoro-es no tiene una voz con ese nombre: elegir una de {names}.",
        )
    return ServiceError(
        Reason.UNSUPPORTED_OPTION,
        en=f"The model kokoro-es cannot clone a voice: choose one of its own, {names}.",
        es=f"El modelo kokoro-es no puede clonar una voz: elegir una de las suyas, {names}.",
    )
