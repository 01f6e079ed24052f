"""Mail and web addresses: their marks by name."""

from service.text.numerals import say_code, say_integer
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Token, Tokens

_MAX_TOKENS = 40


def read_address(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "ana@correo.mx" as "ana arroba correo punto mx"."""
    if tokens[index].kind is not Kind.WORD or tokens[index].glued:
        return None
    stop = _end(tokens, index)
    if not _is_address(tokens, index, stop):
        return None
    pieces: list[Piece] = []
    start = index
    if tokens[index].text.lower() in ("http", "https"):
        start = index + 4
    for at in range(start, stop):
        pieces += _say_part(tokens, at)
    return pieces, stop


def _end(tokens: Tokens, index: int) -> int:
    """The index after the last word of the unbroken run at `index`."""
    stop = last = index + 1
    while tokens[stop].glued and stop - index < _MAX_TOKENS:
        stop += 1
        if tokens[stop - 1].kind is not Kind.MARK:
            last = stop
    return last


def _is_address(tokens: Tokens, index: int, stop: int) -> bool:
    run = [tokens[at] for at in range(index, stop)]
    marks = {token.text for token in run if token.kind is Kind.MARK}
    if "." not in marks or not marks <= set(table().mapping("address")) | set(":?&=#%"):
        return False
    domains = [at for at in range(2, len(run)) if run[at - 1].text == "." and run[at - 2].kind is not Kind.MARK]
    return any(table().has("domains", run[at].text) and _ends_host(run, at + 1) for at in domains)


def _ends_host(run: list[Token], at: int) -> bool:
    return at == len(run) or run[at].text in "/:?."


def _say_part(tokens: Tokens, index: int) -> list[Piece]:
    token = tokens[index]
    if token.kind is Kind.WORD:
        return [Piece(token.text, token.start, token.end, Gap.SPACE)]
    if token.kind is Kind.DIGITS:
        return say_code(token) if len(token.text) > 4 else say_integer(tokens, index)
    words = table().mapping("address").get(token.text)
    return say(words, [token]) if words else []
