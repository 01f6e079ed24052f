"""Rows on the CPU: each as long as it needs to be, all through the network together where that changes no bit."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count

import torch
from torch import Tensor

from service.models.chatterbox.t3.caches import Cache, Opening, extend
from service.models.chatterbox.t3.conditions import LENGTH
from service.models.chatterbox.t3.network import Network
from service.models.chatterbox.t3.rotation import HEAD
from service.models.chatterbox.t3.sampling import IDS, guide, keep_nucleus, race, score
from service.models.chatterbox.t3.vocabulary import SPEECH_IDS, START

LANES = 2
"""Kept for every row. One that is not guided uses the first."""

_STRIDE = 64
"""The cache has room for a multiple of so many positions: products want it to be dense, and a third faster if even."""


@dataclass(slots=True, eq=False)
class _Row:
    """A sequence under way: `length` positions of its place in the cache are in use; `token`, at `place` of the speech,
    is not among them yet.
    """

    slot: int
    lanes: int
    length: int
    dials: Tensor
    has_nucleus: bool
    generator: torch.Generator
    said: Tensor
    token: int = START
    place: int = 0

    def take(self, token: int) -> None:
        self.said[0, token] = True
        self.token = token
        self.place += 1


class Rows:
    """Open rows. What one gives is never changed by another."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._rows: dict[Hashable, _Row] = {}
        self._cache = Cache.empty(network, 0, 0)

    def open(self, row: Hashable, opening: Opening) -> None:
        lanes, length, _ = opening.text.shape
        slot = self._find_free()
        self._fit(slot, LENGTH + length)
        cache = self._cache.lanes(slice(LANES * slot, LANES * slot + lanes))
        cache.begin_with(opening.prefix)
        extend(self._network, cache, LENGTH, opening.text)
        self._rows[row] = _Row(
            slot=slot,
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
            for row, token in zip(group, draw(group, self.look(group)), strict=True):
                row.take(token)
                tokens.append(token)
        return tokens

    def drop(self, row: Hashable) -> None:
        """The cache is given back with the last row."""
        self._rows.pop(row, None)
        if not self._rows:
            self.close()

    def close(self) -> None:
        """Forgets every row."""
        self._rows.clear()
        self._cache = Cache.empty(self._network, 0, 0)

    def look(self, rows: Sequence[_Row]) -> Tensor:
        """Guided logits of the token after each row's last one, shape [len(rows), IDS]. Each row grows by it."""
        self._fit(0, max(row.length for row in rows) + 1)
        lanes = [(row, LANES * row.slot + lane) for row in rows for lane in range(row.lanes)]
        tokens, places = torch.tensor([(row.token, row.place) for row, _ in lanes]).unbind(1)
        positions = torch.tensor([row.length for row, _ in lanes])
        attention = _Attention(self._cache, torch.tensor([lane for _, lane in lanes]), positions)
        x = self._network.run(self._network.embed_speech(tokens, places), positions, attention.attend)
        logits = self._network.logits(x)
        for row in rows:
            row.length += 1
        ends = list(accumulate(row.lanes for row in rows))
        with_text = logits[[end - row.lanes for row, end in zip(rows, ends, strict=True)]]
        return guide(with_text, logits[[end - 1 for end in ends]], torch.cat([row.dials for row in rows]))

    def _groups(self, rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
        """Rows that may go through the network together: all where that changes no bit of any, else each alone."""
        size = len(rows) if self._network.is_row_exact else 1
        return (rows[i : i + size] for i in range(0, len(rows), size))

    def _fit(self, slot: int, positions: int) -> None:
        """Makes room for a slot and for so many positions."""
        _, lanes, _, room, _ = self._cache.keys.shape
        if lanes <= LANES * slot or room < positions:
            room = max(room, -(-positions // _STRIDE) * _STRIDE)
            self._cache = self._cache.resized(max(lanes, LANES * slot + LANES), room)

    def _find_free(self) -> int:
        """The first slot: the cache reaches to the last one in use."""
        taken = {row.slot for row in self._rows.values()}
        return next(slot for slot in count() if slot not in taken)


def draw(rows: Sequence[_Row], logits: Tensor) -> list[int]:
    """The next token of each row, from logits of shape [len(rows), IDS]."""
    scores = score(logits, torch.cat([row.said for row in rows]), torch.cat([row.dials for row in rows]))
    for row, its in zip(rows, torch.split(scores, 1), strict=True):
        if row.has_nucleus:
            its.copy_(keep_nucleus(its, row.dials, width=int(its.isfinite().sum())))
    noise = torch.empty(len(rows), SPEECH_IDS, dtype=scores.dtype)
    for row, its in zip(rows, noise, strict=True):
        its.exponential_(generator=row.generator)
    return race(scores, noise[:, :IDS]).argmax(-1).tolist()


class _Attention:
    """Attention of lanes, shape [n], each to its own positions, up to `positions`, shape [n]: two products for all.

    torch's own kernel takes twice the time for one query.
    """

    def __init__(self, cache: Cache, lanes: Tensor, positions: Tensor) -> None:
        self._cache = cache
        self._lanes = lanes
        self._positions = positions
        self._first = int(lanes.min())
        self._last = int(lanes.max()) + 1
        ends = positions.new_zeros(self._last - self._first)
        ends[lanes - self._first] = positions
        self._hidden = (torch.arange(cache.keys.shape[3]) > ends[:, None])[:, None]

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        cached_keys, cached_values = self._cache.keys[layer], self._cache.values[layer]
        cached_keys[self._lanes, :, self._positions] = keys.to(cached_keys)
        cached_values[self._lanes, :, self._positions] = values.to(cached_values)
        near = slice(self._first, self._last)
        lanes, heads = self._last - self._first, queries.shape[1]
        every = cached_keys.new_zeros(lanes, heads, HEAD)
        every[self._lanes - self._first] = (queries * HEAD**-0.5).to(every)
        scores = torch.bmm(every.view(-1, 1, HEAD), cached_keys[near].flatten(0, 1).mT)
        scores.view(lanes, heads, -1).masked_fill_(self._hidden, -torch.inf)
        found = torch.bmm(scores.softmax(-1), cached_values[near].flatten(0, 1))
        return found.view(lanes, heads, HEAD)[self._lanes - self._first].to(queries)
