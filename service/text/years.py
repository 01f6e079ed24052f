"""Numbers that are no quantity: years, day and night."""

from service.text.calendar import LIKELY_YEARS
from service.text.cardinals import spell_cardinal
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Tokens


def read_year(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the year of "en 2021 vimos", which counts nothing."""
    token, following = tokens[index], tokens[index + 1]
    fraction = following.is_mark(".,") and following.glued and tokens[index + 2].glued
    if len(token.text) != 4 or int(token.text) not in LIKELY_YEARS or fraction:
        return None
    cued = table().has("year_cues", tokens[index - 1].text.lower())
    return (say(spell_cardinal(int(token.text)), [token]), index + 1) if cued and token.text[-1] == "1" else None


def read_day_and_night(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "24/7", which is neither a date nor a fraction."""
    texts = [token.text for token in tokens[index : index + 3]]
    if texts != ["24", "/", "7"] or not tokens[index + 2].glued or tokens[index + 3].is_mark("/"):
        return None
    return say("veinticuatro siete", [tokens[index], tokens[index + 2]]), index + 3
