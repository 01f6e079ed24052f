"""Letters by name, and which strings of letters Spanish could read as a word."""

import re
import unicodedata
from functools import lru_cache

from service.text.regions import Region
from service.text.tables import table

_ACCENTS = {0x300: None, 0x301: None, 0x308: None}
_LONGEST = 16  # letters of an acronym; the pattern backtracks a little
_LONG = 6  # letters: more than people spell
_MOST_CONSONANTS = 4  # for each vowel of a long word
_SYLLABLE = (
    r"(?:[bcfgp][lr]|[dt]r|ch|ll|rr|qu(?=[eiéí])|[bcdfghjklmnñpqrstvwxyz])?"
    r"(?:[aeo][iuy]|[iu][aeo]|ui|iu|uy|[aeiou]|(?<=[bcdfghjklmnpqrstvwxz])y(?![aeiou]))"
    r"(?:[bdnr]s(?=[bcdfgklmnpqrtv])|[bcdfgklmnprstxz])?"
)
_WORD = re.compile(rf"(?:{_SYLLABLE})+")
_SAME_VOWELS = re.compile(r"([aeiou])\1")
_STRETCHED = re.compile(r"(.)\1{2,}")
_SHORT_OF_VOWELS = re.compile(r"[aeiou][aeiou].?")


def spell_letters(letters: str, region: Region) -> str:
    """The names of letters, as the region says them; "" if one has no name in Spanish."""
    names: dict[str, str] = table().mapping("letters")
    if table().has("double_v", region.code):
        names = names | {"w": "doble ve"}
    plain = _plain(letters)
    return " ".join(names[letter] for letter in plain) if all(letter in names for letter in plain) else ""


def is_pronounceable(letters: str) -> bool:
    """Whether letters have the shape of a Spanish word: syllables of an onset, vowels and at most one consonant."""
    return len(letters) > _LONGEST or _has_syllables(letters)


@lru_cache(maxsize=4096)
def _has_syllables(letters: str) -> bool:
    plain = _STRETCHED.sub(r"\1", _plain(letters))
    if _SAME_VOWELS.search(plain) or _SHORT_OF_VOWELS.fullmatch(plain):
        return False
    if _WORD.fullmatch(plain):
        return True
    vowels = sum(letter in "aeiou" for letter in plain)
    return len(plain) >= _LONG and vowels * _MOST_CONSONANTS >= len(plain) - vowels


def _plain(letters: str) -> str:
    """In lower case, without accents; ñ is a letter."""
    lower = unicodedata.normalize("NFD", letters.lower()).translate(_ACCENTS)
    return unicodedata.normalize("NFC", lower)
