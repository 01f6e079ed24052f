"""Segments to be spoken, and ways to speak them together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.models.chatterbox.t3.decoder import STOP, Decoder, Knobs
from tests.service.models.chatterbox.t3.conftest import make_text, make_voice


@dataclass(frozen=True)
class Spoken:
    """A row by its seed: text and voice follow from it."""

    seed: int
    tokens: int
    knobs: Knobs = field(default_factory=Knobs)

    def open(self, decoder: Decoder) -> None:
        voice = make_voice(self.seed % 3)
        decoder.open(self, voice, make_text(self.seed), self.knobs, self.seed, self.tokens)

    def is_over(self, tokens: Sequence[int]) -> bool:
        return len(tokens) == self.tokens or tokens[-1:] == [STOP]


def speak_alone(decoder: Decoder, segment: Spoken) -> list[int]:
    return speak_together(decoder, [segment], 1)[segment]


def speak_together(decoder: Decoder, segments: Sequence[Spoken], at_once: int) -> dict[Spoken, list[int]]:
    """At most so many at once: a new one joins at each step while there is room, one of them now and then waits."""
    said: dict[Spoken, list[int]] = {}
    waiting, open_ = list(segments), list[Spoken]()
    for turn in range(100 * len(segments) * max(segment.tokens for segment in segments)):
        if waiting and len(open_) < at_once:
            open_.append(waiting.pop(0))
            open_[-1].open(decoder)
        if not open_:
            return said
        stepping = [segment for i, segment in enumerate(open_) if len(open_) == 1 or (turn + i) % 5]
        for segment, token in zip(stepping, decoder.step(stepping), strict=True):
            said.setdefault(segment, []).append(token)
            if segment.is_over(said[segment]):
                decoder.drop(segment)
                open_.remove(segment)
    raise AssertionError("rows that never end")
