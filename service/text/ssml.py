"""A subset of SSML 1.1: speak, p, s, break, say-as, sub, phoneme, lang and prosody rate.

Source: W3C Recommendation "Speech Synthesis Markup Language (SSML) Version 1.1".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from service.errors import ServiceError
from service.text.interpretation import interpret
from service.text.pauses import check_pause
from service.text.regions import Region, find_region
from service.text.script import CUE, Cue, Passage, refuse
from service.text.tables import table

_SLOWEST, _FASTEST = 0.25, 4.0
_TIME = re.compile(r"\+?(\d{1,6}(?:\.\d{1,3})?)(ms|s)")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)%")
_KNOWN = "p, s, break, say-as, sub, phoneme, lang, prosody rate"

Attributes = Mapping[str, str]


def read_ssml(text: str, region: Region) -> list[Passage]:
    """The passages of a document. ServiceError, about the field `text`, for what is no SSML or not of the subset."""
    return _Document(text, region).read()


@dataclass(frozen=True, slots=True)
class _Style:
    region: Region
    rate: float


@dataclass(slots=True)
class _Run:
    """Characters of a passage under way."""

    chars: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)

    def put(self, chars: str, start: int, end: int) -> None:
        """Adds characters from a span: each from its own, or each from all of it where they are not as many."""
        alike = len(chars) == end - start
        self.chars.append(chars)
        self.starts += range(start, end) if alike else [start] * len(chars)
        self.ends += range(start + 1, end + 1) if alike else [end] * len(chars)

    def write(self) -> str:
        return "".join(self.chars)


class _Document:
    """Expat tells where an event begins; it ends where the next one begins."""

    def __init__(self, text: str, region: Region) -> None:
        self._bytes = text.encode("utf-8", "replace")
        self._region = region
        self._styles: list[_Style] = []
        self._open: list[str] = []
        self._passages: list[Passage] = []
        self._run = _Run()
        self._cue: Callable[[str], Cue] | None = None
        self._inside = _Run()
        self._pending = ""
        self._pending_from = 0
        self._at = (0, 0)
        self._parser = expat.ParserCreate("UTF-8", namespace_separator=None)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.DefaultHandler = lambda _: self._flush()
        self._parser.StartDoctypeDeclHandler = _refuse_doctype

    def read(self) -> list[Passage]:
        try:
            self._parser.Parse(self._bytes, True)
        except expat.ExpatError as error:
            place = f"{error.lineno}:{error.offset + 1}"
            raise refuse(
                "text.ssml",
                f"The SSML is not well formed at {place}: close every element and write & as &amp;.",
                f"El SSML no está bien formado en {place}: cierre cada elemento y escriba & como &amp;.",
            ) from None
        return self._passages

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        name = name.removeprefix("ssml:")
        if bool(self._open) == (name == "speak"):
            raise _refuse_element("speak" if self._open else name)
        if self._cue:
            raise refuse(
                "text.ssml",
                f"The element {self._open[-1]} may hold nothing but text.",
                f"El elemento {self._open[-1]} solo puede contener texto.",
            )
        self._open.append(name)
        match name:
            case "speak" | "lang":
                self._enter(attributes.get("xml:lang"), 1.0)
            case "prosody":
                self._enter(None, _read_rate(attributes))
            case "p" | "s":
                self._put_break(name)
            case "break":
                self._cut(_read_break(attributes))
            case "sub" | "phoneme" | "say-as":
                self._cue = _read_cue(name, attributes)
                self._inside = _Run()
            case _:
                raise _refuse_element(name)

    def _end(self, _: str) -> None:
        self._flush()
        match name := self._open.pop():
            case "speak" | "lang" | "prosody":
                self._cut(None)
                self._styles.pop()
            case "p" | "s":
                self._put_break(name)
            case "sub" | "phoneme" | "say-as":
                self._put_cue()

    def _data(self, data: str) -> None:
        self._flush()
        self._pending, self._pending_from = data, self._locate()

    def _flush(self) -> None:
        """Takes the characters of the last event, whose end is known by now."""
        if self._pending:
            run = self._inside if self._cue else self._run
            run.put(self._pending.replace(CUE, " "), self._pending_from, self._locate())
            self._pending = ""

    def _locate(self) -> int:
        """Where the parser is, in code points. It only goes forward."""
        at, characters = self._at
        now = self._parser.CurrentByteIndex
        self._at = now, characters + len(self._bytes[at:now].decode("utf-8", "replace"))
        return self._at[1]

    def _enter(self, language: str | None, rate: float) -> None:
        self._cut(None)
        outer = self._styles[-1] if self._styles else _Style(self._region, 1.0)
        region = find_region(language) if language else outer.region
        self._styles.append(_Style(region, min(max(outer.rate * rate, _SLOWEST), _FASTEST)))

    def _put_break(self, name: str) -> None:
        here = self._locate()
        if name == "p":
            self._run.put("\n\n", here, here)
        elif self._run.chars[-1:] != ["\n"]:
            self._run.put("\n", here, here)

    def _put_cue(self) -> None:
        inside = self._inside
        if self._cue and inside.starts:
            self._run.cues.append(self._cue(inside.write()))
            self._run.chars.append(CUE)
            self._run.starts.append(inside.starts[0])
            self._run.ends.append(inside.ends[-1])
        self._cue = None

    def _cut(self, pause: float | None) -> None:
        """Ends the passage under way."""
        run, self._run = self._run, _Run()
        if self._styles and (run.chars or pause is not None):
            style = self._styles[-1]
            self._passages.append(
                Passage(run.write(), run.starts, run.ends, style.region, tuple(run.cues), style.rate, pause)
            )


def _read_break(attributes: Attributes) -> float:
    seconds = table().mapping("breaks").get(attributes.get("strength", "medium"))
    if time := attributes.get("time"):
        found = _TIME.fullmatch(time)
        seconds = float(found[1]) * (0.001 if found[2] == "ms" else 1.0) if found else None
    if seconds is None:
        raise _refuse_value("break", 'time="500ms"')
    return check_pause(float(seconds))


def _read_rate(attributes: Attributes) -> float:
    written = attributes.get("rate", "")
    rate = table().mapping("rates").get(written)
    if percent := _PERCENT.fullmatch(written):
        rate = float(percent[1]) / 100
    if attributes.keys() != {"rate"} or not rate:
        raise _refuse_value("prosody", 'rate="slow" or rate="90%"')
    return float(rate)


def _read_cue(name: str, attributes: Attributes) -> Callable[[str], Cue]:
    """What makes a cue of the text inside an element."""
    match name, dict(attributes):
        case "sub", {"alias": alias}:
            return lambda written: Cue(written, alias, "sub")
        case "phoneme", {"ph": phonemes, **others} if others.get("alphabet", "ipa") == "ipa" and phonemes:
            return lambda written: Cue(written, written, "phoneme", phonemes)
        case "say-as", {"interpret-as": kind, **others}:
            return lambda written: Cue(written, interpret(written, kind, others.get("format", "")), "say-as")
    examples = {"sub": 'alias="…"', "phoneme": 'alphabet="ipa" ph="…"', "say-as": 'interpret-as="digits"'}
    raise _refuse_value(name, examples[name])


def _refuse_doctype(*_: object) -> None:
    raise _refuse_element("!DOCTYPE")


def _refuse_element(name: str) -> ServiceError:
    name = name[:40]
    return refuse(
        "text.ssml",
        f"The SSML has {name} where it cannot be: use one speak element, and in it {_KNOWN}.",
        f"El SSML tiene {name} donde no puede estar: use un elemento speak, y dentro de él {_KNOWN}.",
    )


def _refuse_value(name: str, example: str) -> ServiceError:
    return refuse(
        "text.ssml",
        f"The attributes of the element {name} cannot be read: write them as {example}, and no others.",
        f"Los atributos del elemento {name} no se pueden leer: escríbalos como {example}, y ningún otro.",
    )
