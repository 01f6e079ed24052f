"""What is said in reply to one request: segments, and the caller's own words for each."""

from collections.abc import Iterable, Sequence

from service.engine.engine import Stream
from service.engine.jobs import Pronunciation
from service.engine.jobs import Segment as Spoken
from service.errors import Reason, ServiceError, invalid
from service.telemetry import metrics
from service.text import Line, Prepare

Script = list[Line]
"""Lines in the order they are said. A live session's grows."""


def write_script(text: str, prepare: Prepare) -> Script:
    """A text as it is said. INVALID_FIELD if there is nothing to say."""
    try:
        segments = prepare(text).segments
    except ServiceError as error:
        raise error.within("utterance" if error.is_about("text") else "utterance.options") from None
    if not segments:
        raise invalid(
            Reason.INVALID_FIELD,
            "utterance.text",
            rule="text.speakable",
            en="The text has nothing that can be said: write at least one word or number.",
            es="El texto no tiene nada que se pueda decir: escriba al menos una palabra o un número.",
        )
    return [Line(segment, text[segment.offset : segment.offset + segment.length]) for segment in segments]


def say(lines: Sequence[Line], stream: Stream) -> None:
    metrics.CHARACTERS.inc(count_characters(lines))
    for segment in (line.segment for line in lines):
        given = tuple(Pronunciation(word.start, word.length, word.phonemes) for word in segment.words if word.phonemes)
        stream.say(Spoken(segment.text, segment.pause_after, segment.pause_before, segment.rate, given))


def count_characters(lines: Iterable[Line]) -> int:
    """What is spoken, in characters."""
    return sum(len(line.segment.text) for line in lines)
