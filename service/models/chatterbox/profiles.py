"""How much work a second of audio is given."""

from dataclasses import dataclass
from typing import Literal

ProfileName = Literal["reference", "cached_prompt", "fast"]


@dataclass(frozen=True, slots=True)
class Profile:
    """`flow_steps` Euler steps; `reference_seconds` of the voice's clip; its share computed once per voice or not.

    Without `cached_prompt` a segment is rendered in one piece, as upstream does it. With it, the reference does not
    see the segment, which is rendered in windows while its tokens are still being decoded.
    """

    flow_steps: int
    reference_seconds: float
    cached_prompt: bool


PROFILES: dict[ProfileName, Profile] = {
    "reference": Profile(flow_steps=10, reference_seconds=10, cached_prompt=False),
    "cached_prompt": Profile(flow_steps=10, reference_seconds=10, cached_prompt=True),
    "fast": Profile(flow_steps=4, reference_seconds=3, cached_prompt=True),
}
