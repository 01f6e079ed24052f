"""How much audio each caller had lately."""

from collections import deque

SPAN = 60.0
"""Seconds that count."""


class Ledger:
    """Seconds of audio by caller over the last minute. Callers without any are forgotten."""

    def __init__(self) -> None:
        self._entries: deque[tuple[float, str, float]] = deque()
        self._totals: dict[str, float] = {}

    def add(self, caller: str, seconds: float, now: float) -> None:
        """Counts audio made for a caller."""
        self._entries.append((now, caller, seconds))
        self._totals[caller] = self._totals.get(caller, 0.0) + seconds
        while now - self._entries[0][0] >= SPAN:
            _, past, gone = self._entries.popleft()
            self._totals[past] -= gone
            if self._totals[past] < 1e-6:
                del self._totals[past]

    def heard(self, caller: str) -> float:
        """Seconds of audio; what is older goes whenever audio is added."""
        return self._totals.get(caller, 0.0)

    def __len__(self) -> int:
        return len(self._totals)
