"""Abbreviations in full, and initials, whose points end no sentence."""

from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_MAX_PARTS = 3
_OPENING = '¿¡(«“"—-'


def read_abbreviation(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "Sra. Paz" as "señora Paz"; the point of "etc." stays where a sentence ends."""
    if not _is_part(tokens, index):
        return _read_bare(tokens, index)
    parts = 1
    while parts < _MAX_PARTS and _is_part(tokens, index + 2 * parts) and tokens[index + 2 * parts].gap <= Gap.SPACE:
        parts += 1
    for count in range(parts, 0, -1):
        stop = index + 2 * count
        words = _look_up(" ".join(f"{tokens[at].text}." for at in range(index, stop, 2)), tokens, stop)
        if words:
            last = tokens[stop - 1]
            if not words[1]:
                return say(words[0], [tokens[index], last]), stop
            return [*say(words[0], [tokens[index], tokens[stop - 2]]), Piece(".", last.start, last.end, Gap.NONE)], stop
    return _read_bare(tokens, index)


def read_initial(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "J. R. R. Tolkien": the letters, without points."""
    letter = tokens[index]
    if not _is_part(tokens, index) or len(letter.text) > 1 or not letter.text.isupper():
        return None
    following = tokens[index + 2]
    if following.kind is not Kind.WORD or following.gap > Gap.SPACE:
        return None
    new_sentence = following.text[0].isupper() and table().has("function_words", following.text.lower())
    if new_sentence and not following.glued and not _is_part(tokens, index + 2):
        return None
    return say(letter.text, [letter, tokens[index + 1]]), index + 2


def _read_bare(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    words = table().mapping("abbreviations.bare").get(tokens[index].text)
    return (say(words, [tokens[index]]), index + 1) if words else None


def _is_part(tokens: Tokens, index: int) -> bool:
    point = tokens[index + 1]
    return tokens[index].kind is Kind.WORD and point.glued and point.is_mark(".")


def _look_up(written: str, tokens: Tokens, stop: int) -> tuple[str, bool] | None:
    """What an abbreviation stands for, and whether its point ends the sentence."""
    lower, following = written.lower(), tokens[stop]
    for name, ends in (("titles", following.gap >= Gap.LINE), ("others", _starts_sentence(tokens, stop))):
        found = table().mapping(f"abbreviations.{name}")
        words = found.get(written) or found.get(lower)
        if words:
            return words, ends
    numbers = table().mapping("abbreviations.numbered")
    numbered = numbers.get(written) or numbers.get(lower)
    return (numbered, False) if numbered and following.kind is Kind.DIGITS and following.gap <= Gap.SPACE else None


def _starts_sentence(tokens: Tokens, index: int) -> bool:
    if tokens[index].gap >= Gap.LINE:
        return True
    if tokens[index].glued:
        return False
    while tokens[index].is_mark(_OPENING) and tokens[index + 1].glued:
        if tokens[index].is_mark("¿¡"):
            return True
        index += 1
    return tokens[index].text[:1].isupper()
