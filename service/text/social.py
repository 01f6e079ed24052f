"""Hashtags and the names of people on networks."""

import re

from service.text.addresses import say_part
from service.text.numerals import say_integer
from service.text.pieces import Piece, say
from service.text.tokens import Kind, Tokens

_MOST_PARTS = 20
_HUMP = re.compile(r"[^\W\d_a-zà-ÿ]+(?![a-zà-ÿ])|[^\W\d_]?[a-zà-ÿ']+|[^\W\d_]+")


def read_hashtag(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "#ElDíaDelAmor" as "hashtag el día del amor": a phrase, so its underscores are not said."""
    if not tokens[index].is_mark("#") or not _has_word(tokens, index + 1):
        return None
    stop = _end(tokens, index + 1, "_")
    pieces = say("hashtag", [tokens[index]])
    for at in range(index + 1, stop):
        token = tokens[at]
        if token.kind is Kind.DIGITS:
            pieces += say_integer(tokens, at)
        elif token.kind is Kind.WORD:
            pieces += say(" ".join(map(_lower, _HUMP.findall(token.text))), [token])
    return pieces, stop


def read_handle(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "@maria_lopez" as "arroba maria guion bajo lopez": a name to be typed."""
    before = tokens[index - 1]
    if not tokens[index].is_mark("@") or (tokens[index].glued and before.kind in (Kind.WORD, Kind.DIGITS)):
        return None
    if not _has_word(tokens, index + 1):
        return None
    stop = _end(tokens, index + 1, "_.")
    return [piece for at in range(index, stop) for piece in say_part(tokens, at)], stop


def _has_word(tokens: Tokens, index: int) -> bool:
    while tokens[index].glued and (tokens[index].kind is Kind.DIGITS or tokens[index].is_mark("_")):
        index += 1
    return tokens[index].glued and tokens[index].kind is Kind.WORD


def _end(tokens: Tokens, index: int, marks: str) -> int:
    """The index after the last word of a run of words, digits and `marks`."""
    last = at = index
    while tokens[at].glued and at - index < _MOST_PARTS and (_is_said(tokens, at) or tokens[at].is_mark(marks)):
        at += 1
        if _is_said(tokens, at - 1):
            last = at
    return last


def _is_said(tokens: Tokens, index: int) -> bool:
    return tokens[index].kind in (Kind.WORD, Kind.DIGITS)


def _lower(word: str) -> str:
    return word if len(word) > 1 and word.isupper() else word.lower()
