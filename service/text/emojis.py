"""Emoji in a text, and their Spanish names.

Names are those of the library `emoji` (kept since 2014 and current with Unicode, typed, 0.6 MB, no dependencies), which
carries CLDR's short names; Babel, which has the rest of CLDR, leaves them out.
"""

import re
from functools import cache

import emoji

from service.text.cardinals import Form, spell_cardinal
from service.text.tables import table

_FLAGS = "\U0001f1e6-\U0001f1ff"
_TONES = "\U0001f3fb-\U0001f3ff"
_TAGS = "\U000e0020-\U000e007f"
_JOINER = "\u200d"
_FIRST = "\u203c"
_MARKS = "©®™‼⁉"  # emoji by the letter of the standard
_FORM = re.compile(f"[\ufe0e\ufe0f{_TONES}]")
_PART = re.compile(f"[{_FLAGS}{_TAGS}{_JOINER}\u20e3]")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def match_emoji(text: str, index: int) -> tuple[str, int] | None:
    """The emoji at `index`, without its skin tone or variant, and the index after it: flags and joined ones are one."""
    if text[index] < _FIRST:
        return None
    found = _sequence().match(text, index)
    if found is None:
        return None
    plain = _FORM.sub("", found[0])
    return (plain if plain in names() else plain[0]), found.end()


@cache
def names() -> dict[str, str]:
    """What is said for every emoji, by its code points without skin tones and variants; "" for parts of others."""
    emoji.config.load_language("es")
    found: dict[str, str] = {}
    for sequence, data in emoji.EMOJI_DATA.items():
        plain = _FORM.sub("", sequence)
        if plain[:1] > "~" and plain not in _MARKS and plain not in found:
            found[plain] = _say_name(data["es"].strip(":"))
    return dict.fromkeys(map(chr, range(0x1F1E6, 0x1F200)), "") | found | table().mapping("emoji.names")


def _say_name(written: str) -> str:
    words = _WORD.findall(written.split("(")[0])
    if words[0] == "familia":
        return "familia"
    if words[0] == "bandera" and not table().has("emoji.flags", words[-1]):
        return " ".join(["bandera de", *map(_capitalize, words[1:])])
    american = table().mapping("emoji.american")
    said = (spell_cardinal(int(word), Form.FEMININE) if word.isdigit() else word for word in words)
    return " ".join(american.get(word, word) for word in said)


def _capitalize(word: str) -> str:
    return word if table().has("function_words", word) else word.capitalize()


@cache
def _sequence() -> re.Pattern[str]:
    """One emoji as UTS #51 builds it: a pair of flag letters, or pictures joined, each with its variant and tags."""
    bases = {character for plain in names() for character in plain if not _PART.match(character)}
    one = f"[{re.escape(''.join(sorted(bases)))}][\ufe0e\ufe0f{_TONES}]?[{_TAGS}]{{0,8}}"
    return re.compile(f"[{_FLAGS}]{{2}}|{one}(?:{_JOINER}{one}){{0,9}}")
