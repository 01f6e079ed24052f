"""What holds for every text, whatever it says."""

from hypothesis import given
from hypothesis import strategies as st

from service.text import Prepared, prepare
from service.text.regions import regions

MESSY = st.text(st.one_of(st.sampled_from(' .,;:!?¿¡()«»"—-\n0123456789$%@&ñáAEx'), st.characters()), max_size=400)
REGIONS = st.sampled_from(sorted(regions()))


def join(prepared: Prepared) -> str:
    return "".join(segment.text for segment in prepared.segments).replace(" ", "")


@given(MESSY, REGIONS, st.booleans())
def test_segments_joined_are_the_text(text: str, region: str, split: bool) -> None:
    prepared = prepare(text, region, split=split)
    assert join(prepared) == prepared.text.replace(" ", "")


@given(MESSY, REGIONS)
def test_words_lie_in_their_segment_and_their_source(text: str, region: str) -> None:
    for segment in prepare(text, region).segments:
        end = 0
        for word in segment.words:
            assert word.start >= end
            end = word.start + word.length
            assert any(character.isalpha() for character in segment.text[word.start : end])
            assert segment.offset <= word.offset
            assert word.offset + word.source_length <= segment.offset + segment.length
        assert end <= len(segment.text)


@given(MESSY, REGIONS)
def test_what_is_said_is_read_as_it_stands(text: str, region: str) -> None:
    said = prepare(text, region).text
    assert prepare(said, region).text == said
