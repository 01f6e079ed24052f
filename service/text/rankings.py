"""Ordinal numbers as they are written: "1.º", "2da", "3er piso", "1.os", "5° grado"."""

from service.text.agreement import is_feminine, is_label
from service.text.cardinals import spell_cardinal
from service.text.fractions import spell_part
from service.text.ordinals import LARGEST, spell_ordinal
from service.text.pieces import Piece, say
from service.text.shapes import APOSTROPHES
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MAX_DIGITS = len(str(LARGEST))
_LAST_TENTH = 10  # from here on parts are -avos
_LETTERS_ALONE = ("o", "a")
_GENDERS = ("masculine", "feminine", "short")


def read_ordinal(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads digits with an ordinal suffix, agreeing with it or, after "°", with the noun."""
    number, at = tokens[index], index + 1
    if len(number.text) > _MAX_DIGITS or not 0 < int(number.text) <= LARGEST:
        return None
    if tokens[at].is_mark(".") and tokens[at].glued:
        at += 1
    suffix = tokens[at]
    if not suffix.glued or suffix.text not in (suffix.text.lower(), suffix.text.upper()):
        return None
    gender, plural = _gender(suffix.text.lower())
    if suffix.text == "°":
        gender = _gender_of_degree(tokens, index, at + 1)
    if not gender or (suffix.text in _LETTERS_ALONE and not _letter_is_ordinal(tokens, index, at)):
        return None
    stop = _skip_point(tokens, tokens[index - 1], at + 1)
    words = spell_ordinal(
        int(number.text),
        feminine=gender == "feminine",
        short=gender == "short" or (gender == "masculine" and not plural and _is_noun(tokens[stop])),
        plural=plural,
    )
    return say(words, [number, suffix]), stop


def read_decade(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "los 80s" and "los 80's" as "los ochentas"; elsewhere an "s" is seconds."""
    years, at = tokens[index], index + 1
    if tokens[at].is_mark(APOSTROPHES) and tokens[at].glued:
        at += 1
    if tokens[at].text != "s" or not tokens[at].glued or not table().has("decade_cues", tokens[index - 1].text.lower()):
        return None
    if len(years.text) not in (2, 4) or years.text[-1] != "0" or years.text[-2] in "01":
        return None
    return say(f"{spell_cardinal(int(years.text))}s", [years, tokens[at]]), at + 1


def read_part(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "12avo" as "doceavo", which people say in place of an ordinal."""
    number, suffix = tokens[index], tokens[index + 1]
    ending = suffix.text.lower().removesuffix("s")
    if not suffix.glued or ending not in ("avo", "ava") or len(number.text) > 2 or int(number.text) <= _LAST_TENTH:
        return None
    name = spell_part(int(number.text)).removesuffix("o") + suffix.text.lower().removeprefix("av")
    return say(name, [number, suffix]), index + 2


def _gender(suffix: str) -> tuple[str, bool]:
    """Which gender a suffix tells, and whether it is plural."""
    for plural in (False, True):
        for gender in _GENDERS:
            if table().has(f"ordinals.suffixes.{gender}", suffix.removesuffix("s") if plural else suffix):
                return gender, plural
    return "", False


def _gender_of_degree(tokens: Tokens, index: int, after: int) -> str:
    """The gender of what "°" ranks, as in "1° de mayo" and "5° grado"; before most words it is a degree."""
    noun = tokens[after]
    if tokens[index].text == "1" and noun.text == "de":
        return "masculine"
    if noun.gap is not Gap.SPACE or not table().has("ranked_nouns", noun.text.lower()):
        return ""
    return "feminine" if is_feminine(noun.text.lower()) else "masculine"


def _letter_is_ordinal(tokens: Tokens, index: int, at: int) -> bool:
    """Whether "2a" is "segunda" and no code or hour: an article before or a small letter after, and no label."""
    following = tokens[at + 1]
    article = table().has(f"ordinal_articles.{tokens[at].text}", tokens[index - 1].text.lower())
    if len(tokens[index].text) > 2 or is_label(tokens, index):
        return False
    ends = not following.glued or (following.kind is Kind.MARK and not tokens[at + 2].glued)
    return following.text.islower() or (article and ends and tokens[at + 2].text != "m")


def _skip_point(tokens: Tokens, before: Token, index: int) -> int:
    """The index after the point of "1ra. etapa" or "el 5to. Encuentro"; other points end a sentence."""
    suffix, point, following = tokens[index - 1 : index + 2]
    if not (point.is_mark(".") and point.glued and suffix.kind is Kind.WORD and following.gap is Gap.SPACE):
        return index
    named = table().has("ranking_articles", before.text.lower()) and _is_noun(following)
    return index + 1 if following.text.islower() or suffix.text.lower() == "er" or named else index


def _is_noun(word: Token) -> bool:
    if word.kind is not Kind.WORD or word.gap is not Gap.SPACE:
        return False
    lower = word.text.lower()
    return len(lower) > 2 and not (table().has("function_words", lower) or table().has("never_nouns", lower))
