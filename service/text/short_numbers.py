"""Short numbers that are dialled: emergencies, extensions, service codes."""

from service.text.cardinals import spell_digits
from service.text.dialling import counts
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_SHORT = range(3, 5)
_LONGEST_EXTENSION = 6
_NEAR = 3  # tokens


def read_short_number(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "marque 123", "extensión 4021", "al 911"."""
    token, before = tokens[index], tokens[index - 1]
    if token.kind is not Kind.DIGITS or len(token.text) < _SHORT[0] or _counts(tokens, index):
        return None
    if tokens[index + 1].is_mark(".,-%/:$") and tokens[index + 2].glued:
        return None
    name = table().mapping("emergencies").get(token.text)
    if name and (before.text.lower() in ("al", "el") or _is_dialled(tokens, index)):
        return say(name, [token]), index + 1
    cue = tokens[index - 2] if before.is_mark(":.") or before.text in ("el", "al") else before
    short = len(token.text) in _SHORT and table().has("dial_cues", cue.text.lower())
    extension = len(token.text) <= _LONGEST_EXTENSION and table().has("extension_cues", cue.text.lower())
    return (say(spell_digits(token.text), [token]), index + 1) if short or extension else None


def read_extension(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "ext. 123" after a telephone, whose last digits are near."""
    name = table().mapping("extension_names").get(tokens[index].text.lower())
    number = index + 1 + (tokens[index + 1].is_mark(".") and tokens[index + 1].glued)
    if name is None or tokens[number].kind is not Kind.DIGITS or tokens[number].gap > Gap.SPACE:
        return None
    before = index - 1 - tokens[index - 1].is_mark(",(;")
    if tokens[before].kind is not Kind.DIGITS or len(tokens[before].text) < _SHORT[0]:
        return None
    digits = tokens[number].text
    said = say(spell_digits(digits), [tokens[number]]) if len(digits) >= _SHORT[0] else []
    comma = [] if before < index - 1 else [Piece(",", tokens[index].start, tokens[index].start, Gap.NONE)]
    return [*comma, *say(name, [tokens[index], tokens[number - 1]]), *said], number + (1 if said else 0)


def read_service_code(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "*86" after "marque" and "*123#" anywhere."""
    star, digits, hash_ = tokens[index : index + 3]
    if (
        not star.is_mark("*")
        or digits.kind is not Kind.DIGITS
        or not digits.glued
        or len(digits.text) > _LONGEST_EXTENSION
    ):
        return None
    closed = hash_.is_mark("#") and hash_.glued
    if not closed and (not _is_dialled(tokens, index) or (hash_.is_mark("*") and hash_.glued)):
        return None
    names = table().mapping("dial_hash")
    words = f"asterisco {spell_digits(digits.text)}"
    if closed:
        words += f" {names.get(tokens.region.code, names['es-419'])}"
    return say(words, [star, hash_ if closed else digits]), index + 2 + closed


def _counts(tokens: Tokens, index: int) -> bool:
    return tokens[index - 1].text not in ("al", "el") and counts(tokens, index + 1)


def _is_dialled(tokens: Tokens, index: int) -> bool:
    return any(table().has("dial_cues", tokens[at].text.lower()) for at in range(index - _NEAR, index))
