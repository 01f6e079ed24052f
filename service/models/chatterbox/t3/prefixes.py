"""Keys and values of the rows before the text, kept for the voices that spoke last."""

from collections import OrderedDict

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.t3.caches import Cache, extend
from service.models.chatterbox.t3.conditions import LENGTH
from service.models.chatterbox.t3.network import Network

LIMIT = 256 * 1024**2
"""Bytes kept: some 60 voices in bf16, half as many in float32."""


class Prefixes:
    """One entry for a voice and an exaggeration; those used longest ago make room."""

    def __init__(self, network: Network, limit: int = LIMIT) -> None:
        self._network = network
        self._limit = limit
        self._entries: OrderedDict[tuple[str, float], Cache] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes in use."""
        return sum(entry.size for entry in self._entries.values())

    def find(self, voice: Conditioning, exaggeration: float) -> Cache:
        """One lane of `LENGTH` positions: they come before the text, so both lanes have the same. Not to be written."""
        key = (voice.digest, exaggeration)
        if key not in self._entries:
            self._entries[key] = self._compute(voice, exaggeration)
        self._entries.move_to_end(key)
        while self.size > self._limit and len(self._entries) > 1:
            self._entries.popitem(last=False)
        return self._entries[key]

    def clear(self) -> None:
        self._entries.clear()

    def _compute(self, voice: Conditioning, exaggeration: float) -> Cache:
        cache = Cache.empty(self._network, 1, LENGTH)
        extend(self._network, cache, 0, self._network.embed_conditions(voice, exaggeration)[None])
        return cache
