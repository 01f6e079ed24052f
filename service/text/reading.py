"""Tokens into what is said: the first rule that knows the tokens at hand reads them."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from service.text import (
    abbreviations,
    addresses,
    foreign,
    hours,
    marks,
    money,
    numerals,
    pictures,
    social,
    symbols,
    telephones,
)
from service.text.pieces import Piece
from service.text.punctuation import punctuate
from service.text.regions import Region
from service.text.source import Source, clean
from service.text.tokens import Gap, Kind, Tokens, scan

_MOST_READINGS = 4

Rule = Callable[[Tokens, int], "tuple[list[Piece], int] | None"]
"""Reads the tokens at an index: what is said and the index after them, or None. Looks at a bounded number of tokens."""

RULES: dict[Kind, tuple[Rule, ...]] = {
    Kind.WORD: (
        addresses.read_address,
        abbreviations.read_abbreviation,
        abbreviations.read_initial,
        money.read_money,
        numerals.read_number_sign,
        numerals.read_unit,
        numerals.read_times,
        foreign.read_greek,
    ),
    Kind.DIGITS: (
        addresses.read_address,
        marks.read_list_marker,
        telephones.read_telephone,
        money.read_money,
        hours.read_hour,
        numerals.read_ordinal,
        numerals.read_numeral,
    ),
    Kind.PICTURE: (pictures.read_emoji,),
    Kind.MARK: (
        marks.read_list_marker,
        marks.read_table_bar,
        addresses.read_path,
        social.read_hashtag,
        social.read_handle,
        money.read_money,
        numerals.read_sign,
        symbols.read_symbol,
    ),
}


def settle(text: str, region: Region) -> list[Piece]:
    """What is said of a text, read again until that changes nothing: what one rule says another may know."""
    pieces = read(scan(clean(text), region))
    for _ in range(_MOST_READINGS):
        again = read(scan(_clean_again(pieces), region))
        if _text(again) == _text(pieces):
            break
        pieces = _carry_over(pieces, again)
    return pieces


def _text(pieces: list[Piece]) -> list[str]:
    return [piece.text if piece.gap is Gap.NONE else f" {piece.text}" for piece in pieces]


def _clean_again(pieces: list[Piece]) -> Source:
    """What is said as a text to be read, each character with its share of the span its piece came from."""
    starts: list[int] = []
    ends: list[int] = []
    texts = _text(pieces)
    for piece, text in zip(pieces, texts, strict=True):
        size, length = len(piece.text), piece.end - piece.start
        bounds = [piece.start] * (len(text) - size) + [piece.start + at * length // size for at in range(size + 1)]
        starts += bounds[:-1]
        ends += bounds[1:]
    source = clean("".join(texts))
    return Source(source.chars, [starts[at] for at in source.starts], [ends[at - 1] for at in source.ends])


def _carry_over(pieces: list[Piece], again: list[Piece]) -> list[Piece]:
    """The second reading, with what only the first knew: where lines broke, and how words that stay were read."""
    known = {(piece.text, piece.start, piece.end): piece for piece in pieces}
    breaks = deque(piece for piece in pieces if piece.gap >= Gap.LINE)
    out = []
    for piece in again:
        gap = piece.gap
        while gap is not Gap.NONE and breaks and breaks[0].start <= piece.start:
            gap = max(gap, breaks.popleft().gap)
        same = known.get((piece.text, piece.start, piece.end), piece)
        out.append(replace(piece, gap=gap, rule=same.rule, tied=same.tied))
    return out


def read(tokens: Tokens) -> list[Piece]:
    """Everything that is said, written as Spanish wants it."""
    return punctuate(_say_all(tokens))


def _say_all(tokens: Tokens) -> Iterator[Piece]:
    """What the rules say, piece by piece, each with the gap before it."""
    index, gap = 0, Gap.NONE
    while tokens[index].kind is not Kind.EDGE:
        gap = max(gap, tokens[index].gap)
        said, rule, index = _read_at(tokens, index)
        for at, piece in enumerate(said):
            yield piece.put(piece.gap if at else gap, rule=rule)
            gap = Gap.NONE


def _read_at(tokens: Tokens, index: int) -> tuple[list[Piece], str, int]:
    """What is said of the tokens at `index`, the name of the rule that read them, and the index after them."""
    for rule in RULES[tokens[index].kind]:
        found = rule(tokens, index)
        if found is not None:
            return found[0], rule.__name__.removeprefix("read_"), found[1]
    token = tokens[index]
    if token.kind is Kind.WORD:
        return [Piece(token.text, token.start, token.end, Gap.SPACE)], "", index + 1
    return marks.read_mark(tokens, index), "", index + 1
