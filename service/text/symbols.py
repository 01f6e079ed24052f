"""Symbols that have a name where they stand."""

from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens


def read_symbol(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """The name of a symbol between, before or after what gives it sense."""
    token = tokens[index]
    if token.kind is not Kind.MARK:
        return None
    before, after = tokens[index - 1], tokens[index + 1]
    names = table().mapping("symbols")
    words = ""
    if _is_said(before) and _is_said(after) and max(token.gap, after.gap) <= Gap.SPACE:
        words = names["between"].get(token.text)
    if before.kind is Kind.DIGITS and token.gap <= Gap.SPACE:
        words = words or names["after"].get(token.text)
    if after.kind is Kind.DIGITS and after.gap <= Gap.SPACE:
        words = words or names["before"].get(token.text)
    return (say(words, [token]), index + 1) if words else None


def _is_said(token: Token) -> bool:
    return token.kind in (Kind.WORD, Kind.DIGITS)
