"""Latin American Spanish text as the phonemes Kokoro reads. Rules only; time is linear and nothing raises."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from service.engine.jobs import Pronunciation
from service.models.kokoro.ipa import read_ipa
from service.models.kokoro.lexicon import find_accent, lexicon
from service.models.kokoro.pronunciation import Stress, pronounce
from service.models.kokoro.spelling import CLOSING, GIVEN, OPENING, PAUSES, Token, split_tokens

_MASK = re.compile(f"{GIVEN}+")
_MARKS = str.maketrans("", "", "ˈˌ")


@dataclass(frozen=True, slots=True)
class Word:
    """A run of the text without spaces, `length` characters from `offset`, said as `phonemes[start:end]`."""

    offset: int
    length: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """Phonemes of a text, and its words, each with its own. Phonemes between words are punctuation and spaces."""

    phonemes: str
    words: tuple[Word, ...]


@dataclass(slots=True)
class _Saying:
    """What is said for one token, and the marks written right before and after it."""

    token: Token
    before: str
    phones: str
    after: str = ""


def transcribe(text: str, language: str = "es-419", given: Sequence[Pronunciation] = ()) -> Transcript:
    """A text whose figures are spelt, in the accent of a BCP-47 language tag. No word: there is nothing to say.

    What is `given`, in the order of the text, is said by its own phonemes, in no accent but theirs.
    """
    phones = [read_ipa(pronunciation.phonemes) for pronunciation in given]
    sayings = _say(split_tokens(_mask(text, given)), iter(phones))
    masked = " ".join(saying.before + saying.phones + saying.after for saying in sayings)
    unmasked = filter(None, phones)
    phonemes = _MASK.sub(lambda _: next(unmasked), find_accent(language).apply(masked))
    return Transcript(phonemes, tuple(_place(sayings)))


def phonemize(text: str, language: str = "es-419") -> str:
    """The phonemes of `transcribe`."""
    return transcribe(text, language).phonemes


def _mask(text: str, given: Sequence[Pronunciation]) -> str:
    for pronunciation in given:
        end = pronunciation.offset + pronunciation.length
        text = text[: pronunciation.offset] + GIVEN * pronunciation.length + text[end:]
    return text


def _say(tokens: list[Token], given: Iterator[str]) -> list[_Saying]:
    said: list[_Saying] = []
    opened = ""
    previous = ""
    for token, stress in zip(tokens, _weigh([token.text for token in tokens]), strict=True):
        mark = token.text
        if mark in OPENING:
            opened = mark
        elif mark in PAUSES or mark in CLOSING:
            if said:
                said[-1].after += mark
            previous = "" if mark in PAUSES else previous
        elif mark.startswith(GIVEN):
            phones = next(given)
            said.append(_Saying(token, opened, GIVEN * len(phones)))
            opened = ""
            previous = phones.translate(_MARKS)[-1:] or previous
        else:
            phones = pronounce(mark, previous, stress)
            if said and not said[-1].after and said[-1].phones.endswith("n") and phones[:1] in ("b", "p"):
                said[-1].phones = said[-1].phones[:-1] + "m"
            said.append(_Saying(token, opened, phones))
            opened = ""
            previous = phones.translate(_MARKS)[-1:] or previous
    return said


def _place(sayings: list[_Saying]) -> list[Word]:
    """The word of each run, from the first phone of its tokens to the last."""
    words: list[Word] = []
    at = 0
    for saying in sayings:
        token, start = saying.token, at + len(saying.before)
        end = start + len(saying.phones)
        if words and words[-1].offset == token.offset:
            words[-1] = replace(words[-1], end=end)
        else:
            words.append(Word(token.offset, token.length, start, end))
        at = end + len(saying.after) + 1
    return words


def _weigh(tokens: list[str]) -> list[Stress]:
    """The stress of each token. A phrase of unstressed words alone is stressed on its last one."""
    weights = [Stress.FULL if _ends_spelling(tokens, i) else _stress_of(token) for i, token in enumerate(tokens)]
    phrase: list[int] = []
    for i, token in enumerate([*tokens, "."]):
        if token not in PAUSES:
            phrase += [i] if token.isalnum() or token.startswith(GIVEN) else []
            continue
        if phrase and all(weights[k] is not Stress.FULL for k in phrase):
            weights[phrase[-1]] = Stress.FULL
        phrase = []
    return weights


def _ends_spelling(tokens: list[str], index: int) -> bool:
    """Whether a token is the last letter of a spelling: the "de" of "ce de", which is no preposition."""
    names = lexicon().letters.values()
    if index == 0 or tokens[index] not in names or tokens[index - 1] not in lexicon().letters_only:
        return False
    return index + 1 == len(tokens) or tokens[index + 1] not in names


def _stress_of(token: str) -> Stress:
    if token in lexicon().unstressed:
        return Stress.NONE
    return Stress.HALF if token in lexicon().half_stressed else Stress.FULL
