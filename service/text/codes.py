"""Codes: plates, models, formulas, serial numbers. Letters by name or as a word, figures as numbers or one by one."""

from service.text.acronyms import is_known, say_acronym
from service.text.cardinals import spell_cardinal
from service.text.figures import find_cue, goes_on, say_figures
from service.text.letters import is_pronounceable, spell_letters
from service.text.pieces import Piece, say
from service.text.powers import read_scientific
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens
from service.text.units import find_unit

_MOST_TOKENS = 24
_MANY = 5  # figures: said one by one
_LETTERS_APART = 3
_HEX = frozenset("0123456789abcdef")
_HEX_SIZES = (3, 6, 8)


def read_code(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "ABC-123", "A1B2C3", "COVID-19", "CO2", "4G"; with a cue, "AB 123 CD" too."""
    spaced = bool(find_cue(tokens, index, "plates"))
    parts = _parts(tokens, index, spaced)
    kinds = {token.kind for token in parts}
    if not {Kind.WORD, Kind.DIGITS} <= kinds or _is_head(tokens, index, parts) or find_cue(tokens, index, "checked"):
        return None
    if any(read_scientific(tokens, at) for at in range(index, index + len(parts))):
        return None
    letters = max(len(token.text) for token in parts if token.kind is Kind.WORD)
    apart = spaced or letters > 1
    pieces: list[Piece] = []
    for token in parts:
        pieces += _say_part(token, tokens, apart, len(parts))
    return pieces, index + len(parts)


def read_model(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "-" of "Boeing 737-800": it is no range."""
    dash = tokens[index]
    if not (dash.is_mark("-") and dash.glued and tokens[index + 1].kind is Kind.DIGITS):
        return None
    return ([], index + 1) if tokens[index - 2].text.lower() in table().words("codes.makers") else None


def read_law(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "/" of "Decreto 1072/2015" as "de"."""
    sign, year = tokens[index], tokens[index + 1]
    if not (sign.is_mark("/") and sign.glued and year.glued and year.text[:2] in ("19", "20") and len(year.text) == 4):
        return None
    numbered = tokens[index - 1].kind is year.kind is Kind.DIGITS and find_cue(tokens, index, "laws")
    return (say("de", [sign]), index + 1) if numbered else None


def read_color(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "#FF5733" as "numeral efe efe cinco siete tres tres"."""
    stop, text = index + 1, ""
    while tokens[stop].glued and tokens[stop].kind in (Kind.WORD, Kind.DIGITS) and len(text) <= max(_HEX_SIZES):
        text += tokens[stop].text
        stop += 1
    if not tokens[index].is_mark("#") or len(text) not in _HEX_SIZES or not set(text.lower()) <= _HEX:
        return None
    if text.isalpha() or (text.isdigit() and text[0] != "0"):
        return None
    pieces = say(table().mapping("codes")["hexadecimal"], [tokens[index]])
    for token in tokens[index + 1 : stop]:
        pieces += say_figures(token) if token.kind is Kind.DIGITS else _spell(token, tokens)
    return pieces, stop


def read_version(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "v" of "v1.2.3"."""
    if tokens[index].text != "v" or not (tokens[index + 1].kind is Kind.DIGITS and tokens[index + 1].glued):
        return None
    return say("versión", [tokens[index]]), index + 1


def _parts(tokens: Tokens, index: int, spaced: bool) -> list[Token]:
    """Capitals, figures and the hyphens and points between them, from `index` on."""
    parts: list[Token] = []
    if goes_on(tokens, index):
        return parts
    for at in range(index, index + _MOST_TOKENS):
        token = tokens[at]
        if parts and token.gap > (Gap.SPACE if spaced and _may_be_apart(token) else Gap.NONE):
            break
        if token.is_mark("-.") and not (tokens[at + 1].glued and _may_be_part(tokens[at + 1], token)):
            break
        if token.kind is Kind.MARK and (not parts or not token.is_mark("-.")):
            break
        if token.kind is not Kind.MARK and not _may_be_part(token, token):
            break
        parts.append(token)
    while parts and parts[-1].kind is Kind.MARK:
        parts.pop()
    return parts


def _may_be_apart(token: Token) -> bool:
    """Whether a group with a space before it may still be of the code."""
    if token.kind is Kind.DIGITS:
        return len(token.text) < _MANY
    return len(token.text) <= _LETTERS_APART and not table().has("function_words", token.text.lower())


def _may_be_part(token: Token, mark: Token) -> bool:
    if token.kind is Kind.DIGITS:
        return True
    letter = len(token.text) == 1 and token.text not in "vx"
    return token.kind is Kind.WORD and (letter or token.text.isupper()) and not mark.is_mark(".")


def _is_head(tokens: Tokens, index: int, parts: list[Token]) -> bool:
    """Whether the code is only the head of a longer word, or a number and its unit."""
    after = tokens[index + len(parts)]
    if after.glued and after.kind in (Kind.WORD, Kind.DIGITS):
        return True
    words = [at for at, token in enumerate(parts) if token.kind is Kind.WORD]
    measured = words == [len(parts) - 1] and parts[-2].kind is Kind.DIGITS
    return measured and find_unit(tokens, index + words[0]) is not None


def _say_part(token: Token, tokens: Tokens, apart: bool, count: int) -> list[Piece]:
    if token.kind is Kind.DIGITS:
        together = token.text[0] != "0" or token.text == "0"
        small = len(token.text) < (3 if apart else _MANY)
        return say(spell_cardinal(int(token.text)), [token]) if together and small else say_figures(token)
    if token.kind is Kind.MARK:
        return say("punto", [token]) if token.text == "." else []
    reads = is_known(token.text) or (len(token.text) > 3 and count <= 3 and is_pronounceable(token.text))
    return say(say_acronym(token.text, tokens), [token]) if reads else _spell(token, tokens)


def _spell(token: Token, tokens: Tokens) -> list[Piece]:
    return say(spell_letters(token.text, tokens.region) or token.text, [token])
