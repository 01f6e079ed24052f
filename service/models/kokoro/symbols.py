"""The symbols Kokoro reads: the Spanish part of its vocabulary of 114.

Source: `vocab.json` of hexgrad/Kokoro-82M.
"""

LIMIT = 509
"""The most symbols the network takes at once."""

_PUNCTUATION = {
    ";": 1, ":": 2, ",": 3, ".": 4, "!": 5, "?": 6, "—": 9, "…": 10, "(": 12, ")": 13, "“": 14, "”": 15, " ": 16,
}  # fmt: skip
_PHONES = {
    "ʦ": 20, "A": 24, "I": 25, "W": 39, "a": 43, "b": 44, "d": 46, "e": 47, "f": 48, "h": 50, "i": 51, "j": 52,
    "k": 53, "l": 54, "m": 55, "n": 56, "o": 57, "p": 58, "r": 60, "s": 61, "t": 62, "u": 63, "w": 65, "x": 66,
    "β": 75, "ð": 81, "ɡ": 92, "ɪ": 102, "ʝ": 103, "ŋ": 112, "ɲ": 114, "ɾ": 125, "ʃ": 131, "ʧ": 133, "ʊ": 135,
    "ɣ": 139, "ˈ": 156, "ˌ": 157,
}  # fmt: skip
_NUMBERS = _PUNCTUATION | _PHONES

PHONES = frozenset(_PHONES)
"""All but punctuation."""


def encode(phonemes: str) -> list[int]:
    """The number of each symbol. Raises KeyError for one that Kokoro's Spanish does not have."""
    return [_NUMBERS[symbol] for symbol in phonemes]
