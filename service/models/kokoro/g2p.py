"""Latin American Spanish text as the phonemes Kokoro reads. Rules only; time is linear and nothing raises."""

from service.models.kokoro.lexicon import find_accent, lexicon
from service.models.kokoro.pronunciation import Stress, pronounce
from service.models.kokoro.spelling import CLOSING, OPENING, PAUSES, split_tokens

_MARKS = str.maketrans("", "", "ˈˌ")


def phonemize(text: str, language: str = "es-419") -> str:
    """Phonemes of a text whose figures are spelt, in the accent of a BCP-47 language tag; "" if it has no words."""
    return find_accent(language).apply(_phonemize(split_tokens(text)))


def _phonemize(tokens: list[str]) -> str:
    said: list[str] = []
    opened = ""
    previous = ""
    for token, stress in zip(tokens, _weigh(tokens), strict=True):
        if token in OPENING:
            opened = token
        elif token in PAUSES or token in CLOSING:
            if said:
                said[-1] += token
            previous = "" if token in PAUSES else previous
        else:
            phones = pronounce(token, previous, stress)
            if said and said[-1].endswith("n") and phones[:1] in ("b", "p"):
                said[-1] = said[-1][:-1] + "m"
            said.append(opened + phones)
            opened = ""
            previous = phones.translate(_MARKS)[-1:] or previous
    return " ".join(said)


def _weigh(tokens: list[str]) -> list[Stress]:
    """The stress of each token. A phrase of unstressed words alone is stressed on its last one."""
    weights = [_stress_of(token) for token in tokens]
    phrase: list[int] = []
    for i, token in enumerate([*tokens, "."]):
        if token not in PAUSES:
            phrase += [i] if token.isalnum() else []
            continue
        if phrase and all(weights[k] is not Stress.FULL for k in phrase):
            weights[phrase[-1]] = Stress.FULL
        phrase = []
    return weights


def _stress_of(token: str) -> Stress:
    if token in lexicon().unstressed:
        return Stress.NONE
    return Stress.HALF if token in lexicon().half_stressed else Stress.FULL
