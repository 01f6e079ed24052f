"""Rows with a cache of their own, for the CPU: each has the length it needs, and attends alone."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from service.models.chatterbox.t3.caches import Cache, Opening, extend
from service.models.chatterbox.t3.conditions import LENGTH
from service.models.chatterbox.t3.network import Network
from service.models.chatterbox.t3.sampling import IDS, guide, keep_nucleus, race, score
from service.models.chatterbox.t3.vocabulary import SPEECH_IDS, START


@dataclass(slots=True, eq=False)
class _Row:
    """A sequence under way: `length` positions of its cache are in use; `token`, at `place`, is not among them yet."""

    cache: Cache
    lanes: int
    length: int
    dials: Tensor
    has_nucleus: bool
    generator: torch.Generator
    said: Tensor
    token: int = START
    place: int = 0

    def draw(self, logits: Tensor) -> int:
        """The next token from its logits, shape [1, IDS]."""
        scores = score(logits, self.said, self.dials)
        if self.has_nucleus:
            scores = keep_nucleus(scores, self.dials, width=int(scores.isfinite().sum()))
        noise = torch.empty(1, SPEECH_IDS, dtype=scores.dtype).exponential_(generator=self.generator)
        return int(race(scores, noise[:, :IDS]).argmax())

    def take(self, token: int) -> None:
        self.said[0, token] = True
        self.token = token
        self.place += 1


class Rows:
    """Open rows. What one gives is never changed by another."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._rows: dict[Hashable, _Row] = {}

    def open(self, row: Hashable, opening: Opening) -> None:
        lanes, length, _ = opening.text.shape
        cache = Cache.empty(self._network, lanes, LENGTH + length + opening.max_tokens)
        cache.begin_with(opening.prefix)
        extend(self._network, cache, LENGTH, opening.text)
        self._rows[row] = _Row(
            cache=cache,
            lanes=lanes,
            length=LENGTH + length,
            dials=opening.knobs.dials(self._network.wide),
            has_nucleus=opening.knobs.top_p < 1,
            generator=torch.Generator().manual_seed(opening.seed),
            said=torch.zeros(1, IDS, dtype=torch.bool),
        )

    def step(self, rows: Sequence[Hashable]) -> list[int]:
        tokens = []
        for group in self._groups([self._rows[row] for row in rows]):
            for row, logits in zip(group, torch.split(self.look(group), 1), strict=True):
                row.take(row.draw(logits))
                tokens.append(row.token)
        return tokens

    def drop(self, row: Hashable) -> None:
        self._rows.pop(row, None)

    def close(self) -> None:
        self._rows.clear()

    def look(self, rows: Sequence[_Row]) -> Tensor:
        """Guided logits of the token after each row's last one, shape [len(rows), IDS]. Each row grows by it."""
        places = [(row.token, row.place, row.length) for row in rows for _ in range(row.lanes)]
        tokens, at, positions = torch.tensor(places).unbind(1)
        spans = [row.lanes for row in rows]

        def attend(layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
            split = zip(rows, *(torch.split(heads, spans) for heads in (queries, keys, values)), strict=True)
            return torch.cat([_attend(row, layer, *heads) for row, *heads in split])

        x = self._network.run(self._network.embed_speech(tokens, at), positions, attend)
        logits = torch.split(self._network.logits(x), spans)
        for row in rows:
            row.length += 1
        return torch.cat([guide(its[:1], its[-1:], row.dials) for row, its in zip(rows, logits, strict=True)])

    def _groups(self, rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
        """Rows that may go through the network together: all where that changes no bit of any, else each alone."""
        size = len(rows) if self._network.is_row_exact else 1
        return (rows[i : i + size] for i in range(0, len(rows), size))


def _attend(row: _Row, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """One call over the row's own length: kernels choose their blocks, and so their sums, by the length."""
    end = row.length + 1
    cached_keys, cached_values = row.cache.keys[layer], row.cache.values[layer]
    cached_keys[:, :, row.length] = keys
    cached_values[:, :, row.length] = values
    found = F.scaled_dot_product_attention(queries[:, :, None], cached_keys[:, :, :end], cached_values[:, :, :end])
    return found[:, :, 0]
