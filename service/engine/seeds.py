"""Seeds: a request has one, and each of its segments a seed of its own."""

import hashlib
import secrets

SEED_LIMIT = 2**53
"""Seeds drawn here fit a JSON number."""


def draw_seed() -> int:
    return secrets.randbelow(SEED_LIMIT - 1) + 1


def segment_seed(seed: int, index: int) -> int:
    """A 64-bit seed that depends on the request's seed and the segment's place only."""
    digest = hashlib.blake2b(f"{seed}/{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
