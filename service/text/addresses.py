"""Mail and web addresses, names of files, paths: every mark by its name, for whoever listens may want to type it.

Of a long or coded address only the host is said, of a long path only its last name.
"""

from collections.abc import Sequence
from dataclasses import replace

from service.text.numerals import say_code, say_integer
from service.text.pieces import Piece, say
from service.text.tables import table
from service.text.tokens import Gap, Kind, Tokens

_MOST_TOKENS = 40
_LONGEST_PATH = 40
_MOST_DIGITS = 4
_BEFORE = "([<{«“\"'¿¡*_`|:=—"
_PATH = "/.-_~"


def read_address(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "ana@correo.mx" as "ana arroba correo punto mx", "https://sitio.com/a?x=1" as "sitio punto com barra a"."""
    if tokens[index].glued and not tokens[index - 1].is_mark(_BEFORE):
        return None
    found = _read(tokens, index)
    if found is None:
        return None
    said, stop = found
    return said, stop + 1 if tokens[stop].glued and tokens[stop].is_mark(">") else stop


def _read(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    if table().has("schemes", tokens[index].text.lower()) and _spells(tokens, index + 1, "://"):
        return _read_web(tokens, index + 4, _end(tokens, index + 4, len(tokens)))
    stop = _end(tokens, index, _MOST_TOKENS)
    if stop < index + 3:
        return None
    at = _find(tokens, index, stop, "@")
    if at < stop:
        stop = _mail_end(tokens, at + 1, stop)
        return (_say_host(tokens, range(index, stop)), stop) if at > index and _is_host(tokens, at + 1, stop) else None
    if _is_host(tokens, index, min(_find(tokens, index, stop, mark) for mark in "/:?#")):
        return _read_web(tokens, index, _end(tokens, index, len(tokens)))
    return _read_file(tokens, index, stop)


def read_path(tokens: Tokens, index: int) -> tuple[list[Piece], int] | None:
    """Reads "/home/ana" as "barra home barra ana"; of a long path its last name alone."""
    start = index
    if tokens[index].glued and not tokens[index - 1].is_mark(_BEFORE):
        return None
    while tokens[start].is_mark("~.") and tokens[start + 1].glued and start < index + 2:
        start += 1
    after = tokens[start + 1]
    if not (tokens[start].is_mark("/") and after.glued and after.kind is Kind.WORD):
        return None
    stop = _end(tokens, index, _MOST_TOKENS)
    return _say_path(tokens, index, stop), stop


def _read_web(tokens: Tokens, index: int, stop: int) -> tuple[list[Piece], int] | None:
    if stop <= index:
        return None
    host = min(_find(tokens, index, stop, mark) for mark in "/?#")
    path = min(_find(tokens, host, stop, mark) for mark in "?#")
    if path > host and tokens[path - 1].is_mark("/"):
        path -= 1
    return _say_host(tokens, range(index, path if _is_plain(tokens, host, path) else host)), stop


def _read_file(tokens: Tokens, index: int, stop: int) -> tuple[list[Piece], int] | None:
    last = stop - 1 if tokens[stop - 1].kind is Kind.WORD else stop - 2
    is_file = table().has("extensions", tokens[last].text.lower()) and tokens[last - 1].is_mark(".")
    if not is_file or not all(_may_name(tokens, at) for at in range(index, stop)):
        return None
    return _say_path(tokens, index, stop), stop


def _say_path(tokens: Tokens, index: int, stop: int) -> list[Piece]:
    if tokens[stop - 1].end - tokens[index].start > _LONGEST_PATH:
        index = max(at + 1 for at in range(index, stop) if at == index or tokens[at].is_mark("/\\"))
    return _say(tokens, range(index, stop))


def _end(tokens: Tokens, index: int, most: int) -> int:
    """The index after the last word of the unbroken run at `index`."""
    at = last = index
    while at == index or (tokens[at].glued and at - index < most and tokens[at].kind is not Kind.EDGE):
        at += 1
        if tokens[at - 1].kind in (Kind.WORD, Kind.DIGITS):
            last = at
    return last


def _find(tokens: Tokens, index: int, stop: int, mark: str) -> int:
    """The index of the first such mark, `stop` if there is none."""
    return next((at for at in range(index, stop) if tokens[at].is_mark(mark)), stop)


def _mail_end(tokens: Tokens, index: int, stop: int) -> int:
    while index < stop and (tokens[index].kind is not Kind.MARK or tokens[index].is_mark(".-")):
        index += 1
    return index if tokens[index - 1].kind is not Kind.MARK else index - 1


def _is_host(tokens: Tokens, index: int, stop: int) -> bool:
    """Whether words with points between, or hyphens, end in a domain."""
    domain = tokens[stop - 1].text
    if stop < index + 3 or domain.istitle() or not table().has("domains", domain.lower()):
        return False
    names = all(tokens[at].kind in (Kind.WORD, Kind.DIGITS) or tokens[at].is_mark(".-") for at in range(index, stop))
    return names and tokens[stop - 2].is_mark(".") and not tokens[stop - 3].is_mark(".")


def _is_plain(tokens: Tokens, index: int, stop: int) -> bool:
    """Whether a path is short, and of words."""
    if stop <= index or tokens[stop - 1].end - tokens[index].start > _LONGEST_PATH:
        return False
    return all(_is_readable(tokens, at) for at in range(index, stop))


def _is_readable(tokens: Tokens, index: int) -> bool:
    """Whether a part of a path is a word, one of its marks, or a short number that is no part of a code."""
    token = tokens[index]
    if token.kind is not Kind.DIGITS:
        return token.kind is Kind.WORD or token.is_mark(_PATH)
    in_code = tokens[index - 1].kind is tokens[index + 1].kind is Kind.WORD and tokens[index + 1].glued
    return len(token.text) <= _MOST_DIGITS and not in_code


def _may_name(tokens: Tokens, index: int) -> bool:
    return tokens[index].kind in (Kind.WORD, Kind.DIGITS) or tokens[index].is_mark("./\\:-_~")


def _spells(tokens: Tokens, index: int, marks: str) -> bool:
    return all(tokens[index + at].glued and tokens[index + at].text == mark for at, mark in enumerate(marks))


def _say_host(tokens: Tokens, indexes: Sequence[int]) -> list[Piece]:
    """Capitals mean nothing here: they must not be taken for an acronym's."""
    pieces = _say(tokens, indexes)
    return [replace(piece, text=piece.text.lower()) if piece.text.isupper() else piece for piece in pieces]


def _say(tokens: Tokens, indexes: Sequence[int]) -> list[Piece]:
    return [piece for at in indexes for piece in say_part(tokens, at)]


def say_part(tokens: Tokens, index: int) -> list[Piece]:
    """A word, small if it is in capitals, a mark by its name, digits as a number or, if many, one by one."""
    token = tokens[index]
    if token.kind is Kind.WORD:
        shouted = len(token.text) > 1 and token.text.isupper()
        return [Piece(token.text.lower() if shouted else token.text, token.start, token.end, Gap.SPACE)]
    if token.kind is Kind.DIGITS:
        return say_code(token) if len(token.text) > _MOST_DIGITS else say_integer(tokens, index)
    words = table().mapping("address").get(token.text)
    return say(words, [token]) if words else []
