"""The model `chatterbox-es-latam`: speech tokens by T3, audio by S3Gen, window by window."""

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import cast

import numpy as np
import torch

from service.engine.failures import out_of_memory
from service.engine.jobs import Clip, Row, Sampling, VoiceSource
from service.engine.model import Ending, ModelInfo, Rendered, Window
from service.engine.voices import VoiceCache
from service.errors import Reason, ServiceError
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.enrolment import Enrolment
from service.models.chatterbox.frontend import FrontEnd
from service.models.chatterbox.guards import SILENCE, token_limit
from service.models.chatterbox.profiles import Profile
from service.models.chatterbox.s3gen.flow import Flow, Reference
from service.models.chatterbox.s3gen.vocoder import Vocoder
from service.models.chatterbox.t3.decoder import Decoder
from service.models.chatterbox.t3.knobs import Knobs
from service.models.chatterbox.utterances import Utterance

log = logging.getLogger(__name__)

_NOTHING = np.zeros(0, np.float32)
_SPECIMEN = "Uno, dos, tres, cuatro, cinco, seis, siete."


@dataclass(frozen=True, slots=True)
class Parts:
    """The loaded networks, and the voices that come with them."""

    front_end: FrontEnd
    decoder: Decoder
    flow: Flow
    vocoder: Vocoder
    enrolment: Enrolment
    presets: dict[str, Conditioning]


class Chatterbox:
    """Implements `service.engine.model.Model`.

    `profile` says how much work audio is given; `voice_bytes` bounds what it keeps of voices between requests.
    """

    def __init__(self, info: ModelInfo, parts: Parts, profile: Profile, *, voice_bytes: int) -> None:
        self.info = info
        self._parts = parts
        self._profile = profile
        self._references = VoiceCache[str, Reference](voice_bytes)
        self._utterances: dict[Row, Utterance] = {}

    def warm_up(self) -> Row | None:
        """Listens to a hum, and says a word with nobody's voice.

        Gives a sentence to time units with on a GPU; on a CPU they are so long that it would double the start.
        """
        self._parts.enrolment.warm_up()
        nobody = _nobody()
        row = Row("Uno.", "es", nobody, Sampling(), seed=0)
        wants_more = self.open(row)
        while wants_more:
            (wants_more,) = self.decode([row])
        while not self.render(self.due())[0].last:
            pass
        self.drop(row)
        self._references.clear()
        return None if self.info.device == "cpu" else Row(_SPECIMEN, "es", nobody, Sampling(), seed=0)

    def enrol(self, source: VoiceSource) -> Conditioning:
        """ServiceError: BAD_REFERENCE_AUDIO for a clip it cannot imitate, UNSUPPORTED_OPTION for an unknown preset."""
        if isinstance(source, Clip):
            with _memory():
                return self._parts.enrolment.enrol(source)
        if source.name not in self._parts.presets:
            raise _no_such_preset(self._parts.presets)
        return self._parts.presets[source.name]

    def open(self, row: Row) -> bool:
        voice = cast(Conditioning, row.conditioning)
        parts = self._parts
        with _memory():
            text = parts.front_end.encode(row.text)
            parts.decoder.open(row, voice, text, _knobs(row.sampling), row.seed, token_limit(row.text))
            self._utterances[row] = Utterance(
                row=row,
                reference=self._references.find(voice.digest, partial(self._refer, voice)),
                noise=torch.Generator().manual_seed(row.seed + 1),
                voicing=parts.vocoder.open(row.seed + 2),
                width=parts.flow.width,
            )
        return True

    def drop(self, row: Row) -> None:
        self._utterances.pop(row, None)
        self._parts.decoder.drop(row)

    def decode(self, rows: Sequence[Row]) -> Sequence[bool]:
        with _memory():
            tokens = self._parts.decoder.step(rows)
        return [self._utterances[row].add(token) for row, token in zip(rows, tokens, strict=True)]

    def due(self) -> Sequence[Window]:
        return [Window(row, utterance.windows) for row, utterance in self._utterances.items() if utterance.is_due()]

    def render(self, windows: Sequence[Window]) -> Sequence[Rendered]:
        """As far as one piece of the flow's work takes each window."""
        flow = self._parts.flow
        with _memory():
            utterances = [self._utterances[window.row] for window in windows]
            flow.advance([each.rendering or each.begin(flow) for each in utterances if each.tokens])
            return [self._speak(utterance) for utterance in utterances]

    def sleep(self) -> None:
        self._references.clear()
        for network in self._networks:
            network.sleep()
        self._parts.enrolment.move("cpu")
        torch.cuda.empty_cache()

    def wake(self) -> None:
        with _memory():
            for network in self._networks:
                network.wake()
            self._parts.enrolment.move(self.info.device)

    @property
    def _networks(self) -> tuple[Decoder, Flow, Vocoder]:
        return self._parts.decoder, self._parts.flow, self._parts.vocoder

    def _refer(self, voice: Conditioning) -> Reference:
        """What the flow makes of a voice."""
        start = time.monotonic()
        reference = self._parts.flow.refer(voice, self._profile)
        log.info("a voice took %.1f s and %.0f MB", time.monotonic() - start, reference.nbytes / 1e6)
        return reference

    def _speak(self, utterance: Utterance) -> Rendered:
        """The samples of a window, if its mel is there."""
        rendering = utterance.rendering
        if rendering is None:
            return Rendered(utterance.row, _NOTHING, last=True, error=_said_nothing())
        if not rendering.is_done:
            return Rendered(utterance.row, _NOTHING, last=False)
        utterance.end()
        last = utterance.is_spoken()
        samples = self._parts.vocoder.feed(utterance.voicing, rendering.mel, last=last).numpy()
        if not last:
            return Rendered(utterance.row, samples, last=False)
        return Rendered(
            utterance.row,
            samples,
            last=True,
            tokens=len(utterance.tokens),
            ending=utterance.ending or Ending.COMPLETE,
        )


def _knobs(sampling: Sampling) -> Knobs:
    """What the request sets, and the model's own defaults."""
    honoured = {field.name for field in fields(Knobs)}
    return Knobs(**{name: value for name, value in asdict(sampling).items() if name in honoured and value is not None})


@contextmanager
def _memory() -> Iterator[None]:
    """Turns a full GPU into an error that the caller can act on."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise out_of_memory() from error


def _nobody() -> Conditioning:
    """A second of silence as a voice."""
    return Conditioning(
        digest="nobody",
        speaker_embedding=torch.full((256,), 1 / 16),
        prompt_tokens=torch.full((25,), SILENCE),
        reference_tokens=torch.full((25,), SILENCE),
        reference_mel=torch.full((50, 80), -10.0),
        x_vector=torch.ones(192),
    )


def _said_nothing() -> ServiceError:
    return ServiceError(
        Reason.INTERNAL,
        en="The model said nothing for a part of this text. Try again, with another seed if you set one.",
        es="El modelo no dijo nada para una parte de este texto. Intente de nuevo, con otra semilla si fijó una.",
    )


def _no_such_preset(presets: Collection[str]) -> ServiceError:
    known = ", ".join(sorted(presets))
    return ServiceError(
        Reason.UNSUPPORTED_OPTION,
        en=f"The model chatterbox-es-latam has no voice of that name on this server; it has: {known}.",
        es=f"El modelo chatterbox-es-latam no tiene una voz con ese nombre en este servidor; tiene: {known}.",
    )
