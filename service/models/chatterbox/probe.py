"""What a vocabulary and its embedding tell of Spanish letters: which have no id, and which ids look untrained."""

from dataclasses import dataclass
from string import ascii_lowercase

import torch
from torch import Tensor

from service.models.chatterbox.frontend import LANGUAGE, UNKNOWN, FrontEnd, Mode, spell

LETTERS = "ñáéíóúü¿¡ÑÁ"

DEVIATIONS = 4
"""Robust standard deviations from the median of a to z, past which a norm is told."""

NOISE = 0.1
"""The share of the median by which any norm may differ."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`unknown` letters have no id. `suspicious` ones have an id whose embedding is not as long as those of a to z;
    beside them, the ratio to the median of these. Without an embedding nothing is `compared`.
    """

    mode: Mode
    unknown: tuple[str, ...]
    suspicious: tuple[tuple[str, float], ...]
    compared: bool

    def summary(self) -> tuple[str, str]:
        """One sentence in English, one in Spanish."""
        if self.unknown:
            letters = " ".join(self.unknown)
            en, es = f"no id for {letters}", f"sin id: {letters}"
        else:
            en, es = "every Spanish letter has an id", "toda letra española tiene id"
        if self.suspicious:
            letters = ", ".join(f"{letter} ({ratio:.2f})" for letter, ratio in self.suspicious)
            en += f"; norms unlike a to z: {letters}"
            es += f"; normas distintas de las de a a z: {letters}"
        elif self.compared:
            en, es = f"{en}, of a norm like a to z", f"{es}, de norma como las de a a z"
        return f"{self.mode}: {en}", f"{self.mode}: {es}"


def probe(front_end: FrontEnd, embedding: Tensor | None = None) -> Verdict:
    """Reads each letter as a text would have it. `embedding` is T3's `text_emb.weight`, shape [ids, width]."""
    unknown_id = front_end.tokenizer.token_to_id(UNKNOWN)
    ids = {letter: _read_letter(front_end, letter) for letter in LETTERS}
    unknown = tuple(letter for letter in LETTERS if unknown_id in ids[letter])
    suspicious: list[tuple[str, float]] = []
    if embedding is not None:
        suspicious = _compare(
            {letter: ids[letter] for letter in LETTERS if letter not in unknown}, front_end, embedding
        )
    return Verdict(front_end.mode, unknown, tuple(suspicious), compared=embedding is not None)


def _read_letter(front_end: FrontEnd, letter: str) -> list[int]:
    """Ids of a letter within a text, in the case that the mode gives it there."""
    spelt = spell(f"¿{letter}", front_end.mode)[1:-1]
    ids: list[int] = front_end.tokenizer.encode(f"{LANGUAGE}{spelt}").ids
    return ids[1:]


def _compare(letters: dict[str, list[int]], front_end: FrontEnd, embedding: Tensor) -> list[tuple[str, float]]:
    trained = [front_end.tokenizer.token_to_id(letter) for letter in ascii_lowercase]
    norms = embedding.float().norm(dim=1)
    median = norms[trained].median()
    spread = 1.4826 * (norms[trained] - median).abs().median()
    limit = torch.maximum(DEVIATIONS * spread, NOISE * median)
    found = []
    for letter, ids in letters.items():
        farthest = max((norms[i] for i in ids), key=lambda norm: abs(float(norm - median)))
        if (farthest - median).abs() > limit:
            found.append((letter, float(farthest / median)))
    return found
