"""Remains of Markdown, HTML and LaTeX, and emoticons: what stands in their place. Linear in the text."""

import html
import re
from collections.abc import Iterator
from functools import cache

from service.text.tables import table

ITEM, TURN, HEADING = "\x1c", "\x1d", "\x1e"
"""Line breaks before an item of a list, before another speaker, around a heading: no caller's text keeps these."""

_TARGET = r"\((?:[^()\s]|\([^()\s]*+\))*+(?:[ \t]+\"[^\"\n]{0,300}\")?\)"
_LINK_END = rf"\](?:{_TARGET}|\[[^\[\]\n]{{0,100}}\])"
_DROPPED = {
    "link_start": rf"!?\[(?=[^\[\]\n]{{0,300}}{_LINK_END}|!\[)",
    "link_end": _LINK_END,
    "definition": r"^[ \t]{0,3}\[[^\[\]\n]{1,100}\]:[ \t]+(?:<|https?:|www\.|\.?/|#)[^\n]*+",
    "footnote": r"\[\^[^\[\]\s]{1,50}\]:?",
    "checkbox": r"(?<=[-*+] )\[[ xX]\](?= )",
    "fence": r"^[ \t]{0,3}(?:`{3,}|~{3,})[^\n`]*+$",
    "table_rule": r"\r?\n[ \t]*+(?=[^\n|]{0,80}\|)[-|:+ \t]{2,}+(?=\r?\n|\Z)",
    "quoted": r"^[ \t]*+>[> \t]*+",
    "math": r"\\[()\[\]]",
}
_REPLACED = {
    "rule": (r"^[ \t]*+[-*_=~+#—–][-*_=~+# \t—–]{2,}+\r?$", "\n"),
    "heading": (r"^[ \t]{0,3}#{1,6}[ \t]+(?=\S)", HEADING),
    "turn": (r"\r?\n[ \t]*+(?=[—―]|[-–](?:[^\W\d_]|[¿¡«“\"]))", TURN),
    "item": (r"\r?\n[ \t]*+(?=(?:[-*+•·–▪◦●‣→►]|\d{1,3}[.)])[ \t])", ITEM),
    "broken": (r"\\\\", "\n"),
}
_TRANSLATED = {
    "hidden": r"<!--|<(?:script|style)(?=[\s>])",
    "tag": r"<(?P<closing>/?)(?P<name>[A-Za-z][A-Za-z0-9-]{0,15})(?=[\s/>])[^<>]{0,2000}>",
    "entity": r"&(?:amp;)?(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,24});",
    "path": r"(?<![\w\\])[A-Za-z]:(?:\\[^\\\s:*?\"<>|]{1,100})+",
    "fraction": r"\\[dt]?frac\{(?P<above>[^{}\n]{1,40})\}\{(?P<below>[^{}\n]{1,40})\}",
    "command": r"\\(?P<word>[A-Za-z]{1,20})",
    "escape": r"\\(?P<escaped>[!-/:-@\[-`{-~])",
    "emoticon": "",
}
_HIDDEN_ENDS = {"<!--": re.compile("-->"), "<script": re.compile(r"</script\s{0,9}>", re.I),
                "<style": re.compile(r"</style\s{0,9}>", re.I)}  # fmt: skip
_TAG_BREAKS = {"line": "\n", "paragraph": "\n\n", "item": ITEM, "heading": HEADING, "cell": "|"}


def find_markup(text: str) -> Iterator[tuple[int, int, str]]:
    """Spans of the text in order, each with what is to be read in its place."""
    ends = _HiddenEnds(text)
    at = 0
    while found := _remains().search(text, at):
        start, at = found.span()
        name = found.lastgroup or ""
        if name in _DROPPED:
            yield start, at, ""
        elif name in _REPLACED:
            yield start, at, _REPLACED[name][1]
        elif name == "hidden":
            at = ends.after(found[0].lower(), at)
            yield start, at, ""
        else:
            plain, length = _translate(name, found)
            at = start + length
            if plain is not None:
                yield start, at, plain


class _HiddenEnds:
    """Where comments and scripts end. Each kind that never ends again is searched once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._none: set[str] = set()

    def after(self, kind: str, index: int) -> int:
        """The index after the end of what begins at `index`; `index` if it has none."""
        found = None if kind in self._none else _HIDDEN_ENDS[kind].search(self._text, index)
        if found is None:
            self._none.add(kind)
            return index
        return found.end()


def _translate(name: str, found: re.Match[str]) -> tuple[str | None, int]:
    """What is read in place of a match, None for the match itself, and how many of its characters are gone."""
    length = len(found[0])
    if name == "tag":
        return _tag_break(found["name"].lower(), closing=bool(found["closing"])), length
    if name == "entity":
        return html.unescape(html.unescape(found[0])), length
    if name == "fraction":
        return f"{found['above']} sobre {found['below']}", length
    if name == "command":
        return _command(found["word"], length)
    if name == "escape":
        return found["escaped"], length
    if name == "emoticon":
        return table().mapping("emoji.emoticons")[found[0]], length
    return None, length


def _tag_break(name: str, *, closing: bool) -> str | None:
    kind = _tags().get(name)
    if kind is None:
        return "" if closing else None
    if kind in ("item", "heading") and closing:
        return "\n\n" if kind == "heading" else ""
    return "" if kind == "cell" and not closing else _TAG_BREAKS.get(kind, "")


def _command(name: str, length: int) -> tuple[str, int]:
    """A command of LaTeX, or an escaped line break or tab and what follows it."""
    words = table().mapping("latex").get(name)
    if words is not None:
        return f" {words} ", length
    return {"n": "\n", "r": "\n", "t": " "}.get(name[0], ""), 2 if name[0] in "nrt" else 1


@cache
def _tags() -> dict[str, str]:
    return {name: kind for kind, tags in table().mapping("tags").items() for name in tags}


@cache
def _remains() -> re.Pattern[str]:
    faces = "|".join(map(re.escape, sorted(table().mapping("emoji.emoticons"), key=len, reverse=True)))
    patterns = _DROPPED | {name: pattern for name, (pattern, _) in _REPLACED.items()} | _TRANSLATED
    patterns["emoticon"] = rf"(?<![^\s.,!?…])(?:{faces})(?![^\s.,!?…)])"
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items()), re.MULTILINE)
