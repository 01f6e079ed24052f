"""The state of every slot as tensors of fixed shape, and one step of them.

The step never looks at a value and always runs the same kernels, so a CUDA graph can hold it: network, guidance,
penalty, sampling and what the next step reads.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from service.models.chatterbox.t3.caches import Cache, Opening
from service.models.chatterbox.t3.network import Network
from service.models.chatterbox.t3.sampling import IDS, guide, keep_nucleus, race, score
from service.models.chatterbox.t3.vocabulary import SPEECH_IDS, START

LANES = 2
"""Of every slot. Without guidance the second weighs nothing; its numbers only have to be finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Tensors of [slots, ...] on the network's device; the cache has `LANES` for each slot.

    `lengths` positions of a slot are in use; `tokens`, at `places` of the speech, are not among them yet. Only `active`
    slots come out of a step changed.
    """

    cache: Cache
    lengths: Tensor
    tokens: Tensor
    places: Tensor
    active: Tensor
    dials: Tensor
    said: Tensor
    noise: Tensor

    @classmethod
    def empty(cls, network: Network, slots: int, context: int) -> "Board":
        cache = Cache.empty(network, LANES * slots, context)
        cache.keys.zero_()
        cache.values.zero_()
        device = network.device
        lengths, tokens, places = (torch.zeros(slots, dtype=torch.int64, device=device) for _ in range(3))
        return cls(
            cache=cache,
            lengths=lengths,
            tokens=tokens,
            places=places,
            active=torch.zeros(slots, dtype=torch.bool, device=device),
            dials=torch.ones(slots, 5, dtype=network.wide, device=device),
            said=torch.zeros(slots, IDS, dtype=torch.bool, device=device),
            noise=torch.ones(slots, SPEECH_IDS, dtype=network.wide, device=device),
        )

    def lanes(self, slot: int, count: int) -> Cache:
        """The first lanes of a slot."""
        lanes = slice(LANES * slot, LANES * slot + count)
        return Cache(self.cache.keys[:, lanes], self.cache.values[:, lanes])

    def seat(self, slot: int, opening: Opening, length: int) -> None:
        """Makes a slot ready for a row's first step, its cache apart."""
        self.lengths[slot] = length
        self.tokens[slot] = START
        self.places[slot] = 0
        self.dials[slot] = opening.knobs.dials(self.dials.dtype)[0]
        self.said[slot] = False


def advance(network: Network, board: Board, count: int, reach: int) -> None:
    """A step of the first `count` slots, of which the active ones are shorter than `reach`.

    All slots go through the projections: with a fixed shape a matrix product adds up each row in the same order, and
    what takes the time is the weights' way through memory, not the rows.
    """
    x = network.embed_speech(board.tokens, board.places).repeat_interleave(LANES, 0)
    positions = board.lengths.repeat_interleave(LANES)
    logits = network.logits(network.run(x, positions, _Attention(board, positions[: LANES * count], reach).attend))
    with_text, without = logits[: LANES * count].view(count, LANES, -1).unbind(1)
    dials = board.dials[:count]
    scores = keep_nucleus(score(guide(with_text, without, dials), board.said[:count], dials), dials)
    _take(board, race(scores, board.noise[:count, :IDS]).argmax(-1), count)


class _Attention:
    """Attention of the first lanes over their own positions, whatever else the cache holds."""

    def __init__(self, board: Board, positions: Tensor, reach: int) -> None:
        self._cache = board.cache
        self._reach = reach
        self._count = len(positions)
        self._lanes = torch.arange(self._count, device=positions.device)
        # A slot that is full but not active writes too: at its end, where nobody reads it again.
        self._ends = positions.clamp(max=board.cache.keys.shape[3] - 1)
        hidden = torch.arange(reach, device=positions.device) > positions[:, None]
        mask = torch.zeros(hidden.shape, dtype=board.cache.keys.dtype, device=positions.device)
        self._mask = mask.masked_fill_(hidden, -torch.inf)[:, None, None]

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        cached = self._cache.keys[layer], self._cache.values[layer]
        for heads, cache in zip((keys, values), cached, strict=True):
            cache[self._lanes, :, self._ends] = heads[: self._count]
        near_keys, near_values = (cache[: self._count, :, : self._reach] for cache in cached)
        found = torch.zeros_like(queries)
        with _in_order(queries.device):
            attended = F.scaled_dot_product_attention(
                queries[: self._count, :, None], near_keys, near_values, attn_mask=self._mask
            )
        found[: self._count] = attended[:, :, 0]
        return found


def _in_order(device: torch.device) -> AbstractContextManager[None]:
    """On CUDA, the kernel that goes through the positions in order: those hidden after a row's last one add nothing to
    its sums, so `reach`, which follows the longest row, changes no other.
    """
    return sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION) if device.type == "cuda" else nullcontext()


def _take(board: Board, chosen: Tensor, count: int) -> None:
    active, said, tokens = board.active[:count], board.said[:count], board.tokens[:count]
    said.scatter_(1, chosen[:, None], said.gather(1, chosen[:, None]) | active[:, None])
    tokens.copy_(torch.where(active, chosen, tokens))
    board.places[:count] += active
    board.lengths[:count] += active
