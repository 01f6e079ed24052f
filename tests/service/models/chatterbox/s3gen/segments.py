"""Segments as the model has the flow say them: in one piece, or window by window beside others."""

from collections.abc import Sequence

import torch
from torch import Tensor

from service.models.chatterbox.s3gen.flow import LOOKAHEAD, Flow, Past, Reference, Rendering
from tests.service.models.chatterbox.s3gen.blocks import WINDOW


def say(flow: Flow, reference: Reference, tokens: Tensor, noise: Tensor) -> Tensor:
    """In one piece."""
    window = flow.open(reference, tokens, tokens[:0], noise, None)
    finish(flow, window)
    return window.mel


def finish(flow: Flow, window: Rendering) -> None:
    while not window.is_done:
        flow.advance([window])


class Row:
    """A segment said window by window."""

    def __init__(self, flow: Flow, reference: Reference, tokens: Tensor, noise: Tensor, width: int = WINDOW) -> None:
        self._flow, self._reference, self._tokens, self._noise = flow, reference, tokens, noise
        self._width = width
        self._mels: list[Tensor] = []
        self._said = 0
        self._open(None)

    def _open(self, past: Past | None) -> None:
        first, last = self._said, self._said + self._width
        self.window = self._flow.open(
            self._reference,
            self._tokens[first:last],
            self._tokens[last : last + LOOKAHEAD],
            self._noise[2 * first : 2 * last],
            past,
        )
        self._said = last

    def is_spoken(self) -> bool:
        """Opens the next window where one is done."""
        if self.window.is_done:
            self._mels.append(self.window.mel)
            if self._said >= len(self._tokens):
                return True
            self._open(self.window.past)
        return False

    @property
    def mel(self) -> Tensor:
        return torch.cat(self._mels)

    def finish(self) -> Tensor:
        while not self.is_spoken():
            self._flow.advance([self.window])
        return self.mel


def speak_together(flow: Flow, rows: Sequence[Row]) -> list[Tensor]:
    under_way = list(rows)
    while under_way := [row for row in under_way if not row.is_spoken()]:
        flow.advance([row.window for row in under_way])
    return [row.mel for row in rows]
