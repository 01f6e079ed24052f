"""How far a stream's audio is ahead of its listener. Seconds of a monotonic clock, and played seconds."""

from dataclasses import dataclass

UNREAD_LIMIT = 30.0
"""Audio, in played seconds, made for a reader that does not take it, before its stream gives its slot away."""


@dataclass(slots=True)
class Playback:
    """A player that starts at the first audio and never stops."""

    arrived_at: float
    max_lead: float
    started_at: float | None = None
    made: float = 0.0
    taken: float = 0.0

    def add(self, seconds: float, now: float) -> None:
        """Counts audio made."""
        if self.started_at is None:
            self.started_at = now
        self.made += seconds

    def dry_at(self) -> float:
        """When the listener runs out of audio; the arrival for one who has heard nothing yet."""
        return self.arrived_at if self.started_at is None else self.started_at + self.made

    def wait(self, now: float) -> float:
        """Seconds until more may be made; 0 for now, infinity until the reader takes some."""
        if self.made - self.taken > UNREAD_LIMIT:
            return float("inf")
        return max(0.0, self.dry_at() - now - self.max_lead) if self.started_at is not None else 0.0
