"""When a segment has gone on for too long: limits on what T3 may say of it."""

from collections.abc import Sequence

SILENCE = 4299
"""The speech token that upstream pads with (`S3GEN_SIL`)."""

TOKENS_PER_SECOND = 25
LONGEST = 1000
"""Tokens of one segment, 40 s: past it upstream's model loses the text."""

FLOOR = 40
TOKENS_PER_CHARACTER = 3.7
"""2.2 times what Spanish takes at 15 characters a second."""

SILENCE_LIMIT = 2 * TOKENS_PER_SECOND
LOOP_LIMIT = 2 * TOKENS_PER_SECOND
LONGEST_PERIOD = 10
"""Tokens of the longest loop looked for. Nothing shorter than `LOOP_LIMIT` counts: natural speech doubles tokens."""


def token_limit(text: str) -> int:
    """The most speech tokens that a text may take."""
    return min(LONGEST, FLOOR + round(TOKENS_PER_CHARACTER * len(text)))


def is_silent(tokens: Sequence[int]) -> bool:
    """Whether the last two seconds are silence."""
    return len(tokens) >= SILENCE_LIMIT and all(token == SILENCE for token in tokens[-SILENCE_LIMIT:])


def is_looping(tokens: Sequence[int]) -> bool:
    """Whether the last two seconds say the same few tokens again and again."""
    tail = tokens[-LOOP_LIMIT:]
    if len(tail) < LOOP_LIMIT:
        return False
    return any(tail[period:] == tail[:-period] for period in range(1, LONGEST_PERIOD + 1))
