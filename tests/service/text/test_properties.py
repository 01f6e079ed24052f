"""What holds for every text, whatever it says. `HYPOTHESIS_PROFILE=long` looks at many more texts."""

import os
import re
from itertools import pairwise
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from service.text import prepare
from service.text.limits import MAX_CHARACTERS
from service.text.regions import regions

settings.register_profile("short", max_examples=100, deadline=None)
settings.register_profile("long", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

CORPUS = Path(__file__).with_name("corpus")
WRITTEN = sorted(
    written
    for path in CORPUS.glob("*.yaml")
    for readings in yaml.safe_load(path.read_text(encoding="utf-8")).values()
    for written in readings
)
READABLE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ' .,;:!?…¿¡()«»“”—-]*")
"""Letters of ASCII and Latin-1, which hold all of Spanish and most names in it, and the marks that are kept."""

MARKS = st.text(" .,;:!?¿¡()«»\"'“”…—–-*_#@/\\|<>[]{}&=+%$°ºª~^`\n\t", min_size=1, max_size=4)
NUMBERS = st.text("0123456789.,:/-$%", min_size=1, max_size=8)
WORDS = st.sampled_from(
    """a A y de la El siglo capítulo XXI Luis Dr Sra etc EE UU No núm p m Av S art kg km h mil millones pesos USD MXN
    DNI IMSS ONU enero lunes www com mx http x e i ñandú Ça über""".split()  # noqa: SIM905
)
PICTURES = st.sampled_from(["😀", "👍🏽", "👩‍🚀", "🇲🇽", "❤️", "\u200d", "🇲", "🏽", ":)", "<3", "1️⃣"])
MARKUP = st.sampled_from(
    [
        "<br>",
        "<p>",
        "</p>",
        "<b>",
        "<!--",
        "-->",
        "&amp;",
        "&#60;",
        "&nbsp;",
        "[a](b)",
        "![",
        "](",
        "# ",
        "- ",
        "> ",
        "```",
        "---",
        "\\n",
        "\\frac{1}{2}",
    ]
)
PARTS = st.one_of(st.sampled_from(WRITTEN), MARKS, NUMBERS, WORDS, PICTURES, MARKUP, st.text(max_size=5))
TEXTS = st.one_of(
    st.lists(PARTS, max_size=30).map("".join), st.lists(PARTS, max_size=30).map(" ".join), st.text(max_size=400)
)
REGIONS = st.sampled_from(sorted(regions()))


def squeeze(text: str) -> str:
    return text.replace(" ", "")


@given(TEXTS, REGIONS, st.booleans())
def test_segments_joined_are_the_text(text: str, region: str, split: bool) -> None:
    prepared = prepare(text, region, split=split)
    assert squeeze("".join(segment.text for segment in prepared.segments)) == squeeze(prepared.text)


@given(TEXTS, REGIONS, st.booleans(), st.integers(1, 600))
def test_no_segment_passes_the_maximum(text: str, region: str, split: bool, target: int) -> None:
    for segment in prepare(text, region, split=split, target_characters=target).segments:
        assert 0 < len(segment.text) <= MAX_CHARACTERS


@given(TEXTS, REGIONS)
def test_what_is_said_is_read_as_it_stands(text: str, region: str) -> None:
    said = prepare(text, region).text
    assert prepare(said, region).text == said


@given(TEXTS, REGIONS)
def test_all_that_is_said_can_be_read(text: str, region: str) -> None:
    assert READABLE.fullmatch(prepare(text, region).text)


@given(TEXTS, REGIONS)
def test_spans_lie_in_the_text_and_in_order(text: str, region: str) -> None:
    segments = prepare(text, region).segments
    for segment in segments:
        assert 0 <= segment.offset <= segment.offset + segment.length <= len(text)
    for before, after in pairwise(segments):
        assert before.offset + before.length <= after.offset


@given(TEXTS, REGIONS)
def test_words_lie_in_their_segment_and_their_source(text: str, region: str) -> None:
    for segment in prepare(text, region).segments:
        end, source_end = 0, segment.offset
        for word in segment.words:
            assert word.start >= end
            end = word.start + word.length
            assert any(character.isalpha() for character in segment.text[word.start : end])
            assert word.offset >= source_end
            assert word.source_length >= 0
            source_end = word.offset + word.source_length
        assert end <= len(segment.text)
        assert source_end <= segment.offset + segment.length
