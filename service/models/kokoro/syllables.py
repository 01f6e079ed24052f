"""Syllables of a Spanish word as spelt: where its vowel groups are and which one is stressed."""

from dataclasses import dataclass

VOWELS = frozenset("aeiouáéíóúü")
FRONT = frozenset("eiéí")
_ACCENTED = frozenset("áéíóú")
_STRONG = frozenset("aeo") | _ACCENTED
_LONGEST_GROUP = 3


@dataclass(frozen=True, slots=True)
class Nucleus:
    """The vowels of one syllable: `word[start:end]`."""

    start: int
    end: int


def find_nuclei(word: str) -> list[Nucleus]:
    """The vowel groups of a lower-case word. Two strong vowels, or a weak one with an accent, are in hiatus."""
    nuclei: list[Nucleus] = []
    i = 0
    while i < len(word):
        if _has_mute_u(word, i):
            i += 2
        elif not _is_vowel(word, i):
            i += 1
        else:
            nuclei.append(Nucleus(i, _end_of_group(word, i)))
            i = nuclei[-1].end
    return nuclei


def find_stress(word: str, nuclei: list[Nucleus]) -> int:
    """Index of the stressed nucleus: the one with an accent, else by the last letter."""
    for k, nucleus in enumerate(nuclei):
        if not _ACCENTED.isdisjoint(word[nucleus.start : nucleus.end]):
            return k
    is_plain = word[-1] in "aeiouns"
    return max(0, len(nuclei) - (2 if is_plain else 1))


def split_glide(group: str) -> tuple[str, str]:
    """A vowel group as (glides before the peak, the peak and what follows): "uái" gives ("u", "ái")."""
    strong = (k for k, vowel in enumerate(group) if vowel in _STRONG)
    by_default = 0 if group[-1] == "y" else len(group) - 1
    peak = next(strong, by_default)
    return group[:peak], group[peak:]


def _has_mute_u(word: str, i: int) -> bool:
    """The u of que, qui, gue, gui is only spelling."""
    pair = word[i : i + 2]
    return pair == "qu" or (pair == "gu" and word[i + 2 : i + 3] in FRONT)


def _is_vowel(word: str, i: int) -> bool:
    """The letter y is a vowel at the end of a word and before a consonant: muy, y, Ynés."""
    if i >= len(word):
        return False
    return word[i] in VOWELS or (word[i] == "y" and word[i + 1 : i + 2] not in VOWELS)


def _end_of_group(word: str, start: int) -> int:
    end = start + 1
    strong = word[start] in _STRONG
    while _is_vowel(word, end) and end - start < _LONGEST_GROUP and word[end] != word[end - 1]:
        if strong and word[end] in _STRONG:
            break
        strong = strong or word[end] in _STRONG
        end += 1
    return end
