"""One Spanish word as Kokoro's phonemes."""

from enum import Enum

from service.models.kokoro.consonants import Place, pronounce_consonant
from service.models.kokoro.lexicon import lexicon
from service.models.kokoro.syllables import Nucleus, find_nuclei, find_stress, split_glide

_PLAIN_VOWELS = str.maketrans("áéíóúüy", "aeiouui")
_GLIDES = str.maketrans("iu", "jw")
_DIPHTHONGS = {"ai": "I", "ei": "A", "oi": "oɪ", "au": "W", "eu": "eʊ", "ou": "ow", "ui": "uj"}
_ADVERB = "mente"


class Stress(Enum):
    """How much of its stress a word keeps in the sentence."""

    NONE = ""
    HALF = "ˌ"
    FULL = "ˈ"


def pronounce(word: str, previous: str = "", stress: Stress = Stress.FULL) -> str:
    """Phonemes of a lower-case word of Spanish letters. `previous` is the phone before it, "" after a pause.

    A letter, a digit or a word without vowels is spelt out.
    """
    if word in lexicon().words:
        return lexicon().words[word]
    nuclei = find_nuclei(word)
    if not nuclei:
        return _spell(word)
    return _join(word, nuclei, previous, _mark_stress(word, nuclei, stress))


def _spell(word: str) -> str:
    names = " ".join(lexicon().letters[letter] for letter in word)
    return " ".join(pronounce(name) for name in names.split())


def _join(word: str, nuclei: list[Nucleus], previous: str, marks: dict[int, str]) -> str:
    ends = {nucleus.start: nucleus.end for nucleus in nuclei}
    phones: list[str] = []
    i = 0
    while i < len(word):
        if i in ends:
            phones.append(_pronounce_vowels(word[i : ends[i]], marks.get(i, "")))
            i = ends[i]
        else:
            sound, letters = pronounce_consonant(Place(word, i, previous, len(nuclei) == 1))
            phones.append(sound)
            i += letters
        previous = phones[-1][-1:] or previous
    return "".join(phones)


def _pronounce_vowels(group: str, mark: str) -> str:
    before, peak = split_glide(group)
    peak = peak.translate(_PLAIN_VOWELS)
    return before.translate(_PLAIN_VOWELS).translate(_GLIDES) + mark + _DIPHTHONGS.get(peak, peak)


def _mark_stress(word: str, nuclei: list[Nucleus], stress: Stress) -> dict[int, str]:
    """The mark before each nucleus that has one, by its start."""
    if stress is Stress.NONE:
        return {}
    main = find_stress(word, nuclei)
    if stress is Stress.HALF:
        return {nuclei[main].start: stress.value}
    first = main
    marks: dict[int, str] = {}
    if _is_adverb(word, nuclei):
        main = len(nuclei) - 2
        base = word.removesuffix(_ADVERB)
        first = find_stress(base, find_nuclei(base))
        marks[nuclei[first].start] = Stress.FULL.value
    marks[nuclei[main].start] = Stress.FULL.value
    for k in range(0, first - 1, 2):
        marks[nuclei[k].start] = Stress.HALF.value
    return marks


def _is_adverb(word: str, nuclei: list[Nucleus]) -> bool:
    """An adjective with -mente keeps its own stress; verbs such as alimente have bases in i, or are listed."""
    is_long = len(nuclei) > 3 and word.endswith(_ADVERB)
    return is_long and word[-len(_ADVERB) - 1] not in "iu" and word not in lexicon().not_adverbs
