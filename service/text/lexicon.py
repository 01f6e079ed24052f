"""Words and patterns that are said otherwise than the rules would: the caller's, the deployment's, our own.

Words are found in a trie of tokens and patterns by RE2, so time is linear in the text whatever an entry holds.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any, Self

import re2
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from service.errors import Reason, ServiceError, invalid
from service.text.script import CUE, Cue, Passage

_TOKEN = re.compile(r"[\w\u0300-\u036f]+|[^\w\s]")
_LONGEST_TOKEN = 200
_MATCHES = 4
"""Of patterns, for each character of the text: a bound on what a caller's patterns may cost."""

_PATTERN_WORDS = 4

_EVERYWHERE = ("", "es", "es-419")


@dataclass(frozen=True, slots=True)
class Entry:
    """How a word, or what a pattern in RE2's syntax matches, is said: as other words, or by phonemes in IPA.

    `region` is a BCP-47 tag, "" for all.
    """

    written: str
    is_pattern: bool = False
    replacement: str = ""
    phonemes: str = ""
    region: str = ""

    def holds_in(self, region: str) -> bool:
        return self.region in _EVERYWHERE or self.region.lower() == region.lower()


@dataclass(frozen=True, slots=True)
class Match:
    """Characters `start` to `end` of a passage, and the entry of that rank that says them."""

    start: int
    end: int
    rank: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a mark, folded."""

    text: str
    start: int
    end: int
    spaced: bool

    def key(self, first: bool) -> str:
        """What it is known by: but for the first of an entry, with the space before it."""
        return f" {self.text}" if self.spaced and not first else self.text


@dataclass(slots=True)
class _Node:
    """What may follow some tokens of a word, and the ranks of the entries that end here."""

    following: dict[str, "_Node"] = field(default_factory=dict)
    ranks: list[int] = field(default_factory=list)


class Lexicon:
    """Entries in their order: of two that fit at the same place the first is taken."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """ServiceError, about the field `lexicon[n]`, for an entry that cannot be used."""
        self.entries = tuple(entries)
        self._root = _Node()
        self._patterns: list[tuple[int, Any]] = []
        for rank, entry in enumerate(self.entries):
            if entry.is_pattern:
                self._patterns.append((rank, _compile(entry, rank)))
            else:
                self._plant(entry, rank)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def reach(self) -> int:
        """How many words after a place may decide what fits there. A pattern may take more than this tells."""
        words = (len(entry.written.split()) - 1 for entry in self.entries if not entry.is_pattern)
        return max(_PATTERN_WORDS if self._patterns else 0, *words, 0)

    def select(self, suits: Callable[[Entry], bool]) -> "Lexicon":
        """Its entries that suit."""
        return Lexicon(filter(suits, self.entries))

    def find(self, passage: Passage) -> Iterator[Match]:
        """Everything that fits, overlapping or not."""
        region = passage.region.code
        for start, rank, end in chain(self._find_words(passage.chars), self._find_patterns(passage.chars)):
            if self.entries[rank].holds_in(region) and CUE not in passage.chars[start:end]:
                yield Match(start, end, rank, self.entries[rank])

    def _plant(self, entry: Entry, rank: int) -> None:
        node = self._root
        tokens = _split(entry.written)
        if not tokens:
            raise _unusable(rank, "write a word with at least one letter", "escriba una palabra con alguna letra")
        for token in tokens:
            node = node.following.setdefault(token.key(node is self._root), _Node())
        node.ranks.append(rank)

    def _find_words(self, text: str) -> Iterator[tuple[int, int, int]]:
        if not self._root.following:
            return
        tokens = _split(text)
        for first, token in enumerate(tokens):
            node, at = self._root, first
            while at < len(tokens) and (following := node.following.get(tokens[at].key(at == first))):
                yield from ((token.start, rank, tokens[at].end) for rank in following.ranks)
                node, at = following, at + 1

    def _find_patterns(self, text: str) -> Iterator[tuple[int, int, int]]:
        left = _MATCHES * len(text)
        for rank, pattern in self._patterns:
            for found in pattern.finditer(text):
                left -= 1
                if left < 0:
                    raise _unusable(rank, "its pattern matches too often", "su patrón coincide demasiadas veces")
                yield found.start(), rank, found.end()


def annotate(passage: Passage, lexicons: Sequence[Lexicon]) -> Passage:
    """The passage with a cue wherever an entry fits: the leftmost, then of the first lexicon, then its first entry."""
    found = [(layer, match) for layer, lexicon in enumerate(lexicons) for match in lexicon.find(passage)]
    found.sort(key=lambda place: (place[1].start, place[0], place[1].rank))
    return _put_cues(passage, [match for _, match in found]) if found else passage


def leave_words(passage: Passage, count: int) -> Passage:
    """A passage that goes on, without its last words."""
    words = list(re.finditer(r"\S+", passage.chars)) if count else []
    if not words:
        return passage
    stop = words[-count].start() if len(words) >= count else 0
    chars, cues = passage.chars[:stop], passage.cues[: passage.chars.count(CUE, 0, stop)]
    return replace(passage, chars=chars, starts=passage.starts[:stop], ends=passage.ends[:stop], cues=cues)


def _put_cues(passage: Passage, matches: Iterable[Match]) -> Passage:
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    cues: list[Cue] = []
    given = iter(passage.cues)
    at = 0

    def copy(stop: int) -> None:
        chars.append(passage.chars[at:stop])
        starts.extend(passage.starts[at:stop])
        ends.extend(passage.ends[at:stop])
        cues.extend(next(given) for _ in range(passage.chars.count(CUE, at, stop)))

    for match in matches:
        if match.start < at:
            continue
        copy(match.start)
        written, entry = passage.chars[match.start : match.end], match.entry
        cues.append(Cue(written, entry.replacement or written, "lexicon", entry.phonemes))
        chars.append(CUE)
        starts.append(passage.starts[match.start])
        ends.append(passage.ends[match.end - 1])
        at = match.end
    copy(len(passage.chars))
    return Passage("".join(chars), starts, ends, passage.region, tuple(cues), passage.rate, passage.pause)


@cache
def shipped() -> Lexicon:
    """Our own: names and brands."""
    return parse_lexicon(resources.files("service.text").joinpath("lexicon.yaml").read_text(encoding="utf-8"))


def parse_lexicon(source: str) -> Lexicon:
    """A YAML list of entries: each has a `word` or a `pattern`, a `replacement` or `phonemes`, and perhaps a `region`.

    ValueError that tells what is wrong with it.
    """
    try:
        listed = TypeAdapter(list[_Listed]).validate_python(yaml.safe_load(source))
        return Lexicon(entry.read() for entry in listed)
    except (ServiceError, ValidationError, yaml.YAMLError) as error:
        raise ValueError(str(error)) from None


class _Listed(BaseModel):
    """An entry as a file has it."""

    model_config = ConfigDict(extra="forbid")

    word: str = ""
    pattern: str = ""
    replacement: str = ""
    phonemes: str = ""
    region: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.word) == bool(self.pattern) or bool(self.replacement) == bool(self.phonemes):
            raise ValueError("an entry has a word or a pattern, and a replacement or phonemes")
        return self

    def read(self) -> Entry:
        return Entry(self.word or self.pattern, bool(self.pattern), self.replacement, self.phonemes, self.region)


def _compile(entry: Entry, rank: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 2**20
    try:
        pattern = re2.compile(entry.written, options=options)
    except re2.error:
        raise _unusable(rank, "it is not a pattern of RE2", "no es un patrón de RE2") from None
    if pattern.fullmatch(""):
        raise _unusable(rank, "its pattern matches nothing at all", "su patrón coincide con nada")
    return pattern


def _split(text: str) -> list[_Token]:
    return [
        _Token(_fold(found[0]), *found.span(), spaced=text[found.start() - 1 : found.start()].isspace())
        for found in _TOKEN.finditer(text)
    ]


def _fold(token: str) -> str:
    """Composed and without regard to case; a token longer than any word as it is, for composing can be quadratic."""
    return unicodedata.normalize("NFC", token).casefold() if len(token) <= _LONGEST_TOKEN else token


def _unusable(rank: int, en: str, es: str) -> ServiceError:
    return invalid(
        Reason.INVALID_FIELD,
        f"lexicon[{rank}]",
        rule="lexicon.entry",
        en=f"This entry of the lexicon cannot be used: {en}.",
        es=f"Esta entrada del léxico no se puede usar: {es}.",
    )
