"""Years and decades where they would be read as something else."""

from service.text.cardinals import spell_cardinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Kind, Tokens

_LIKELY = range(1900, 2200)


def read_year(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the year of "en 2021 vimos", which counts nothing, and "los 80s"."""
    token, following = tokens[index], tokens[index + 1]
    cue = tokens[index - 1].text.lower()
    if token.kind is not Kind.DIGITS or len(token.text) not in (2, 4):
        return None
    if following.text == "s" and following.glued and token.text[-1] == "0" and table().has("decade_cues", cue):
        return say(spell_cardinal(int(token.text)), [token, following]), index + 2
    fraction = following.is_mark(".,") and following.glued and tokens[index + 2].glued
    if int(token.text) not in _LIKELY or fraction or token.text[-1] != "1" or not table().has("year_cues", cue):
        return None
    return say(spell_cardinal(int(token.text)), [token]), index + 1


def read_day_and_night(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "24/7", which is neither a date nor a fraction."""
    texts = [token.text for token in tokens[index : index + 3]]
    if texts != ["24", "/", "7"] or not tokens[index + 2].glued or tokens[index + 3].is_mark("/"):
        return None
    return say("veinticuatro siete", [tokens[index], tokens[index + 2]]), index + 3
