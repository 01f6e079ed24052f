import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Reason, ServiceError
from service.text import Prepared, prepare
from service.text.limits import MAX_CHARACTERS
from service.text.tables import table

READINGS = yaml.safe_load(Path(__file__).with_name("readings.yaml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(text, said, id=f"{group}-{text!a}") for group in READINGS for text, said in READINGS[group].items()
]
PATTERNS = (
    "a",
    "A",
    ".",
    "1",
    "¿",
    "1,",
    "1.",
    "1 ",
    "(",
    "a.",
    "A. ",
    "\n",
    "-",
    "e\u0301",
    "$1 ",
    '"',
    "\ud800",
    "ﷺ",
)
ATTACKS = [(pattern * 10_000)[:10_000] for pattern in (*PATTERNS, "\u0316\u0301")]
PROSE = (
    "Los guías advirtieron que el sendero hacia la laguna estaba cerrado por la lluvia, así que cambiamos de planes, "
    "subimos al cerro y, desde arriba, vimos cómo las nubes cubrían lentamente todo el valle."
)
UNBROKEN = "el perro de la casa que corre por el campo " * 20
MESSY = st.text(st.one_of(st.sampled_from(' .,;:!?¿¡()«»"—-\n0123456789$%@&ñáAEx'), st.characters()), max_size=400)
WORDS = st.text("abcdefghijklmnñopqrstuvwxyzáéíóúü", min_size=1, max_size=12).filter(
    lambda word: not ({word} & {*table().mapping("abbreviations.bare"), *table().words("unit_rules.sure")})
)


def texts(prepared: Prepared) -> list[str]:
    return [segment.text for segment in prepared.segments]


def spell_capitals(text: str) -> int:
    """A cost as a grapheme-to-phoneme module has: capitals are said letter by letter."""
    return sum(3 if character.isupper() else 1 for character in text)


def check(text: str, prepared: Prepared) -> None:
    end = 0
    for segment in prepared.segments:
        assert 0 < len(segment.text) <= MAX_CHARACTERS
        assert segment.text == segment.text.strip()
        assert any(character.isalpha() for character in segment.text)
        assert not any(character.isdigit() for character in segment.text)
        assert segment.offset >= end
        assert segment.length >= 0
        end = segment.offset + segment.length
    assert end <= len(text)


@pytest.mark.parametrize(("text", "said"), CASES)
def test_reading(text: str, said: str) -> None:
    assert " | ".join(texts(prepare(text))) == said


@given(MESSY, st.booleans(), st.integers(50, 500))
def test_any_text_gives_lawful_segments(text: str, split: bool, target: int) -> None:
    prepared = prepare(text, split=split, target_characters=target)
    check(text, prepared)
    assert prepared == prepare(text, split=split, target_characters=target)


@given(MESSY, st.booleans(), st.integers(1, 60))
def test_the_models_cost_is_never_passed(text: str, split: bool, most: int) -> None:
    prepared = prepare(text, split=split, cost=spell_capitals, max_cost=most)
    check(text, prepared)
    assert all(spell_capitals(segment.text) <= most for segment in prepared.segments)


@given(st.lists(WORDS, min_size=1, max_size=80), st.booleans())
def test_every_word_is_said_in_order(words: list[str], split: bool) -> None:
    said = " ".join(texts(prepare(" ".join(words), split=split))).split()
    assert said == words


@pytest.mark.slow
@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:4]))
def test_ten_thousand_of_anything(text: str, split: bool) -> None:
    check(text, prepare(text, split=split))


def test_a_word_beyond_the_maximum_is_cut_evenly() -> None:
    prepared = prepare("a" * 2000)
    assert "".join(texts(prepared)) == "a" * 2000
    assert {len(text) for text in texts(prepared)} == {250}
    assert [(segment.offset, segment.length) for segment in prepared.segments] == [(250 * at, 250) for at in range(8)]


def test_letters_beyond_the_models_limit_are_cut() -> None:
    prepared = prepare("la X, " * 60, cost=spell_capitals, max_cost=200)
    assert len(prepared.segments) == 3
    assert all(spell_capitals(text) <= 200 for text in texts(prepared))


def test_cost_is_asked_a_few_times_for_each_segment() -> None:
    calls: list[str] = []

    def cost(text: str) -> int:
        calls.append(text)
        return spell_capitals(text)

    prepared = prepare(PROSE * 50, cost=cost, max_cost=100)
    assert len(calls) <= 4 * len(prepared.segments)
    assert all(len(text) <= MAX_CHARACTERS for text in calls)


def test_long_sentences_are_cut_at_clauses_near_the_target() -> None:
    cut = PROSE.index(" subimos")
    assert texts(prepare(f"Hoy amaneció con una niebla muy espesa. {PROSE}"))[1:] == [PROSE[:cut], PROSE[cut + 1 :]]


def test_a_larger_target_cuts_less() -> None:
    assert prepare(PROSE, target_characters=200).segments[-1].text.endswith("valle.")
    assert prepare(f"Hoy amaneció con una niebla muy espesa. {PROSE}", target_characters=280).segments[1].text == PROSE


def test_the_target_in_force() -> None:
    assert prepare("Hola.").target_characters == 120
    assert prepare("Hola.", target_characters=60).target_characters == 60
    assert prepare("Hola.", target_characters=500).target_characters == MAX_CHARACTERS


def test_a_sentence_without_clauses_is_cut_between_words_only_above_the_maximum() -> None:
    whole = UNBROKEN[:250].rsplit(" ", 1)[0]
    assert texts(prepare(whole)) == [whole]
    runs = texts(prepare(UNBROKEN))
    assert " ".join(runs) == UNBROKEN.strip()
    assert all(150 < len(text) <= MAX_CHARACTERS for text in runs)
    assert not any(text.endswith((" el", " la", " de", " por")) for text in runs)


def test_the_first_segment_is_short() -> None:
    long = PROSE.replace("lluvia, así", "lluvia; así").replace("sendero", "sendero, de noche,")
    first, *rest = texts(prepare(long, target_characters=280))
    assert 20 <= len(first) <= 120 < len(long)
    assert all(len(text) >= 20 for text in rest)


def test_the_first_segment_leaves_no_fragment() -> None:
    text = "Bueno, los guías de la montaña advirtieron que el sendero hacia la laguna estaba muy cerrado, sí."
    assert texts(prepare(text)) == [text]


def test_short_sentences_join_within_a_paragraph_and_the_target() -> None:
    assert texts(prepare("No. Mañana vamos juntos al mercado del barrio.")) == [
        "No. Mañana vamos juntos al mercado del barrio."
    ]
    assert texts(prepare("Mañana vamos juntos al mercado del barrio. Sí.")) == [
        "Mañana vamos juntos al mercado del barrio. Sí."
    ]
    assert texts(prepare("No.\n\nMañana vamos juntos al mercado.")) == ["No.", "Mañana vamos juntos al mercado."]
    long = UNBROKEN[:117].strip() + "o."
    assert texts(prepare(f"No. {long}")) == ["No.", long]


def test_unsplit_text_is_one_segment_while_it_fits() -> None:
    text = "Hola a todos los que nos escuchan. Hoy hablaremos del clima.\n\nMañana también."
    assert texts(prepare(text, split=False)) == [text.replace("\n\n", " ")]
    assert len(prepare(PROSE * 2, split=False).segments) == 2


def test_pauses_tell_what_lies_between() -> None:
    morning, evening = "Hoy amaneció con una niebla espesa.", "Después bajamos todos al pueblo."
    text = f"{morning} {PROSE}\n{evening}\n\nFue un gran día para nosotros."
    assert [segment.pause_after for segment in prepare(text).segments] == [0.1, 0.0, 0.2, 0.4, 0.15]
    *inner, last = prepare(UNBROKEN).segments
    assert {segment.pause_after for segment in inner} == {0.0}
    assert last.pause_after == 0.15


def test_spans_point_into_the_callers_text() -> None:
    text = "  El Sr. Paz pagó $1,250.50 ayer.  Man\u0303ana llegan 21 casas nuevas al barrio. "
    prepared = prepare(text)
    assert [text[segment.offset :][: segment.length] for segment in prepared.segments] == [
        "El Sr. Paz pagó $1,250.50 ayer.",
        "Man\u0303ana llegan 21 casas nuevas al barrio.",
    ]
    assert prepared.character_count == sum(map(len, texts(prepared)))


@given(st.text(st.characters(categories=["L", "M"]), max_size=100))
def test_segments_of_any_script_are_composed(text: str) -> None:
    assert all(unicodedata.is_normalized("NFC", said) for said in texts(prepare(text)))


@pytest.mark.parametrize("language", ["es", "es-419", "es-MX", "ES_ar"])
def test_spanish_of_any_country_is_read(language: str) -> None:
    assert texts(prepare("Hola 2", language)) == ["Hola dos"]


@pytest.mark.parametrize("language", ["en-US", "est", ""])
def test_other_languages_are_refused(language: str) -> None:
    with pytest.raises(ServiceError) as caught:
        prepare("Hola", language)
    assert caught.value.reason is Reason.UNSUPPORTED_OPTION


def test_inverted_marks_stay_with_their_words() -> None:
    text = "Oye amigo ¿a qué hora sale el próximo autobús? Oye amiga ¡qué alegría verte! " * 8
    for split in (True, False):
        assert not any(said.endswith(("¿", "¡")) for said in texts(prepare(text, split=split)))


@pytest.mark.parametrize(
    "text", ["Querida Ana: ¿estás?:)# Hola mundo", "Ven, Ana...:) Son 21 casas", "&amp; Ana:) # <b>Hola</b> mundo"]
)
def test_words_that_stay_know_where_they_stood_however_often_a_text_is_read(text: str) -> None:
    for segment in prepare(text).segments:
        for word in segment.words:
            if not word.rule:
                said = segment.text[word.start : word.start + word.length]
                assert text[word.offset : word.offset + word.source_length] == said
