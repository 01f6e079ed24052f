"""Speech tokens to mel by flow matching, a window at a time.

Source: the causal flow of CosyVoice 2 (arXiv 2412.10117) with guidance, solved by Euler's method. With a cached
reference, attention is causal by blocks: the reference sees itself alone, once for each voice, and a window sees the
reference, the window before it and itself, so that it costs its own frames only and never depends on what follows.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from math import pi

import torch
from torch import Tensor
from torch.nn.functional import normalize

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.guards import TOKENS_PER_SECOND
from service.models.chatterbox.profiles import Profile
from service.models.chatterbox.s3gen.context import Context, Passage
from service.models.chatterbox.s3gen.encoder import LONGEST, LOOKAHEAD, Encoded, Encoder
from service.models.chatterbox.s3gen.estimator import Estimator
from service.models.chatterbox.s3gen.layers import Residence, Weights, widen

__all__ = ["LOOKAHEAD", "Flow", "Past", "Reference", "Rendering"]

MELS = 80
GUIDANCE = 0.7
"""How far the velocity is pushed away from what it would be with nothing known."""


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
    """A window under way. `mel`, shape [2 n, 80], and `past` are there once `advance` has returned False."""

    reference: Reference
    inputs: Tensor
    """Shape [2, frames, 320]: what the network takes, with and without what is known."""
    state: Tensor
    """The mel from noise to speech, shape [frames, 80]."""
    before: Past | None
    past: Past | None
    """What the next window needs; None where none follows."""
    step: int = 0

    @property
    def mel(self) -> Tensor:
        return self.state[self.reference.noise_frames :]


class Flow:
    """Takes the checkpoint's weights under `flow.`, in the package's names without that prefix.

    Computes in `dtype`, on `device`. A mel is float32, or float64 if all is.
    """

    def __init__(self, weights: Mapping[str, Tensor], *, dtype: torch.dtype, device: torch.device) -> None:
        self._dtype = dtype
        self._wide = widen(dtype)
        self._device = device
        self._residence = Residence(device)
        taken = Weights(weights, dtype, self._residence)
        self._encoder = Encoder(taken)
        self._estimator = Estimator(taken)
        self._speaker = taken.wide_linear("spk_embed_affine_layer")
        self._schedules: dict[int, tuple[list[float], Tensor]] = {}

    def refer(self, voice: Conditioning, profile: Profile) -> Reference:
        """The voice, cut to the profile's seconds. Where it caches the reference, the work of rendering it."""
        count = min(len(voice.reference_tokens), round(profile.reference_seconds * TOKENS_PER_SECOND))
        reference = Reference(
            profile,
            voice.reference_tokens[:count].to(self._device),
            voice.reference_mel[: 2 * count].to(self._device, self._wide),
            self._speaker(normalize(voice.x_vector.to(self._device, self._wide), dim=0)),
        )
        if not profile.cached_prompt:
            return reference
        past = Past(0, count, self._encoder.leave(count), deque())
        mean = self._encoder(reference.tokens, reference.tokens[:0], left=past.encoded)
        rendering = self._start(reference, mean, _draw(voice, 2 * count), None, past)
        while self.advance(rendering):
            pass
        return replace(reference, encoded=past.encoded, steps=tuple(past.steps))

    def open(
        self, reference: Reference, tokens: Tensor, lookahead: Tensor, noise: Tensor, past: Past | None
    ) -> Rendering:
        """A window of n tokens, n at least 1, with the up to 3 that follow it, none if it is the last.

        `noise` has the shape [reference.noise_frames + 2 n, 80]. `past` is that of the window before, None for the
        first, and is used up. Without a cached reference the window is the whole segment. Raises ValueError past the
        longest segment there are positions for.
        """
        tokens, lookahead = tokens.to(self._device), lookahead.to(self._device)
        if not reference.cached:
            tokens = torch.cat((reference.tokens, tokens))
        starts, before = _place(reference, past)
        end = starts[-1] + len(tokens)
        if end > LONGEST:
            raise ValueError(f"{end} tokens; at most {LONGEST} can be told apart")
        keeps = reference.cached and len(lookahead) > 0
        left = Past(starts[-1], end, self._encoder.leave(len(tokens)), deque()) if keeps else None
        mean = self._encoder(tokens, lookahead, starts, before, left.encoded if left else None)
        return self._start(reference, mean, noise, past, left)

    def _start(
        self, reference: Reference, mean: Tensor, noise: Tensor, before: Past | None, past: Past | None
    ) -> Rendering:
        known = torch.zeros_like(mean)
        if not reference.cached:
            known[: len(reference.mel)] = reference.mel
        inputs = mean.new_zeros(2, len(mean), 4 * MELS)
        speaker = reference.speaker.to(mean).expand_as(mean)
        inputs[0, :, MELS:] = torch.cat((mean, speaker, known), dim=-1)
        return Rendering(reference, inputs, noise.to(self._device, self._wide, copy=True), before, past)

    def advance(self, rendering: Rendering) -> bool:
        """One Euler step. True while more are needed."""
        reference, step = rendering.reference, rendering.step
        widths, shifts = self._schedule(reference.profile.flow_steps)
        cached = reference.steps[step] if reference.cached else None
        before = rendering.before.steps.popleft() if rendering.before else None
        seen = [context for context in (cached, before) if context]
        left = self._estimator.leave(len(rendering.state)) if rendering.past else None
        rendering.inputs[..., :MELS] = rendering.state
        guided, unguided = self._estimator(rendering.inputs, shifts[step], Passage(seen, left)).to(self._wide)
        rendering.state += widths[step] * ((1 + GUIDANCE) * guided - GUIDANCE * unguided)
        if rendering.past and left:
            rendering.past.steps.append(left)
        rendering.step += 1
        return rendering.step < len(widths)

    def _schedule(self, steps: int) -> tuple[list[float], Tensor]:
        """Width of each step, and what its time adds in the network. Steps are short where the noise is."""
        if steps not in self._schedules:
            times = 1 - torch.cos(torch.linspace(0, 1, steps + 1, dtype=self._wide) * (0.5 * pi))
            shifts = self._estimator.shifts(times[:-1].to(self._device))
            self._schedules[steps] = (times.diff().tolist(), shifts)
        return self._schedules[steps]

    def sleep(self) -> None:
        """Moves the weights off the GPU. References and windows under way stay where they are: drop them first."""
        self._schedules.clear()
        self._residence.sleep()

    def wake(self) -> None:
        self._residence.wake()


def _place(reference: Reference, past: Past | None) -> tuple[list[int], list[Encoded]]:
    """First tokens of the blocks that a window attends to, its own last, and what those before it left."""
    if reference.encoded is None:
        return [0], []
    if past is None:
        return [0, len(reference.tokens)], [reference.encoded]
    return [0, past.start, past.end], [reference.encoded, past.encoded]


def _draw(voice: Conditioning, frames: int) -> Tensor:
    """The noise under a voice's cached reference: always the same."""
    seed = int.from_bytes(sha256(voice.digest.encode()).digest()[:8])
    return torch.randn(frames, MELS, generator=torch.Generator().manual_seed(seed))
