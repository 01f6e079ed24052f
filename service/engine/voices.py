"""What a model made of voices: dear to make, can be made again, kept up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY_BYTES = 1024
"""What an entry counts besides its value's `nbytes`: bounds how many there are of those that tell no size."""


class VoiceCache(Generic[K, V]):
    """Values by key; the least recently used go first. Belongs to one thread.

    A value's size is its `nbytes` when it is put in. One larger than `limit_bytes` is not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.nbytes = 0

    def get(self, key: K) -> V | None:
        """The value, now the most recently used; None if it is not there."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: K, value: V) -> None:
        """Keeps a value, in the place of others if need be."""
        _, replaced = self._entries.pop(key, (None, 0))
        self.nbytes -= replaced
        size = ENTRY_BYTES + int(getattr(value, "nbytes", 0))
        if size > self._limit:
            return
        while self.nbytes + size > self._limit:
            _, (_, freed) = self._entries.popitem(last=False)
            self.nbytes -= freed
        self._entries[key] = (value, size)
        self.nbytes += size

    def find(self, key: K, make: Callable[[], V]) -> V:
        """The value, made if it is not there, and kept."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def clear(self) -> None:
        self._entries.clear()
        self.nbytes = 0
