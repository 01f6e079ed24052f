"""Reads callers' texts as this deployment does: with its lexicon and its longest segment."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

from eslatam.tts.v1 import speech_pb2

from service.config import Text
from service.engine.model import ModelInfo
from service.errors import Reason, ServiceError, invalid
from service.text import Entry, Lexicon, Prepare, Prepared, parse_lexicon, prepare, settle_target, shipped

Manner: TypeAlias = speech_pb2.SpeechOptions | speech_pb2.NormalizeTextRequest
"""What says how a text is read: both have `segmentation`, `lexicon` and `markup`."""


class TextReader:
    """Loads the deployment's lexicon on construction: ValueError if something is wrong with it, OSError without it."""

    def __init__(self, settings: Text) -> None:
        self._max_characters = settings.max_characters
        self._lexicons = [*map(_load, filter(None, [settings.lexicon])), shipped()]

    def read(self, text: str, language: str, manner: Manner) -> Prepared:
        """The text, for no model. ServiceError, about `text` or `lexicon[n]`, for what cannot be read."""
        return self.choose(language, manner)(text)

    def choose(self, language: str, manner: Manner, info: ModelInfo | None = None) -> Prepare:
        """How a text is read, in segments that the model can take, if one is named.

        ServiceError, about `lexicon[n]` at once or `text` later, for what cannot be read or the model cannot say.
        """
        asked = Lexicon(map(_read_entry, manner.lexicon))
        if info:
            _check_phonemes(manner.lexicon, info)
        segmentation = manner.segmentation
        read = partial(
            prepare,
            language=language,
            ssml=manner.markup == speech_pb2.MARKUP_SSML,
            lexicons=(asked, *self._fit(info.phonemes if info else None)),
            split=segmentation.split if segmentation.HasField("split") else True,
            target_characters=self.target(segmentation),
            max_characters=self._max_characters,
            cost=info.cost if info else len,
            max_cost=info.max_cost if info else self._max_characters,
        )
        return partial(_read_for, info, read) if info else read

    def target(self, segmentation: speech_pb2.Segmentation) -> int:
        """The length of a segment that is aimed for, in characters."""
        asked = segmentation.target_characters if segmentation.HasField("target_characters") else None
        return settle_target(asked, self._max_characters)

    @lru_cache(maxsize=8)  # noqa: B019 - there is one reader, which lives as long as the server
    def _fit(self, phonemes: frozenset[str] | None) -> Sequence[Lexicon]:
        """Our lexicons without what a model cannot say."""
        if phonemes is None:
            return self._lexicons
        return [lexicon.select(lambda entry: phonemes.issuperset(entry.phonemes)) for lexicon in self._lexicons]


def _read_for(info: ModelInfo, read: Prepare, text: str, **how: Any) -> Prepared:
    prepared = read(text, **how)
    _check_words(prepared, info)
    return prepared


def _load(path: Path) -> Lexicon:
    try:
        return parse_lexicon(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"the lexicon {path} cannot be used: {error}") from None


def _read_entry(entry: speech_pb2.LexiconEntry) -> Entry:
    return Entry(
        entry.word or entry.pattern, bool(entry.pattern), entry.replacement, entry.phonemes, entry.language_code
    )


def _check_phonemes(entries: Iterable[speech_pb2.LexiconEntry], info: ModelInfo) -> None:
    for index, entry in enumerate(entries):
        if not info.phonemes.issuperset(entry.phonemes):
            raise _cannot_say(f"lexicon[{index}].phonemes", entry.phonemes, info)


def _check_words(prepared: Prepared, info: ModelInfo) -> None:
    for segment in prepared.segments:
        for word in segment.words:
            if not info.phonemes.issuperset(word.phonemes):
                raise _cannot_say("text", word.phonemes, info)


def _cannot_say(field: str, phonemes: str, info: ModelInfo) -> ServiceError:
    if not info.phonemes:
        return invalid(
            Reason.UNSUPPORTED_OPTION,
            field,
            rule="model.phonemes",
            en=f"The model {info.name} takes no phonemes: write how the word sounds as other words.",
            es=f"El modelo {info.name} no recibe fonemas: escriba cómo suena la palabra con otras palabras.",
        )
    symbols, known = " ".join(sorted(set(phonemes) - info.phonemes)), " ".join(sorted(info.phonemes))
    return invalid(
        Reason.INVALID_FIELD,
        field,
        rule="model.phonemes",
        en=f"The model {info.name} cannot say {symbols}: use its phonemes, {known}.",
        es=f"El modelo {info.name} no puede decir {symbols}: use sus fonemas, {known}.",
    )
