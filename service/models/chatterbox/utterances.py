"""A row under way: its speech tokens, and how far they have become audio."""

from dataclasses import dataclass, field

import torch

from service.engine.jobs import Row
from service.engine.model import Ending
from service.models.chatterbox.guards import is_looping, is_silent, token_limit
from service.models.chatterbox.s3gen.flow import FRAMES, LOOKAHEAD, MELS, WINDOW, Flow, Past, Reference, Rendering
from service.models.chatterbox.s3gen.vocoder import Voicing
from service.models.chatterbox.t3.decoder import STOP


@dataclass(slots=True, eq=False)
class Utterance:
    """What the model knows of an open row. `rendered` counts the tokens that windows have taken: the first WINDOW, the
    others the flow's `width`.

    The bounds of windows depend on token indexes only, and noise is drawn frame by frame: load changes nothing.
    """

    row: Row
    reference: Reference
    noise: torch.Generator
    voicing: Voicing
    width: int
    tokens: list[int] = field(default_factory=list)
    ending: Ending | None = None
    rendered: int = 0
    windows: int = 0
    rendering: Rendering | None = None
    past: Past | None = None

    def add(self, token: int) -> bool:
        """Takes the next token. True while more are wanted."""
        if token == STOP:
            self.ending = Ending.COMPLETE
            return False
        self.tokens.append(token)
        if is_silent(self.tokens):
            self.ending = Ending.SILENCE
        elif is_looping(self.tokens):
            self.ending = Ending.REPETITION
        elif len(self.tokens) >= token_limit(self.row.text):
            self.ending = Ending.LENGTH
        return self.ending is None

    def is_due(self) -> bool:
        """Whether a window can be rendered: its tokens and those it looks ahead to are there."""
        if self.ending is not None or self.rendering is not None:
            return True
        return self.reference.cached and len(self.tokens) >= self._bound() + LOOKAHEAD

    def begin(self, flow: Flow) -> Rendering:
        """The next window; all of the segment where the reference is not cached."""
        end = self._bound() if self.reference.cached else len(self.tokens)
        said = torch.tensor(self.tokens)
        tokens, ahead = said[self.rendered : end], said[end : end + LOOKAHEAD]
        frames = self.reference.noise_frames + FRAMES * len(tokens)
        noise = torch.randn(frames, MELS, generator=self.noise)
        self.rendering = flow.open(self.reference, tokens, ahead, noise, self.past)
        self.rendered += len(tokens)
        return self.rendering

    def end(self) -> None:
        """Notes that the window under way is rendered."""
        if self.rendering is not None:
            self.past = self.rendering.past
        self.rendering = None
        self.windows += 1

    def _bound(self) -> int:
        """The token that the next window ends before."""
        return self.rendered + (self.width if self.rendered else WINDOW)

    def is_spoken(self) -> bool:
        """Whether no window is left."""
        return self.ending is not None and self.rendered == len(self.tokens)
