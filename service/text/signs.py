"""Signs between and before numbers: ranges, scores, differences, products, what lies below zero."""

from service.text.contests import in_contest, stand_between_names
from service.text.pieces import Piece, say
from service.text.shapes import joins_digits
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_DASHES = "-–—"
_MINUS = "-−–"
_TIMES = "xX×*"
_AFTER_NUMBERS = "%$€°ºª"
_EQUATION = 6  # tokens within which "=" makes of a range a difference


def read_sign(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the mark that ties a number to the one before: a range, a sign, a point."""
    token, following = tokens[index], tokens[index + 1]
    if token.is_mark("-−") and following.glued and following.text in table().mapping("currencies"):
        return say("a" if token.glued else "menos", [token]), index + 1
    if following.kind is not Kind.DIGITS or not following.glued:
        return _read_spaced_range(tokens, index)
    words = _word_before_number(tokens, index)
    return (say(words, [token]), index + 1) if words else None


def read_times(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "x" of "2x1", "2 X 1" and "2 × 1" as "por", the "/" of "10 / 2" as "entre"."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if not before.kind is after.kind is Kind.DIGITS:
        return None
    if token.text == "/" and token.gap is after.gap is Gap.SPACE:
        return say("entre", [token]), index + 1
    if len(token.text) != 1 or token.text not in _TIMES or max(token.gap, after.gap) > Gap.SPACE:
        return None
    return say("por", [token]), index + 1


def read_percentage(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "el % de" as "el porcentaje de", "3½ %" as digits before it are read."""
    before, token = tokens[index - 1], tokens[index]
    if token.is_mark("%") and before.text in table().mapping("fractions.glyphs"):
        return say("por ciento", [token]), index + 1
    if not token.is_mark("%") or token.gap is not Gap.SPACE or tokens[index + 1].gap is not Gap.SPACE:
        return None
    return (say("porcentaje", [token]), index + 1) if table().has("percentage_cues", before.text.lower()) else None


def _word_before_number(tokens: Tokens, index: int) -> str:
    before, token = tokens[index - 1], tokens[index]
    if token.is_mark("-–") and token.glued and before.is_mark(_AFTER_NUMBERS):
        return "a"
    if not (token.glued and before.kind is Kind.DIGITS):
        starts = not token.glued or before.is_mark("(¿¡=")
        return (
            "menos" if token.is_mark(_MINUS) and starts else "punto" if token.is_mark(".") and not token.glued else ""
        )
    if token.is_mark(_DASHES):
        return "" if _is_chain(tokens, index) else _word_between(tokens, index)
    if token.is_mark("/") and (joins_digits(tokens, index - 2) or joins_digits(tokens, index + 2)):
        return "sobre"
    return {".": "punto", ":": "a", "−": "menos"}.get(token.text, "")


def _is_chain(tokens: Tokens, index: int) -> bool:
    """Whether a dash has a fellow between numbers on one of its sides: "4-4-2"."""
    return any(
        tokens[at].is_mark(_DASHES) and tokens[at - 1].kind is tokens[at + 1].kind is Kind.DIGITS and tokens[at].glued
        for at in (index - 2, index + 2)
    )


def _read_spaced_range(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "10 - 15" as "diez a quince", scores too; other numbers that fall, "15 - 10", as "quince menos diez"."""
    before, token, after = tokens[index - 1], tokens[index], tokens[index + 1]
    if not (token.is_mark(_DASHES) and after.kind is Kind.DIGITS and token.gap is after.gap is Gap.SPACE):
        return None
    if before.is_mark("%"):
        return say("a", [token]), index + 1
    if before.kind is not Kind.DIGITS:
        return None
    parts = joins_digits(tokens, index - 2) or joins_digits(tokens, index + 2)
    rises = (len(before.text), before.text) < (len(after.text), after.text)
    plays = stand_between_names(tokens, index) or in_contest(tokens, index)
    return say(_word_between(tokens, index) if parts or rises or plays else "menos", [token]), index + 1


def _word_between(tokens: Tokens, index: int) -> str:
    """What a dash between numbers is: "a" or, in an equation, "menos"."""
    ahead = (tokens[at] for at in range(index + 2, min(index + _EQUATION, len(tokens))))
    return "menos" if next((token for token in ahead if token.kind is Kind.MARK), tokens[index]).text == "=" else "a"
