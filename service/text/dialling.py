"""How the digits of telephones are grouped when they are said.

Google's metadata, in `phonenumbers` (48 MB), was measured: it groups for the eye, and gives runs of six and seven
digits for Colombia, Venezuela and Paraguay, which nobody notes down from hearing. A short table does better.
"""

from collections.abc import Sequence

from service.text.agreement import find_noun
from service.text.cardinals import spell_digits
from service.text.pieces import Piece
from service.text.script import share
from service.text.tables import table
from service.text.tokens import Gap, Token, Tokens

_LONGEST_GROUP = 4
_LONGEST_PREFIX = 6
_LONGEST_CODE = 3
_LONG = 10  # digits of the free calls that begin with any of them


def group_number(digits: str, region: str) -> list[int]:
    """The sizes in which a country's number is said if nothing in it is grouped."""
    own = table().mapping("telephone_groups").get(region, {})
    for size in range(min(_LONGEST_PREFIX, len(digits)), -1, -1):
        for groups in (own.get(digits[:size]), table().mapping("free_call_sizes").get(digits[:size])):
            if groups and sum(groups) == len(digits):
                return list(groups)
    return group_run(len(digits))


def group_run(count: int) -> list[int]:
    """The sizes in which a group of `count` digits is said."""
    if count <= _LONGEST_GROUP:
        return [count]
    sizes: Sequence[int] = table().mapping("telephone_sizes").get(str(count), ())
    first = [count % _LONGEST_GROUP] if count % _LONGEST_GROUP else []
    return list(sizes) or first + [_LONGEST_GROUP] * (count // _LONGEST_GROUP)


def split_calling_code(digits: str) -> tuple[str, str]:
    """A calling code at the start of digits that follow a plus, and its region; "" if no country of ours has it."""
    for size in range(_LONGEST_CODE, 0, -1):
        region: str = table().mapping("calling_codes").get(digits[:size], "")
        if region:
            return digits[:size], region
    return "", ""


def name_free_call(groups: Sequence[str], at: int) -> str:
    """The name of "800" in "01 800 123 4567", or ""."""
    name: str = table().mapping("free_call_groups").get(groups[at], "")
    led = at == 1 and groups[0] in ("1", "01")
    first = at == 0 and (groups[0][0] in "08" or sum(map(len, groups)) == _LONG)
    return name if name and len(groups) - at > 1 and (led or first) else ""


def say_group(token: Token, start: int, stop: int, name: str) -> list[Piece]:
    """Digits start to stop of a token by their `name`, else one by one."""
    words = name.split() or spell_digits(token.text[start:stop]).split()
    bounds = share(token.start, token.end, len(token.text) * len(words))[start * len(words) :: stop - start]
    return [Piece(word, bounds[at], bounds[at + 1], Gap.SPACE) for at, word in enumerate(words)]


def counts(tokens: Tokens, index: int) -> bool:
    """Whether a noun in the plural stands after digits that end before `index`, so that they count."""
    noun = find_noun(tokens, index)
    return noun is not None and noun.text.endswith("s")
