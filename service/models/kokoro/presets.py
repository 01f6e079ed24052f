"""The voices Kokoro brings: style packs in the folder `styles`."""

from functools import cache
from importlib import resources

import numpy as np

from service.models.kokoro.network import Style

NAMES = ("ef_dora", "em_alex", "em_santa")
_SHAPE = (510, 256)


@cache
def load_style(name: str) -> Style:
    """The pack of one of `NAMES`; read-only."""
    data = resources.files(__package__).joinpath("styles", f"{name}.bin").read_bytes()
    return np.frombuffer(data, dtype="<f4").reshape(_SHAPE)
