"""Whether two numbers are the score of a match."""

from service.text.tables import table
from service.text.tokens import Kind, Tokens

_REACH = 12  # tokens between a score and the word that tells it is one


def is_score(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether the number at tokens[start:stop] is one of two that teams or a word of contests tell to be a score."""
    if _joins(tokens, stop) and tokens[stop + 1].kind is Kind.DIGITS:
        mark = stop
    elif _joins(tokens, start - 1) and tokens[start - 2].kind is Kind.DIGITS:
        mark = start - 1
    else:
        return False
    return stand_between_names(tokens, mark) or in_contest(tokens, start)


def stand_between_names(tokens: Tokens, index: int) -> bool:
    """Whether teams stand about the numbers on both sides of `index`: "México 2 - 1 Brasil"."""
    return all(tokens[at].kind is Kind.WORD and tokens[at].text[0].isupper() for at in (index - 2, index + 2))


def in_contest(tokens: Tokens, index: int) -> bool:
    """Whether one of the words before `index` speaks of a contest."""
    before = tokens[max(0, index - _REACH) : index]
    return any(token.kind is Kind.WORD and table().has("contest_words", token.text.lower()) for token in before)


def _joins(tokens: Tokens, index: int) -> bool:
    return tokens[index].is_mark("-–—:") or tokens[index].text == "a"
