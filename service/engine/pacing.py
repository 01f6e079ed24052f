"""How far a stream's audio is ahead of its listener. Seconds of a monotonic clock, and played seconds."""

from dataclasses import dataclass

UNREAD_LIMIT = 30.0
"""Audio, in played seconds, made for a reader that does not take it, before its stream gives its slots away."""

CHARACTER_SECONDS = 1 / 15
"""What a character takes to say, as far as nobody has heard it."""

MEMORY = 0.95
"""Weight of the past in what is learned of a character."""


class Articulation:
    """How long texts take to say, learned from those that were said."""

    def __init__(self) -> None:
        self._character_seconds = CHARACTER_SECONDS
        self._error = 0.0

    @property
    def spread(self) -> float:
        """How far lengths lie from what is guessed, as a share of it, if all up to there are as likely."""
        return min(2 * self._error, 1.0)

    def learn(self, text: str, seconds: float) -> None:
        """Notes a text that was said, in seconds of the model."""
        if text:
            error = abs(seconds / self.guess(text) - 1)
            self._error = MEMORY * self._error + (1 - MEMORY) * error
            self._character_seconds = MEMORY * self._character_seconds + (1 - MEMORY) * seconds / len(text)

    def guess(self, text: str) -> float:
        return len(text) * self._character_seconds


@dataclass(slots=True)
class Playback:
    """A player that starts at the first audio, and waits when it has run dry.

    `made` counts all audio, `given` what the listener could hear by now: segments are made side by side and heard one
    after the other. Memory held for a reader that stops is `UNREAD_LIMIT` and the segments that have a slot: a row
    that is open is spoken to its end.
    """

    max_lead: float
    made: float = 0.0
    taken: float = 0.0
    _dry_at: float = float("-inf")

    def give(self, seconds: float, now: float) -> None:
        """Counts audio that follows what was given before."""
        self._dry_at = max(self._dry_at, now) + seconds

    def dry_at(self) -> float:
        """When the listener runs out of audio, or did; minus infinity for one who has heard nothing yet."""
        return self._dry_at

    def wait(self, now: float, between: float = 0.0) -> float:
        """Seconds until the next segment may be opened; infinity until the reader takes some audio.

        `between` is the audio still to be made of the segments before it.
        """
        if self.made - self.taken > UNREAD_LIMIT:
            return float("inf")
        return max(0.0, max(0.0, self._dry_at - now) + between - self.max_lead)
