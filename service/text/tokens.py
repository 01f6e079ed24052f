"""Words, digits and marks of a cleaned text, with the space before each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from itertools import pairwise

from service.text.emojis import match_emoji
from service.text.markup import HEADING, ITEM, TURN
from service.text.regions import Region
from service.text.script import CUE, Cue
from service.text.source import Source
from service.text.tables import table

_APOSTROPHE = "'"
_WRAPPED_LINE = 40  # characters; people break shorter lines on purpose


class Kind(Enum):
    """What a token is made of."""

    WORD = "letters, apostrophes inside"
    DIGITS = "ASCII digits"
    PICTURE = "an emoji"
    MARK = "one character of any other kind"
    EDGE = "what lies beyond the text"


class Gap(IntEnum):
    """What stands before a token."""

    NONE = 0
    SPACE = 1
    LINE = 2
    ITEM = 3  # a line break before an item of a list
    TURN = 4  # before another speaker
    PARAGRAPH = 5
    HEADING = 6


_BREAKS = {"\n": Gap.LINE, ITEM: Gap.ITEM, TURN: Gap.TURN, HEADING: Gap.HEADING}
_SPACES = frozenset((" ", *_BREAKS))


@dataclass(frozen=True, slots=True)
class Token:
    """A run of the cleaned text. `start` and `end` are code points of the caller's text.

    One with a `cue` is a word by what is written there, and said by the cue.
    """

    kind: Kind
    text: str
    start: int
    end: int
    gap: Gap
    cue: Cue | None = None

    def is_mark(self, marks: str) -> bool:
        return self.kind is Kind.MARK and self.text in marks

    @property
    def glued(self) -> bool:
        return self.gap is Gap.NONE


EDGE = Token(Kind.EDGE, "", 0, 0, Gap.PARAGRAPH)
_MARGIN = 8  # more than any rule looks beyond a token that is no edge


class Tokens(list[Token]):
    """Tokens, then edges enough for any rule to look ahead, or back by a negative index, without leaving the list.

    `region` is where they are read.
    """

    def __init__(self, tokens: Iterable[Token], region: Region) -> None:
        super().__init__((*tokens, *[EDGE] * _MARGIN))
        self.region = region


def scan(source: Source, region: Region) -> Tokens:
    """The tokens of a text; its first one starts a paragraph. Lines broken only to fit a page are joined."""
    tokens: list[Token] = []
    cues = iter(source.cues)
    chars, index, gap = source.chars, 0, Gap.PARAGRAPH
    while index < len(chars):
        stop = index + 1
        if chars[index] in _SPACES:
            while stop < len(chars) and chars[stop] in _SPACES:
                stop += 1
            gap = max(gap, _gap(chars[index:stop]))
        else:
            cue = next(cues) if chars[index] == CUE else None
            kind, stop = (Kind.WORD, stop) if cue else _extent(chars, index)
            written = cue.written if cue else chars[index:stop]
            tokens.append(Token(kind, written, source.starts[index], source.ends[stop - 1], gap, cue))
            gap = Gap.NONE
        index = stop
    return Tokens(_unwrap(tokens), region)


def _gap(space: str) -> Gap:
    breaks = [_BREAKS[character] for character in space if character != " "]
    return max(Gap.PARAGRAPH if len(breaks) > 1 else Gap.SPACE, *breaks, Gap.SPACE)


def _extent(chars: str, index: int) -> tuple[Kind, int]:
    stop = index + 1
    if chars[index].isdigit() and chars[index].isascii():
        while stop < len(chars) and chars[stop] in "0123456789":
            stop += 1
        return Kind.DIGITS, stop
    if not _is_letter(chars[index]):
        picture = match_emoji(chars, index)
        return (Kind.PICTURE, picture[1]) if picture else (Kind.MARK, stop)
    while stop < len(chars) and (_is_letter(chars[stop]) or _joins(chars, stop)):
        stop += 1
    return Kind.WORD, stop


def _is_letter(character: str) -> bool:
    return character.isalpha() and character not in "ºª"


def _joins(chars: str, index: int) -> bool:
    following = chars[index + 1 : index + 2]
    return chars[index] == _APOSTROPHE and bool(following) and _is_letter(following)


def _unwrap(tokens: list[Token]) -> list[Token]:
    out = tokens[:1]
    line = tokens[0] if tokens else EDGE
    for previous, token in pairwise(tokens):
        gap = token.gap
        if gap is Gap.LINE and line.gap is Gap.HEADING:
            gap = Gap.PARAGRAPH
        elif gap is Gap.LINE and _is_wrap(previous, token, previous.end - line.start):
            gap = Gap.SPACE
        out.append(token if gap is token.gap else replace(token, gap=gap))
        if token.gap >= Gap.LINE:
            line = token
    return out


def _is_wrap(previous: Token, token: Token, length: int) -> bool:
    if length < _WRAPPED_LINE or token.kind is not Kind.WORD:
        return False
    if previous.kind is Kind.WORD:
        return token.text[0].islower() or table().has("function_words", previous.text.lower())
    return previous.is_mark(",;") or (token.text[0].islower() and not previous.is_mark(".!?…:"))
