"""Telephone and account numbers: digit by digit, a comma between groups."""

from itertools import accumulate

from service.text.dialling import counts, group_number, group_run, name_free_call, say_group, split_calling_code
from service.text.figures import say_figures
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MAX_GROUPS = 6
_LONGEST_LATER = 10  # digits of a group that is not the first
_DIGITS = range(7, 20)
_YEARS = range(1000, 2200)
_SHORTEST_ACCOUNT = 5


def read_telephone(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "55 1234 5678", "(55) 1234-5678", "+57 300 123 4567", or any long number after "teléfono" or "marque"."""
    plus = tokens[index].is_mark("+") and tokens[index + 1].glued
    groups, stop = _groups(tokens, index + plus)
    run = [tokens[at] for at in groups]
    opened = tokens[index + plus].is_mark("(")
    if not groups or not (_is_telephone(tokens, index, run, opened) or (plus and _is_abroad(run))):
        return None
    chunks = [chunk for at, token in enumerate(run) for chunk in _chunks(token, _sizes(tokens, run, at, plus))]
    texts = [token.text[start:end] for token, start, end in chunks]
    pieces = say("más", [tokens[index]]) if plus else []
    for at, (token, start, end) in enumerate(chunks):
        said = say_group(token, start, end, name_free_call(texts, at))
        pieces += [Piece(",", said[0].start, said[0].start, Gap.NONE), *said] if at else said
    return pieces, stop


def _chunks(token: Token, sizes: list[int]) -> list[tuple[Token, int, int]]:
    """The token and the bounds of its groups."""
    ends = list(accumulate(sizes))
    return [(token, start, end) for start, end in zip([0, *ends], ends, strict=False)]


def read_account(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads the digits of "cuenta 12345678" one by one."""
    token, at = tokens[index], index - 1
    goes_on = tokens[index + 1].is_mark(".,/-") and tokens[index + 2].glued
    if len(token.text) < _SHORTEST_ACCOUNT or goes_on:
        return None
    for _ in range(4):
        word = tokens[at].text.lower()
        if table().has("account_cues", word):
            return None if counts(tokens, index + 1) else (say_figures(token), index + 1)
        if not tokens[at].is_mark(":.º°#") and not table().has("account_words", word):
            return None
        at -= 1
    return None


def _groups(tokens: Tokens, index: int) -> tuple[list[int], int]:
    """Indexes of groups of digits with a space or a hyphen between, one in brackets perhaps, and where they end."""
    groups: list[int] = []
    at = stop = index
    while len(groups) < _MAX_GROUPS:
        opened = tokens[at].is_mark("(")
        at += opened
        if tokens[at].kind is not Kind.DIGITS or (groups and len(tokens[at].text) > _LONGEST_LATER):
            break
        if opened and not (tokens[at].glued and tokens[at + 1].is_mark(")")):
            break
        groups.append(at)
        at += 1 + opened
        stop = at
        if tokens[at].is_mark("-") and tokens[at].glued and tokens[at + 1].glued:
            at += 1
        elif tokens[at].gap is not Gap.SPACE and not opened:
            break
    return groups, stop


def _is_telephone(tokens: Tokens, index: int, groups: list[Token], opened: bool) -> bool:
    sizes = [len(group.text) for group in groups]
    digits = "".join(group.text for group in groups)
    if len(digits) not in _DIGITS:
        return False
    if _has_cue(tokens, index) and (_is_named(tokens, index) or not counts(tokens, index + 1)):
        return True
    if len(groups) < 2:
        return False
    if _is_national(tokens.region.code, digits, sizes, groups) or (opened and sizes[1] > 1 and sizes[0] < 4):
        return True
    if sizes[-1] != 4 or sizes[-2] not in (3, 4) or _are_years(groups):
        return False
    return len(groups) > 2 or groups[1].glued or opened


def _is_national(region: str, digits: str, sizes: list[int], groups: list[Token]) -> bool:
    """Whether the groups have a shape that is a telephone in a country."""
    start, length = table().mapping("mobile_numbers").get(region, ("-", 0))
    if (digits[0] == start and len(digits) == length) or (digits[0] == "0" and 9 <= len(digits) <= 12 and sizes[0] > 1):
        return True
    return sizes == [4, 4] and table().has("eight_digits", region) and not _are_years(groups)


def _are_years(groups: list[Token]) -> bool:
    return len(groups) == 2 and all(int(group.text) in _YEARS for group in groups)


def _is_abroad(groups: list[Token]) -> bool:
    digits = "".join(group.text for group in groups)
    return 8 <= len(digits) <= 15 and bool(split_calling_code(digits)[0] or len(groups) > 1)


def _has_cue(tokens: Tokens, index: int) -> bool:
    """Whether one of the three words or marks before says that a telephone follows."""
    for at in range(index - 1, index - 4, -1):
        if tokens[at].kind is Kind.WORD and table().has("telephone_cues", tokens[at].text.lower()):
            return True
    return False


def _is_named(tokens: Tokens, index: int) -> bool:
    """Whether digits cannot count anything: "al 5512345678"."""
    return tokens[index - 1].is_mark(":.(") or tokens[index - 1].text in ("al", "el")


def _sizes(tokens: Tokens, groups: list[Token], at: int, plus: bool) -> list[int]:
    """The sizes in which a group is said: as written if short; by the country's habit if all of the number is in it."""
    digits, region = groups[at].text, tokens.region.code
    if plus and at == 0:
        code, region = split_calling_code(digits)
        if len(digits) == len(code) or not code:
            return [len(digits)] if code else group_run(len(digits))
        return [len(code), *group_number(digits[len(code) :], region)]
    if plus and len(groups) == 2:
        region = split_calling_code(groups[0].text)[1]
    whole = len(groups) == 1 or (plus and len(groups) == 2)
    return group_number(digits, region) if whole else group_run(len(digits))
