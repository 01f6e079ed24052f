"""T3: from text to speech tokens, for many segments at once."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from service.engine.voices import VoiceCache
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.t3.caches import Cache, Opening, read_voice
from service.models.chatterbox.t3.checkpoint import Checkpoint
from service.models.chatterbox.t3.knobs import Knobs
from service.models.chatterbox.t3.network import Network, move
from service.models.chatterbox.t3.projections import Precision
from service.models.chatterbox.t3.rows import Rows
from service.models.chatterbox.t3.slots import Slots
from service.models.chatterbox.t3.vocabulary import STOP

__all__ = ["STOP", "Decoder", "Knobs"]

PREFIX_BYTES = 256 * 2**20
"""Of what comes before the text, kept for the voices that spoke last: some 60 in bf16, half as many in float32."""


class Decoder:
    """Rows that join and leave between steps. What one says depends on its text, voice, knobs and seed alone."""

    def __init__(
        self, weights: Mapping[str, Tensor], *, precision: Precision, device: torch.device, slots: int
    ) -> None:
        """Takes upstream's state dict, from which it reads the number of layers; keeps what it can use as it is.

        At most `slots` rows are open at once on CUDA. int8 is for the CPU, nf4 for CUDA with bitsandbytes, without
        which it raises ImportError; ValueError for int8 elsewhere.
        """
        if precision == "int8" and device.type != "cpu":
            raise ValueError("int8 is for the CPU: choose bfloat16 or nf4")
        self._device = device
        with torch.inference_mode():
            self._network = Network(Checkpoint(weights, precision, device))
        self._prefixes = VoiceCache[tuple[str, float], Cache](PREFIX_BYTES)
        self._rows: Rows | Slots = Slots(self._network, slots) if device.type == "cuda" else Rows(self._network)

    @torch.inference_mode()
    def open(
        self, row: Hashable, voice: Conditioning, text: Sequence[int], knobs: Knobs, seed: int, max_tokens: int
    ) -> None:
        """Reads the text of a row: the tokenizer's ids, without start and stop. It may then say `max_tokens`."""
        exaggeration = knobs.exaggeration
        read = partial(read_voice, self._network, voice, exaggeration)
        opening = Opening(
            prefix=self._prefixes.find((voice.digest, exaggeration), read),
            text=self._network.embed_text(text, knobs.lanes),
            knobs=knobs,
            seed=seed,
            max_tokens=max_tokens,
        )
        self._rows.open(row, opening)

    @torch.inference_mode()
    def step(self, rows: Sequence[Hashable]) -> list[int]:
        """The next speech token of each row. After `STOP` a row has no more."""
        return self._rows.step(rows)

    def drop(self, row: Hashable) -> None:
        """Forgets a row, finished or not; one that is not open is no matter."""
        self._rows.drop(row)

    @torch.inference_mode()
    def sleep(self) -> None:
        """Moves the weights to pinned host memory and gives back everything else. Drops any row. Nothing on a CPU."""
        if self._device.type == "cpu":
            return
        self._rows.close()
        self._prefixes.clear()
        move(self._network, _pin)
        torch.cuda.empty_cache()

    @torch.inference_mode()
    def wake(self) -> None:
        """Moves the weights back. The first steps record their graphs anew."""
        if self._device.type == "cpu":
            return
        move(self._network, lambda tensor: tensor.to(self._device, non_blocking=True))
        torch.cuda.synchronize(self._device)


def _pin(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, device="cpu", pin_memory=True).copy_(tensor)
