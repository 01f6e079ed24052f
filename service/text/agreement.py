"""Which form of a number the words around it ask for."""

from service.text.cardinals import Form
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens
from service.text.units import find_unit


def form_between(tokens: Tokens, start: int, stop: int, number: int) -> Form:
    """The form of the number written at tokens[start:stop]."""
    unit = find_unit(tokens, stop) if tokens[stop].gap <= Gap.SPACE else None
    if unit is not None:
        return form_with((unit.one if number == 1 else unit.several).split()[0], number)
    noun = find_noun(tokens, stop)
    label = tokens[start - 1]
    if noun is None or (label.kind is Kind.WORD and table().has("labels", label.text.lower())):
        return Form.ALONE
    return form_with(noun.text.lower(), number)


def find_noun(tokens: Tokens, index: int) -> Token | None:
    """The word that counts what is counted before `index`, past a second number of a range and past "mil"."""
    connector, second = tokens[index], tokens[index + 1]
    if second.kind is Kind.DIGITS and (connector.is_mark("-–") or connector.text in ("a", "o", "y")):
        index += 2
    word = tokens[index]
    if word.kind is Kind.WORD and word.gap is Gap.SPACE and word.text == "mil":
        index += 1
    word = tokens[index]
    if word.kind is Kind.WORD and word.gap <= Gap.SPACE and find_unit(tokens, index):
        return word
    if word.kind is not Kind.WORD or word.gap is not Gap.SPACE or len(word.text) < 3:
        return None
    return None if table().has("function_words", word.text.lower()) or word.text.endswith("mente") else word


def form_with(noun: str, number: int) -> Form:
    """The form of `number` before `noun`."""
    many = number != 1
    if many and not noun.endswith("s") and not table().has("scales", noun):
        return Form.ALONE
    if not is_feminine(noun):
        return Form.MASCULINE
    return Form.MASCULINE if table().has("gender.stressed_a", noun) else Form.FEMININE


def is_feminine(noun: str) -> bool:
    """Whether a noun is feminine, from a short list and its ending."""
    if table().has("gender.feminine_words", noun):
        return True
    if table().has("gender.masculine_words", noun) or noun.endswith(table().words("gender.masculine_endings")):
        return False
    return noun.endswith(table().words("gender.feminine_endings"))
