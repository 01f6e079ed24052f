"""The fields that both routes for speech share, and what they mean in the contract."""

from typing import Annotated, Literal

from eslatam.tts.v1.speech_pb2 import (
    TIMESTAMP_GRANULARITY_SEGMENT,
    TIMESTAMP_GRANULARITY_WORD,
    GenerationOptions,
    Segmentation,
    SpeechOptions,
    TimestampGranularity,
    Utterance,
    VoiceSelector,
)
from pydantic import Field

from rest_bridge.formats import FormatName, choose_format
from rest_bridge.limits import Body

Speed = Annotated[float, Field(ge=0.25, le=4.0)]

COLDEST = 0.05
"""The least temperature that samplers stand; 0 is taken as this."""
CALMEST = 0.25
"""The least exaggeration that sounds like speech; sliders that start at 0 are taken as this."""


class Knobs(Body):
    """Fields of our own, under the names the Chatterbox servers gave them. None leaves it to the service."""

    language: str | None = None
    seed: Annotated[int, Field(ge=-1, le=2**64 - 1)] | None = None
    temperature: Annotated[float, Field(ge=0.0, le=1.5)] | None = None
    exaggeration: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    cfg_weight: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    split_text: bool | None = None
    chunk_size: Annotated[int, Field(ge=50, le=500)] | None = None
    stream: bool | None = None
    timestamps: Literal["segment", "word"] | None = None
    subtitles: Literal["srt", "vtt"] | None = None

    @property
    def wants_times(self) -> bool:
        return self.timestamps is not None or self.subtitles is not None


def make_utterance(
    text: str, knobs: Knobs, *, voice: str, format_name: FormatName, speed: float | None, model: str = ""
) -> Utterance:
    """The contract's utterance. `voice` and `model` are the contract's names, empty for the server's defaults."""
    options = SpeechOptions(
        voice=VoiceSelector(name=voice) if voice else None,
        model=model,
        language_code=(knobs.language or "").replace("_", "-"),
        audio_format=choose_format(format_name),
        generation=_choose_generation(knobs, speed),
        timestamps=_choose_timestamps(knobs),
        segmentation=Segmentation(split=knobs.split_text, target_characters=knobs.chunk_size),
    )
    return Utterance(text=text, options=options)


def _choose_generation(knobs: Knobs, speed: float | None) -> GenerationOptions:
    return GenerationOptions(
        temperature=None if knobs.temperature is None else max(COLDEST, knobs.temperature),
        exaggeration=None if knobs.exaggeration is None else max(CALMEST, knobs.exaggeration),
        cfg_weight=knobs.cfg_weight,
        seed=knobs.seed if knobs.seed is not None and knobs.seed > 0 else None,
        speaking_rate=speed,
    )


def _choose_timestamps(knobs: Knobs) -> list[TimestampGranularity.ValueType]:
    """Subtitles are cut where words are; their text is the segments'."""
    segments = knobs.subtitles or knobs.timestamps == "segment"
    words = knobs.subtitles or knobs.timestamps == "word"
    return [TIMESTAMP_GRANULARITY_SEGMENT] * bool(segments) + [TIMESTAMP_GRANULARITY_WORD] * bool(words)
