"""The data behind the grapheme-to-phoneme rules, read once from the YAML files of this folder."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words the rules cannot know. `letters` names a letter or a digit in words."""

    unstressed: frozenset[str]
    half_stressed: frozenset[str]
    not_adverbs: frozenset[str]
    letters_only: frozenset[str]
    letters: dict[str, str]
    words: dict[str, str]
    x_as_j: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Accent:
    """Changes that turn the phonemes of the neutral accent into another's, one for one."""

    name: str
    changes: tuple[tuple[re.Pattern[str], str], ...] = ()

    def apply(self, phonemes: str) -> str:
        for pattern, replacement in self.changes:
            phonemes = pattern.sub(replacement, phonemes)
        return phonemes


@cache
def lexicon() -> Lexicon:
    data = _read("exceptions.yaml")
    return Lexicon(
        unstressed=frozenset(data["unstressed"].split()),
        half_stressed=frozenset(data["half_stressed"].split()),
        not_adverbs=frozenset(data["not_adverbs"].split()),
        letters_only=frozenset(data["letters_only"].split()),
        letters=data["letters"],
        words=data["words"],
        x_as_j=re.compile("|".join(data["x_as_j"])),
    )


def find_accent(language: str) -> Accent:
    """The accent of a BCP-47 language tag, by its region; the neutral one where no other claims it."""
    by_region = _accents()
    subtags = language.upper().replace("_", "-").split("-")[1:]
    return next((by_region[subtag] for subtag in subtags if subtag in by_region), _NEUTRAL)


_NEUTRAL = Accent("mx")


@cache
def _accents() -> dict[str, Accent]:
    found: dict[str, Accent] = {}
    for name, entry in _read("accents.yaml").items():
        changes = tuple((re.compile(pattern), replacement) for pattern, replacement in entry["changes"])
        found |= dict.fromkeys(entry["regions"], Accent(name, changes))
    return found


def _read(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
