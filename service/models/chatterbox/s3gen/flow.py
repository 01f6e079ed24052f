"""Speech tokens to mel by flow matching, a window at a time.

Source: the causal flow of CosyVoice 2 (arXiv 2412.10117) with guidance, solved by Euler's method. With a cached
reference, attention is causal by blocks: the reference sees itself alone, once for each voice, and a window sees the
reference, the window before it and itself, so that it costs its own frames only and never depends on what follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.guards import TOKENS_PER_SECOND
from service.models.chatterbox.profiles import Profile
from service.models.chatterbox.s3gen.batch import Batch
from service.models.chatterbox.s3gen.context import Passage
from service.models.chatterbox.s3gen.encoder import LONGEST, LOOKAHEAD, Encoder
from service.models.chatterbox.s3gen.estimator import Estimator
from service.models.chatterbox.s3gen.layers import Residence, Weights, widen
from service.models.chatterbox.s3gen.solver import MELS, Solver
from service.models.chatterbox.s3gen.window import FRAMES, Past, Reference, Rendering

__all__ = ["FRAMES", "LOOKAHEAD", "MELS", "WINDOW", "Flow", "Past", "Reference", "Rendering"]

WINDOW = 37
"""Tokens of a window: what the vocoder holds back of a segment's first leaves the 1.05 s that the watermark wants at
once.
"""

WIDE_WINDOW = 63
"""Of all but a segment's first where each goes alone, as on a CPU, where few voices are faster than their listeners:
wide windows take a fifth less of its time.
"""


class Flow:
    """Takes the checkpoint's weights under `flow.`, in the package's names without that prefix.

    Computes in `dtype`, on `device`. So many `rows` of windows with cached references go together, whole; one goes step
    by step. `width` is the tokens of a segment's windows but the first, of WINDOW. A mel is float32, or float64 if all
    is.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], *, dtype: torch.dtype, device: torch.device, rows: int = 1
    ) -> None:
        self._wide = widen(dtype)
        self._device = device
        self._rows = rows
        self.width = WIDE_WINDOW if rows == 1 else WINDOW
        self._residence = Residence(device)
        taken = Weights(weights, dtype, self._residence)
        self._encoder = Encoder(taken)
        self._solver = Solver(Estimator(taken), wide=self._wide, device=device)
        self._speaker = taken.wide_linear("spk_embed_affine_layer")
        self._batches: dict[Profile, Batch] = {}

    def refer(self, voice: Conditioning, profile: Profile) -> Reference:
        """The voice, cut to the profile's seconds. Where it caches the reference, the work of rendering it."""
        count = min(len(voice.reference_tokens), _measure(profile))
        reference = Reference(
            profile,
            voice.reference_tokens[:count].to(self._device),
            voice.reference_mel[: FRAMES * count].to(self._device, self._wide),
            self._speaker(normalize(voice.x_vector.to(self._device, self._wide), dim=0)),
        )
        if not profile.cached_prompt:
            return reference
        noise = _draw(voice, FRAMES * count).to(self._device, self._wide)
        rendering = Rendering(reference, reference.tokens, count, 0, noise, before=None, is_last=False)
        while not rendering.is_done:
            self._step(rendering)
        if past := rendering.past:
            reference = replace(reference, encoded=past.encoded, steps=tuple(past.steps))
        return reference

    def open(
        self, reference: Reference, tokens: Tensor, lookahead: Tensor, noise: Tensor, past: Past | None
    ) -> Rendering:
        """A window of n tokens, n at least 1, with the up to 3 that follow it, none if it is the last.

        `noise` has the shape [reference.noise_frames + 2 n, 80]. `past` is that of the window before, None for the
        first, and is used up. Without a cached reference the window is the whole segment; with one, where windows go
        together, n is WINDOW or, of the last, at most that. Raises ValueError past the longest segment there are
        positions for.
        """
        prompt = reference.tokens[: 0 if reference.cached else None]
        start = past.end if past else len(reference.tokens) - len(prompt)
        count = len(prompt) + len(tokens)
        if start + count > LONGEST:
            raise ValueError(f"{start + count} tokens; at most {LONGEST} can be told apart")
        return Rendering(
            reference,
            tokens=torch.cat((prompt, tokens.to(self._device), lookahead.to(self._device))),
            count=count,
            start=start,
            state=noise.to(self._device, self._wide, copy=True),
            before=past,
            is_last=not (reference.cached and len(lookahead)),
        )

    def advance(self, windows: Sequence[Rendering]) -> None:
        """A bounded piece of work: all of at most `rows` windows that go together, or else a step of each."""
        if self._rows == 1:
            for window in windows:
                self._step(window)
            return
        if together := [window for window in windows if window.reference.cached]:
            self._find_batch(together[0].reference.profile).render(together)
        for window in windows:
            while not window.is_done:
                self._step(window)

    def _find_batch(self, profile: Profile) -> Batch:
        if profile not in self._batches:
            self._batches[profile] = Batch(
                self._encoder,
                self._solver,
                rows=self._rows,
                tokens=WINDOW,
                reference=_measure(profile),
                device=self._device,
            )
        return self._batches[profile]

    def _step(self, window: Rendering) -> None:
        """One of a window on its own."""
        reference, before = window.reference, window.before
        if window.inputs is None:
            window.inputs = self._encode(window)
        seen = [reference.steps[window.step]] if reference.cached else []
        if before:
            seen.append(before.steps.popleft())
        left = self._solver.estimator.leave(len(window.state)) if window.past else None
        step = self._solver.schedule(reference.profile.flow_steps)[window.step]
        self._solver.advance(window.state[None], window.inputs, step, Passage(seen, left))
        if window.past and left:
            window.past.steps.append(left)
        window.step += 1

    def _encode(self, window: Rendering) -> Tensor:
        """The network's inputs for a window on its own, and what its encoder leaves."""
        reference, before = window.reference, window.before
        blocks = [(0, reference.encoded)] if reference.encoded else []
        if before:
            blocks.append((before.start, before.encoded))
        left = None
        if not window.is_last:
            left = self._encoder.leave(window.count)
            window.leave(left)
        distances = [window.start - start for start, _ in blocks] + [0]
        slow, fast = (
            Passage([each[rate] for _, each in blocks], left and left[rate], [scale * one for one in distances])
            for rate, scale in enumerate((1, FRAMES))
        )
        known = len(window.tokens)
        tokens = pad(window.tokens, (0, window.count + LOOKAHEAD - known))
        mean = self._encoder(tokens[None], torch.tensor([known], device=self._device), slow, fast)
        inputs = self._solver.estimator.blank(1, len(window.state))
        self._solver.prepare(inputs, mean, reference.speaker[None])
        if not reference.cached:
            inputs[0, 0, : len(reference.mel), 3 * MELS :] = reference.mel
        return inputs

    def sleep(self) -> None:
        """Moves the weights off the GPU. References and windows under way stay where they are: drop them first."""
        self._batches.clear()
        self._solver.forget()
        self._residence.sleep()

    def wake(self) -> None:
        self._residence.wake()


def _measure(profile: Profile) -> int:
    """Tokens of the profile's reference, at most."""
    return round(profile.reference_seconds * TOKENS_PER_SECOND)


def _draw(voice: Conditioning, frames: int) -> Tensor:
    """The noise under a voice's cached reference: always the same."""
    seed = int.from_bytes(sha256(voice.digest.encode()).digest()[:8])
    return torch.randn(frames, MELS, generator=torch.Generator().manual_seed(seed))
