import itertools
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.text import Assembler, Entry, Lexicon, Line, Segment, prepare
from service.text.assembling import MAX_BUFFERED
from tests.service.text.test_prepare import MESSY, PROSE, spell_capitals

CHAT = Path(__file__).with_name("chat.txt").read_text(encoding="utf-8")
WORDS = st.sampled_from(
    [
        *("a", "de", "el", "Hola", "casa", "camiones", "mil", "millones", "rápidamente", "Sr.", "Dra.", "etc.", "J."),
        *("EE.", "UU.", "p.", "ej.", "a.", "m.", "No.", "art.", "tel.", "x", "km", "ana@correo.mx", "5%", "1.250,50"),
        *(
            "mayo",
            "15/03/2024",
            "2024-03-15",
            "siglo",
            "XIV",
            "½",
            "+52",
            "55",
            "1234",
            "US$",
            "entre",
            "y",
            "lunes",
            "h",
        ),
        *("1", "25", "000", "$3", "15:30", "2.º", "—", "-", "*", "¿", "¡", "(", ")", "«", "»", '"', "'"),
        *(",", ",", ";", ":", ".", ".", ".", "?", "!", "…", "[", "]", "[pausa 500ms]", "[pausa", "1s]"),
        *(
            "**",
            "# ",
            "- ",
            "1. ",
            "> ",
            "```",
            "---",
            "|",
            "|---|",
            "[a](http://b.mx)",
            "[un",
            "nombre](http://b.mx)",
            "![a](b.png)",
        ),
        *(
            "<b>",
            "</b>",
            "<br>",
            "<a",
            'href="b">',
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "&amp;",
            "\\n",
            "\\frac{1",
            "2}{3}",
            "#ElDía",
            "@ana",
            "😀",
            ":)",
        ),
    ]
)
SPACES = st.sampled_from([" ", " ", " ", " ", "", ", ", ". ", ". ", "\n", "\n\n"])
TEXT = st.lists(st.tuples(WORDS, SPACES), max_size=80).map(lambda pairs: "".join(itertools.chain(*pairs)))


def cut_up(text: str, sizes: list[int]) -> list[str]:
    """The text in pieces of the sizes, over and over."""
    pieces, at = [], 0
    for size in itertools.cycle(sizes):
        if at >= len(text):
            return pieces
        pieces.append(text[at : at + size])
        at += size
    return pieces


def segments(lines: list[Line]) -> list[Segment]:
    return [line.segment for line in lines]


def texts(lines: list[Line]) -> list[str]:
    return [line.segment.text for line in lines]


def assemble(assembler: Assembler, pieces: list[str]) -> list[Segment]:
    lines = [line for piece in pieces for line in assembler.feed(piece)] + assembler.flush()
    whole = "".join(pieces)
    assert [line.words for line in lines] == [whole[s.offset : s.offset + s.length] for s in segments(lines)]
    return segments(lines)


@settings(max_examples=300, deadline=None)
@given(st.one_of(TEXT, MESSY), st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(50, 500))
def test_any_split_gives_the_segments_of_the_whole(text: str, sizes: list[int], target: int) -> None:
    read = partial(prepare, target_characters=target)
    assert assemble(Assembler(read), cut_up(text, sizes)) == list(read(text).segments)


@settings(deadline=None)
@given(TEXT, st.integers(1, 9), st.integers(20, 90))
def test_the_models_limit_holds_for_any_split(text: str, size: int, most: int) -> None:
    read = partial(prepare, cost=spell_capitals, max_cost=most)
    assert assemble(Assembler(read), cut_up(text, [size])) == list(read(text).segments)


LEXICON = Lexicon(
    [Entry("casa a de el", replacement="CADE"), Entry("Hola", replacement="Buenas. Qué tal"), Entry("1 25")]
)


@settings(deadline=None)
@given(TEXT, st.integers(1, 40))
def test_a_lexicon_holds_for_any_split(text: str, size: int) -> None:
    read = partial(prepare, lexicons=[LEXICON])
    assert assemble(Assembler(read), cut_up(text, [size])) == list(read(text).segments)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 50, 5000])
def test_what_a_chat_model_writes_is_said_as_one_text(size: int) -> None:
    assert assemble(Assembler(prepare), cut_up(CHAT, [size])) == list(prepare(CHAT).segments)


def test_a_text_that_is_not_to_be_split_waits_for_its_end() -> None:
    read = partial(prepare, split=False)
    assembler = Assembler(read)
    assert assembler.feed(PROSE + " Fin. ") == []
    assert segments(assembler.flush()) == list(read(PROSE + " Fin. ").segments)


def test_a_sentence_is_given_a_few_words_after_its_end() -> None:
    assembler = Assembler(prepare)
    waited = []
    for at in range(len(CHAT)):
        waited += [at - (each.offset + each.length) for each in segments(assembler.feed(CHAT[at]))][-1:]
    assert len(waited) > 8
    assert sorted(waited)[len(waited) // 2] < 70


@pytest.mark.slow
@pytest.mark.parametrize("text", [CHAT, "a ", "Sí. ", "1 ", "((", "\n", "a"])
def test_work_is_in_proportion_to_the_text(text: str) -> None:
    read = 0

    def count(text: str, **options: object) -> object:
        nonlocal read
        read += len(text)
        return prepare(text, **options)  # type: ignore[arg-type]

    long = (text * 4000)[:4000]
    assemble(Assembler(count), cut_up(long, [1]))  # type: ignore[arg-type]
    assert read < 25 * len(long)


def test_a_pause_says_whole_words_and_keeps_half_a_one() -> None:
    assembler = Assembler(prepare)
    assert assembler.feed("Cuesta 25 pesos y cen") == []
    assert texts(assembler.pause()) == ["Cuesta veinticinco pesos y"]
    assert assembler.pause() == []
    assert assembler.feed("tavos.") == []
    (rest,) = assembler.pause()
    assert (rest.segment.text, rest.segment.offset, rest.words) == ("centavos.", 18, "centavos.")
    assert assembler.flush() == []


def test_a_pause_in_a_decomposed_letter_keeps_the_word() -> None:
    assembler = Assembler(prepare)
    assembler.feed("un cafe\u0301")
    assert texts(assembler.pause()) == ["un"]
    assert texts(assembler.flush()) == ["café"]


def test_a_flush_ends_a_text_and_the_next_starts_another() -> None:
    assembler = Assembler(prepare)
    assembler.feed(PROSE)
    first = assembler.flush()
    assembler.feed(PROSE)
    second = assembler.flush()
    assert texts(first) == texts(second)
    assert [each.offset + len(PROSE) for each in segments(first)] == [each.offset for each in segments(second)]
    assert assembler.flush() == []


def test_what_is_dropped_is_not_said() -> None:
    assembler = Assembler(prepare)
    assembler.feed("Esto no se dice. Esto tam")
    assembler.drop()
    assembler.feed("Esto sí.")
    (line,) = assembler.flush()
    assert (line.segment.text, line.segment.offset) == ("Esto sí.", 25)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["sin fin ", "x", "( ", "pan, "])
def test_what_waits_is_bounded(text: str) -> None:
    assembler = Assembler(prepare)
    given: list[Line] = []
    for piece in cut_up(text * 2000, [100]):
        given += assembler.feed(piece)
        assert assembler.buffered <= MAX_BUFFERED
    given += assembler.flush()
    words = "".join(texts(given)).replace(" ", "").replace(",", "")
    assert words == (text * 2000).replace(" ", "").replace(",", "").replace("(", "")
