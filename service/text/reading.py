"""Tokens into what is said: the first rule that knows the tokens at hand reads them."""

from collections.abc import Callable, Iterator

from service.text import (
    abbreviations,
    acronyms,
    addresses,
    codes,
    dates,
    durations,
    figures,
    foreign,
    fractions,
    genders,
    hours,
    marks,
    measures,
    money,
    months,
    numerals,
    pictures,
    powers,
    rankings,
    romans,
    short_numbers,
    signs,
    social,
    streets,
    symbols,
    telephones,
    weekdays,
    years,
)
from service.text.cuts import find_cuts, write
from service.text.pieces import Piece, say
from service.text.punctuation import punctuate
from service.text.script import Cue, plain
from service.text.source import clean
from service.text.tokens import Gap, Kind, Tokens, Unread, scan

Rule = Callable[[Tokens, int], "tuple[list[Piece], int] | None"]
"""Reads the tokens at an index: what is said and the index after them, or None. Looks at a bounded number of tokens."""

RULES: dict[Kind, tuple[Rule, ...]] = {
    Kind.WORD: (
        addresses.read_address,
        money.read_money,
        weekdays.read_weekday,
        months.read_month,
        hours.read_zone,
        streets.read_inner,
        short_numbers.read_extension,
        romans.read_abbreviated_owner,
        romans.read_roman,
        genders.read_genders,
        abbreviations.read_abbreviation,
        acronyms.read_dotted,
        abbreviations.read_initial,
        numerals.read_number_sign,
        measures.read_unit,
        signs.read_times,
        powers.read_scientific,
        foreign.read_greek,
        codes.read_version,
        codes.read_code,
        acronyms.read_acronym,
    ),
    Kind.DIGITS: (
        addresses.read_address,
        marks.read_list_marker,
        figures.read_network,
        figures.read_cued,
        streets.read_postcode,
        streets.read_house,
        streets.read_street,
        years.read_day_and_night,
        dates.read_date,
        months.read_named_date,
        months.read_days,
        telephones.read_telephone,
        telephones.read_account,
        short_numbers.read_short_number,
        money.read_money,
        years.read_year,
        durations.read_duration,
        hours.read_hour,
        measures.read_temperature,
        fractions.read_fraction,
        rankings.read_part,
        rankings.read_ordinal,
        rankings.read_decade,
        codes.read_code,
        numerals.read_numeral,
    ),
    Kind.PICTURE: (pictures.read_emoji,),
    Kind.MARK: (
        marks.read_list_marker,
        marks.read_table_bar,
        addresses.read_path,
        social.read_handle,
        telephones.read_telephone,
        short_numbers.read_service_code,
        money.read_money,
        hours.read_hour_range,
        codes.read_color,
        social.read_hashtag,
        figures.read_check_digit,
        codes.read_model,
        codes.read_law,
        fractions.read_fraction,
        measures.read_unit,
        powers.read_power,
        romans.read_roman_range,
        signs.read_sign,
        signs.read_times,
        signs.read_percentage,
        symbols.read_symbol,
    ),
}


def read(tokens: Tokens) -> list[Piece]:
    """Everything that is said, or of a text that goes on what no more of it can change, written as Spanish wants it."""
    said: list[Piece] = []
    try:
        for piece in _say_all(tokens):
            said.append(piece)  # noqa: PERF402 - what came before Unread is kept
    except Unread:
        return punctuate(said, more=True)
    return punctuate(said)


def _say_all(tokens: Tokens) -> Iterator[Piece]:
    """What the rules say, piece by piece, each with the gap before it."""
    index, gap = 0, Gap.NONE
    while tokens[index].kind is not Kind.EDGE:
        gap = max(gap, tokens[index].gap)
        said, rule, index = _read_at(tokens, index)
        worded = False
        for at, piece in enumerate(said):
            yield piece.read_by(rule, piece.gap if at else gap, tied=worded)
            worded = worded or piece.is_word
            gap = Gap.NONE


def _read_at(tokens: Tokens, index: int) -> tuple[list[Piece], str, int]:
    """What is said of the tokens at `index`, the name of the rule that read them, and the index after them."""
    if cue := tokens[index].cue:
        return _read_cue(tokens, index, cue), cue.rule, index + 1
    for rule in RULES[tokens[index].kind]:
        found = rule(tokens, index)
        if found is not None:
            return found[0], rule.__name__.removeprefix("read_"), found[1]
    token = tokens[index]
    if token.kind is Kind.WORD:
        return [Piece(token.text, token.start, token.end, Gap.SPACE)], "", index + 1
    return marks.read_mark(tokens, index), "", index + 1


def _read_cue(tokens: Tokens, index: int, cue: Cue) -> list[Piece]:
    """What the cue says, read like any other text: no word of it is written in a way that a voice cannot say."""
    words = write(find_cuts(read(scan(clean(plain(cue.words, tokens.region)), tokens.region))))
    if words and cue.phonemes:
        return [Piece(words, tokens[index].start, tokens[index].end, Gap.SPACE, phonemes=cue.phonemes)]
    return say(words, [tokens[index]])
