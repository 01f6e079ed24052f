"""The end of a text that goes on, where what follows may still change how it is taken apart."""

import re

_WINDOW = 2400
"""More than any mark-up may be long; what is open for longer is text."""

_LINK, _TAG = 700, 2000
_TARGET = re.compile(r"\((?:[^()\s]|\([^()\s]*+\))*+(?:[ \t]+\"[^\"\n]{0,300})?\"?\Z")
_TAG_START = re.compile(r"<(?=[A-Za-z/!])[^<>]*+\Z")
_HIDDEN = re.compile(r"<!--(?!.*-->)|<(script|style)(?=[\s>])(?!.*</\1)", re.DOTALL | re.IGNORECASE)
_FRACTION = re.compile(r"\\[dt]?frac\{[^{}\n]{0,40}(?:\}(?:\{[^{}\n]{0,40})?)?\Z")
_WHOLE_LINE = re.compile(r"(?:`{3}|~{3}|\[[^\[\]\n]{1,100}\]:)")


def leave_unfinished(text: str) -> str:
    """A text that ends after a whole word and goes on, without a last pause, link, tag or line that is not yet one."""
    while (end := _find_end(text)) < len(text):
        text = text[:end]  # what was closed after it is open again
    return text


def _find_end(text: str) -> int:
    start = max(0, len(text) - _WINDOW)
    tail = text[start:]
    found = (_find_bracket(tail), _find_tag(tail), _find_line(tail))
    return start + min(at for at in (*found, len(tail)) if at is not None)


def _find_bracket(tail: str) -> int | None:
    """The first bracket that is open, or that a link's address has still to close."""
    opened: list[int] = []
    for found in re.finditer(r"[\[\]]", tail):
        at = found.start()
        if found[0] == "[":
            opened.append(at)
        elif opened:
            first = opened.pop()
            if _TARGET.match(tail, at + 1):
                return min([*opened[:1], first])
    recent = [at for at in opened if at >= len(tail) - _LINK]
    return recent[0] if recent else None


def _find_tag(tail: str) -> int | None:
    found = _HIDDEN.search(tail) or _TAG_START.search(tail, max(0, len(tail) - _TAG)) or _FRACTION.search(tail)
    return found.start() if found else None


def _find_line(tail: str) -> int | None:
    """The break before last lines without letters, or before one that is taken as a whole."""
    last = len(tail)
    while last and not tail[last - 1].isalpha():
        last -= 1
    line = tail.find("\n", last)
    if line >= 0:
        return line
    begin = tail.rfind("\n") + 1
    return begin and begin - 1 if _WHOLE_LINE.match(tail[begin:].lstrip(" ")) else None
