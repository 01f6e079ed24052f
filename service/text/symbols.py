"""Symbols that have a name where they stand."""

from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens


def read_symbol(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """The name of a symbol between, before or after what gives it sense."""
    token = tokens[index]
    if token.kind is not Kind.MARK or (token.text == "<" and tokens[index + 2].is_mark(">")):
        return None
    words = next((names[token.text] for names in _senses(tokens, index) if token.text in names), None)
    if words == "y" and sounds_like_i(tokens[index + 1].text.lower()):
        words = "e"
    return (say(words, [token]), index + 1) if words else None


def _senses(tokens: Tokens, index: int) -> list[dict[str, str]]:
    """The names that a symbol at `index` may have, the likeliest first."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    follows, leads = token.gap <= Gap.SPACE, after.gap <= Gap.SPACE
    holds = {
        "prefixed": after.kind is Kind.DIGITS and after.glued and not token.glued,
        "between": _is_said(before) and follows and leads and _joins(tokens, index),
        "numbers": before.kind is after.kind is Kind.DIGITS and follows and leads,
        "after": before.kind is Kind.DIGITS and follows,
        "before": after.kind is Kind.DIGITS and leads,
        "trailing": _is_trailing(tokens, index),
        "anywhere": True,
    }
    names = table().mapping("symbols")
    return [names[sense] for sense, held in holds.items() if held]


def sounds_like_i(word: str) -> bool:
    """Whether "y" becomes "e" before a word in lower case."""
    return word.startswith(("i", "í", "hi", "hí")) and not word.startswith(("hia", "hie", "ia", "ie", "io"))


def _joins(tokens: Tokens, index: int) -> bool:
    """Whether a symbol has a second term, and is no bracket of a tag, which words stand close to."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if not _opens_value(tokens, index + 1) or not token.is_mark("<>"):
        return _opens_value(tokens, index + 1)
    beside = any(side.kind is Kind.DIGITS or len(side.text) == 1 for side in (before, after))
    return token.gap is after.gap and (beside or not token.glued)


def _is_said(token: Token) -> bool:
    return token.kind in (Kind.WORD, Kind.DIGITS) or token.is_mark("%)°²³")


def _opens_value(tokens: Tokens, index: int) -> bool:
    """Whether what stands at `index` can be the second of two: a word, a number, or one with its sign."""
    token = tokens[index]
    if token.is_mark("-−√$(∞±"):
        return tokens[index + 1].glued and not tokens[index + 1].is_mark("-−=+&@")
    return token.kind in (Kind.WORD, Kind.DIGITS)


def _is_trailing(tokens: Tokens, index: int) -> bool:
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    free = not after.glued or (after.kind is Kind.MARK and not after.is_mark("+*=#@&"))
    return token.glued and before.kind is Kind.WORD and free
