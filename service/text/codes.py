"""Codes: plates, models, formulas, serial numbers. Letters by name or as a word, figures as numbers or one by one."""

from math import ceil

from service.text.acronyms import is_known, say_acronym
from service.text.cardinals import spell_cardinal, spell_digits
from service.text.letters import is_pronounceable, spell_letters
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens
from service.text.units import find_unit

_MOST_TOKENS = 24
_CUE_REACH = 5  # tokens before a code in which what announces it is looked for
_MANY = 5  # figures: said one by one though the cue is weak
_LETTERS_APART = 3
_AT_ONCE = 6  # figures said without a pause
_GROUP = 4
_HEX = frozenset("0123456789abcdef")
_HEX_SIZES = (3, 6, 8)


def read_code(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "ABC-123", "A1B2C3", "COVID-19", "CO2", "4G"; with a cue, "AB 123 CD" too."""
    spaced = bool(_cue(tokens, index, "plates"))
    parts = _parts(tokens, index, spaced)
    kinds = {token.kind for token in parts}
    if not {Kind.WORD, Kind.DIGITS} <= kinds or _goes_on(tokens, index, parts) or _cue(tokens, index, "checked"):
        return None
    letters = max(len(token.text) for token in parts if token.kind is Kind.WORD)
    apart = spaced or letters > 1
    pieces: list[Piece] = []
    for token in parts:
        pieces += _say_part(token, tokens, apart, len(parts))
    return pieces, index + len(parts)


def read_cued(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads figures one by one after "cuenta", "NIT", "vuelo": a comma stands for what parts them."""
    if tokens[index].kind is not Kind.DIGITS or _joins(tokens, index):
        return None
    strong = _cue(tokens, index, "plates") or _cue(tokens, index, "figures")
    if not strong and not _cue(tokens, index, "numbers"):
        return None
    stop = index + 1
    while stop - index < _MOST_TOKENS and _continues(tokens, stop):
        stop += 1 if tokens[stop].kind is Kind.DIGITS else 2
    parts = [token for token in tokens[index:stop] if token.kind is Kind.DIGITS]
    count = sum(len(token.text) for token in parts)
    if tokens[stop].kind is Kind.WORD and tokens[stop].glued:
        return None
    if count < (3 if strong else _MANY) or (not strong and any(token.is_mark(".,") for token in tokens[index:stop])):
        return None
    pieces: list[Piece] = []
    for token in parts:
        if pieces:
            pieces.append(Piece(",", token.start, token.start, Gap.NONE))
        pieces += say_figures(token)
    return pieces, stop


def read_network(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "192.168.0.1" of an IP, which no rule of thousands holds for."""
    if tokens[index].kind is not Kind.DIGITS or not _cue(tokens, index, "networks"):
        return None
    parts = tokens[index : index + 7]
    shape = [token.kind is Kind.DIGITS for token in parts]
    if shape != [True, False] * 3 + [True] or not all(token.is_mark(".") for token in parts[1::2]):
        return None
    if not all(token.glued for token in parts[1:]):
        return None
    words = " punto ".join(spell_cardinal(int(token.text[:3])) for token in parts[::2])
    return say(words, [parts[0], parts[-1]]), index + 7


def read_check_digit(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "-9" or "-K" of "RUT 12.345.678-9"."""
    dash, check = tokens[index], tokens[index + 1]
    if not (dash.is_mark("-") and dash.glued and check.glued and _cue(tokens, index, "checked", reach=8)):
        return None
    if len(check.text) > 1 or check.kind is Kind.MARK:
        return None
    name = spell_digits(check.text) if check.kind is Kind.DIGITS else spell_letters(check.text, tokens.region)
    return say(f"guion {name}", [dash, check]), index + 2


def read_model(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "-" of "Boeing 737-800": it is no range."""
    dash = tokens[index]
    if not (dash.is_mark("-") and dash.glued and tokens[index + 1].kind is Kind.DIGITS):
        return None
    return ([], index + 1) if tokens[index - 2].text.lower() in table().words("codes.makers") else None


def read_year(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the "/" of "Decreto 1072/2015" as "de"."""
    sign, year = tokens[index], tokens[index + 1]
    if not (sign.is_mark("/") and sign.glued and year.glued and year.text[:2] in ("19", "20") and len(year.text) == 4):
        return None
    numbered = tokens[index - 1].kind is year.kind is Kind.DIGITS and _cue(tokens, index, "laws")
    return (say("de", [sign]), index + 1) if numbered else None


def read_color(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "#FF5733" as "numeral efe efe cinco siete tres tres"."""
    stop, text = index + 1, ""
    while tokens[stop].glued and tokens[stop].kind in (Kind.WORD, Kind.DIGITS) and len(text) <= max(_HEX_SIZES):
        text += tokens[stop].text
        stop += 1
    if (
        not tokens[index].is_mark("#")
        or len(text) not in _HEX_SIZES
        or not set(text.lower()) <= set("0123456789abcdef")
    ):
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


def say_figures(token: Token) -> list[Piece]:
    """The digits of a token one by one, commas between about even groups if they are many."""
    count, length = len(token.text), token.end - token.start
    groups = ceil(count / _GROUP) if count > _AT_ONCE else 1
    pauses = {group * count // groups for group in range(1, groups)}
    pieces: list[Piece] = []
    for at, digit in enumerate(token.text):
        start, end = token.start + at * length // count, token.start + (at + 1) * length // count
        if at in pauses:
            pieces.append(Piece(",", start, start, Gap.NONE))
        pieces.append(Piece(spell_digits(digit), start, end, Gap.SPACE, tied=at > 0))
    return pieces


def _cue(tokens: Tokens, index: int, kind: str, reach: int = _CUE_REACH) -> str:
    """The word of a kind that stands shortly before, or ""."""
    for at in range(index - 1, max(index - reach, 0) - 1, -1):
        word = tokens[at].text.lower()
        if tokens[at].is_mark(".;!?") and tokens[at + 1].gap > Gap.NONE and len(tokens[at - 1].text) > 3:
            return ""
        if tokens[at].kind is Kind.WORD and table().has(f"codes.{kind}", word):
            return word
    return ""


def _parts(tokens: Tokens, index: int, spaced: bool) -> list[Token]:
    """Capitals, figures and the hyphens and points between them, from `index` on."""
    parts: list[Token] = []
    if _joins(tokens, index):
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


def _joins(tokens: Tokens, index: int) -> bool:
    """Whether what stands at `index` goes on with what came before."""
    before = tokens[index - 1]
    return tokens[index].glued and (before.kind is not Kind.MARK or (before.is_mark(".,-/") and before.glued))


def _goes_on(tokens: Tokens, index: int, parts: list[Token]) -> bool:
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


def _continues(tokens: Tokens, index: int) -> bool:
    """Whether figures go on at `index`, after a space, a hyphen or a point."""
    token, after = tokens[index], tokens[index + 1]
    if token.kind is Kind.DIGITS:
        return token.gap is Gap.SPACE and len(token.text) > 1
    return token.is_mark("-.") and token.glued and after.glued and after.kind is Kind.DIGITS
