"""What the files of a checkpoint must hold: the name and shape of every tensor of the networks."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import product

import yaml

Shape = tuple[int, ...]

_CHOICE = re.compile(r"\{([^}]*)\}")


@cache
def layout(network: str, layers: int = 30) -> Mapping[str, Shape]:
    """The tensors of `t3`, `s3gen` or `ve` by name. A T3 of fewer `layers` is the same network made smaller."""
    text = resources.files(__package__).joinpath("layout.yaml").read_text(encoding="utf-8")
    patterns: dict[str, list[int | str]] = yaml.safe_load(text)[network]
    shapes = {}
    for pattern, sizes in patterns.items():
        pattern = pattern.replace("layers.{0..29}", f"layers.{{0..{layers - 1}}}")
        for name, count in _names(pattern):
            shapes[name] = tuple(_size(size, count) for size in sizes)
    return shapes


def _names(pattern: str) -> Iterator[tuple[str, str]]:
    """Every name of a pattern, and what its first braces chose."""
    fixed = _CHOICE.split(pattern)[::2]
    for chosen in product(*(_choices(braces) for braces in _CHOICE.findall(pattern))):
        name = "".join(part for pair in zip(fixed, (*chosen, ""), strict=True) for part in pair)
        yield name, chosen[0] if chosen else ""


def _choices(braces: str) -> list[str]:
    if ".." not in braces:
        return braces.split(",")
    first, last = braces.split("..")
    return [str(number) for number in range(int(first), int(last) + 1)]


def _size(size: int | str, count: str) -> int:
    if isinstance(size, int):
        return size
    base, step = size.removesuffix("n").split("+")
    return int(base) + int(step) * int(count)
