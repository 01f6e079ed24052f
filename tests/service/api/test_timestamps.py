from itertools import pairwise

import numpy as np
import pytest
from eslatam import AsyncClient, Speech
from hypothesis import given
from hypothesis import strategies as st

from service.api.timestamps import match_words
from service.engine.jobs import WordTime
from service.text import prepare
from tests.service.conftest import StartServer

KOKORO = {"models": {"loaded": ["kokoro-es"], "default": "kokoro-es", "fallback": None}}
TEXT = "Son $1,250.50 por el cafe\u0301 🙂. ¿Llegan 25 cajas, o «treinta» (30)? El franco-alemán no vino el 3 de mayo."


def time_runs(text: str) -> list[WordTime]:
    """Each run of the text a second after the other, as a model gives them."""
    times, at = [], 0
    for index, run in enumerate(text.split()):
        at = text.index(run, at)
        if any(map(str.isalpha, run)):
            times.append(WordTime(at, len(run), 10 * index, 10 * index + 9))
        at += len(run)
    return times


def match(text: str, language: str = "es-MX") -> list[tuple[str, str]]:
    return [
        (text[span.offset : span.offset + span.length], span.spoken)
        for segment in prepare(text, language).segments
        for span in match_words(segment, time_runs(segment.text))
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hola, mundo.", [("Hola", "Hola"), ("mundo", "mundo")]),
        ("¿Hay 25 casas?", [("Hay", "Hay"), ("25", "veinticinco"), ("casas", "casas")]),
        ("Van 31.", [("Van", "Van"), ("31", "treinta y uno")]),
        ("Son $5 hoy.", [("Son", "Son"), ("$5", "cinco pesos"), ("hoy", "hoy")]),
        (
            "Un cafe\u0301 🙂 😀 negro.",
            [
                ("Un", "Un"),
                ("cafe\u0301", "café"),
                ("🙂 😀", "carita feliz cara sonriendo"),
                ("negro", "negro"),
            ],
        ),
        ("⑴ ⒈ ℅ x ½", [("⑴", "uno"), ("⒈", "uno"), ("℅", "c o"), ("x", "x"), ("½", "un medio")]),
        ("El franco-alemán.", [("El", "El"), ("franco-alemán", "franco-alemán")]),
    ],
)
def test_a_word_is_the_callers_own(text: str, words: list[tuple[str, str]]) -> None:
    assert match(text) == words


def test_an_expression_lasts_from_its_first_word_to_its_last() -> None:
    (segment,) = prepare("Son $1,250.50 nada más", "es-MX").segments
    spans = match_words(segment, time_runs(segment.text))
    assert [span.spoken for span in spans] == [
        "Son", "mil doscientos cincuenta pesos con cincuenta centavos", "nada", "más",
    ]  # fmt: skip
    assert [(span.start_sample, span.end_sample) for span in spans] == [(0, 9), (10, 79), (80, 89), (90, 99)]


def test_words_without_a_time_are_left_out() -> None:
    (segment,) = prepare("Uno dos tres cuatro").segments
    times = time_runs(segment.text)
    assert [span.spoken for span in match_words(segment, [times[1], times[3]])] == ["dos", "cuatro"]
    assert match_words(segment, []) == []


@given(
    st.text(max_size=80) | st.text("aé\u0301ñ 1290.,$%-/:()¿?🙂\n", max_size=80), st.sampled_from(["es-MX", "es-AR"])
)
def test_words_of_any_text_are_in_order_within_their_segment(text: str, language: str) -> None:
    for segment in prepare(text, language).segments:
        end = segment.offset
        for span in match_words(segment, time_runs(segment.text)):
            assert end <= span.offset
            assert span.length > 0
            end = span.offset + span.length
        assert end <= segment.offset + segment.length


async def speak(client: AsyncClient, **options: object) -> Speech:
    return await client.synthesize(TEXT, language="es-MX", timestamps=["segment", "word"], **options)  # type: ignore[misc]


def words_of(speech: Speech) -> list[tuple[str, str]]:
    return [(stamp.text, stamp.spoken_text) for stamp in speech.timestamps if stamp.granularity == "word"]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_embedded_voice_times_the_callers_words(start_server: StartServer) -> None:
    server = await start_server(**KOKORO)
    async with AsyncClient(f"127.0.0.1:{server.port}", timeout=200) as client:
        assert (await client.models())[0].has_word_timestamps
        speech = await speak(client, encoding="pcm_f32le")
        other = await speak(client, encoding="pcm_f32le", sample_rate=8000, speaking_rate=1.5)
    words = [stamp for stamp in speech.timestamps if stamp.granularity == "word"]
    segments = [stamp for stamp in speech.timestamps if stamp.granularity == "segment"]
    assert len(segments) == speech.header.segment_count > 1
    assert words_of(speech)[:7] == [
        ("Son", "Son"), ("$1,250.50", "mil doscientos cincuenta pesos con cincuenta centavos"), ("por", "por"),
        ("el", "el"), ("cafe\u0301", "café"), ("🙂", "carita feliz"), ("Llegan", "Llegan"),
    ]  # fmt: skip
    ends = [0.0, 0]
    for word in words:
        assert TEXT[word.offset : word.offset + word.length] == word.text
        segment = segments[word.segment_index]
        assert segment.offset <= word.offset
        assert word.offset + word.length <= segment.offset + segment.length
        assert segment.start <= word.start < word.end <= segment.end
        assert word.start >= ends[0]
        assert word.offset >= ends[1]
        ends = [word.end, word.offset + word.length]
    assert words_of(other) == words_of(speech)
    check_loudness(speech, words)
    faster = [stamp for stamp in other.timestamps if stamp.granularity == "word"]
    assert [word.start for word in faster] == pytest.approx([word.start / 1.5 for word in words], abs=0.001)
    check_loudness(other, faster)


def check_loudness(speech: Speech, words: list) -> None:
    """Every word is heard where it is said to be, and what lies between two sentences is silent."""
    samples, rate = np.frombuffer(speech.audio, "<f4"), speech.header.sample_rate
    peak = np.abs(samples).max()
    assert len(samples) == speech.summary.sample_count
    for word in words:
        assert np.abs(samples[int(word.start * rate) : int(word.end * rate)]).max() > 0.05 * peak
    for before, after in pairwise(words):
        if before.segment_index != after.segment_index:
            between = samples[int((before.end + 0.05) * rate) : int((after.start - 0.05) * rate)]
            assert len(between) > 0.1 * rate
            assert np.abs(between).max() < 0.05 * peak
