"""A caller's phonemes in IPA as the symbols that Kokoro's Spanish has."""

from service.models.kokoro.symbols import PHONES

_SYMBOLS = {
    "t͡ʃ": "ʧ", "tʃ": "ʧ", "t͡s": "ʦ", "ts": "ʦ", "d͡ʒ": "ʝ", "dʒ": "ʝ", "ɟ͡ʝ": "ʝ", "ɟʝ": "ʝ", "ɟ": "ʝ",
    "ai": "I", "aj": "I", "ei": "A", "ej": "A", "oi": "oɪ", "oj": "oɪ", "au": "W", "aw": "W", "eu": "eʊ", "ew": "eʊ",
    "g": "ɡ", "ʒ": "ʝ", "ʎ": "ʝ", "θ": "s", "v": "b", "z": "s", "ɛ": "e", "ɔ": "o", "ɹ": "ɾ", "ʔ": "",
    ".": "", "ː": "", "\N{COMBINING DOUBLE INVERTED BREVE}": "", "\N{COMBINING INVERTED BREVE BELOW}": "",
    "\N{COMBINING DOWN TACK BELOW}": "", " ": " ",
}  # fmt: skip
_STRESSES = ("ˈ", "ˌ")
_VOWELS = tuple("aeiouAIW")
_LONGEST = max(map(len, _SYMBOLS))

ACCEPTED = frozenset("".join(_SYMBOLS)) | PHONES
"""Every character that may be given."""


def read_ipa(phonemes: str) -> str:
    """The symbols of phonemes that are ACCEPTED: of those that Spanish lacks, the nearest.

    IPA marks stress before the syllable, Kokoro before the vowel.
    """
    said: list[str] = []
    at, stress = 0, ""
    while at < len(phonemes):
        size = next((n for n in range(_LONGEST, 1, -1) if phonemes[at : at + n] in _SYMBOLS), 1)
        symbol = _SYMBOLS.get(phonemes[at : at + size], phonemes[at])
        at += size
        if symbol in _STRESSES:
            stress = symbol
        elif symbol[:1] in _VOWELS:
            said.append(stress + symbol)
            stress = ""
        else:
            said.append(symbol)
    return "".join(said)
