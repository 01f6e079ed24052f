"""What the flow keeps: of a voice the reference, of a segment the window under way and what it leaves to the next."""

from collections import deque
from dataclasses import dataclass

from torch import Tensor

from service.models.chatterbox.profiles import Profile
from service.models.chatterbox.s3gen.context import Context
from service.models.chatterbox.s3gen.encoder import Encoded

FRAMES = 2
"""Mel frames of a speech token."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A voice as a profile has it, on the flow's device: its tokens, mel and speaker, and where it is cached what they
    leave to a segment, in the encoder and at each step of the flow.
    """

    profile: Profile
    tokens: Tensor
    mel: Tensor
    speaker: Tensor
    encoded: Encoded | None = None
    steps: tuple[Context, ...] = ()

    @property
    def cached(self) -> bool:
        return self.encoded is not None

    @property
    def noise_frames(self) -> int:
        """Frames of noise that a rendering takes before those of its tokens."""
        return 0 if self.cached else len(self.mel)

    @property
    def nbytes(self) -> int:
        kept = (self.tokens, self.mel, self.speaker, *(self.encoded or ()), *self.steps)
        return sum(each.nbytes for each in kept)


@dataclass(slots=True, eq=False)
class Past:
    """What a window leaves to the next, which uses it up. Its tokens are `start` to `end`, the reference's counted."""

    start: int
    end: int
    encoded: Encoded
    steps: deque[Context]


@dataclass(slots=True, eq=False)
class Rendering:
    """A window under way, of `count` tokens from `start` on, the reference's counted.

    `mel`, shape [2 n, 80], and `past` are there once it `is_done`.
    """

    reference: Reference
    tokens: Tensor
    """And up to 3 that follow."""
    count: int
    start: int
    state: Tensor
    """The mel from noise to speech, shape [frames, 80]."""
    before: Past | None
    is_last: bool
    """Whether it leaves nothing."""
    past: Past | None = None
    inputs: Tensor | None = None
    """Shape [2, frames, 320]: what the network takes, with and without what is known."""
    step: int = 0

    def leave(self, encoded: Encoded) -> None:
        """Begins what it leaves, with what its encoder has left."""
        self.past = Past(self.start, self.start + self.count, encoded, deque())

    @property
    def is_done(self) -> bool:
        return self.step == self.reference.profile.flow_steps

    @property
    def mel(self) -> Tensor:
        return self.state[self.reference.noise_frames :]
