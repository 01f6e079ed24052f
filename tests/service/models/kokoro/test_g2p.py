from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.engine.jobs import Pronunciation
from service.models.kokoro.g2p import phonemize, transcribe
from service.models.kokoro.ipa import ACCEPTED, read_ipa
from service.models.kokoro.symbols import encode
from service.text import shipped

WORDS: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("group", WORDS)
def test_words_sound_as_listed(group: str) -> None:
    assert {word: phonemize(word) for word in WORDS[group]} == WORDS[group]


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("un vaso", "ˈum bˈaso"),
        ("con pan, en Perú", "kom pˈan, em peɾˈu"),
        ("(un) vaso", "(ˈun) bˈaso"),
        ("la vaca, vaca", "la βˈaka, bˈaka"),
        ("un dedo", "ˈun dˈeðo"),
        ("el gato", "el ɣˈato"),
    ],
)
def test_words_meet(text: str, phonemes: str) -> None:
    assert phonemize(text) == phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("me lo dio", "me lo ðjˈo"),
        ("para ti", "pˌaɾa tˈi"),
        ("¿Y con?", "i kˈon?"),
        ("De.", "dˈe."),
        ("¿Qué? Que no.", "kˈe? ke nˈo."),
        ("dímelo", "dˈimelo"),
        ("el ce de nuevo", "el sˈe ðˈe nwˈeβo"),
        ("la i a crece", "la ˈi ˈa kɾˈese"),
        ("dijo ese de allá", "dˈixo ˈese ðe aʝˈa"),
    ],
)
def test_clitics_have_no_stress_unless_alone(text: str, phonemes: str) -> None:
    assert phonemize(text) == phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("¡Hola!", "ˈola!"),
        ("¿Sí?", "sˈi?"),
        ("No...", "nˈo…"),
        ("no!!!", "nˈo!"),
        ("dijo «hola».", "dˈixo “ˈola”."),
        ("uno - dos", "ˈuno ðˈos"),
        ("uno – dos", "ˈuno— dˈos"),
        ("D'Angelo", "daŋxˈelo"),
    ],
)
def test_punctuation(text: str, phonemes: str) -> None:
    assert phonemize(text) == phonemes


@pytest.mark.parametrize("text", ["", " ", "¿?", "...", "日本", "\ud800", "\x00\x07", "🙂", "%&/"])
def test_nothing_to_say(text: str) -> None:
    assert phonemize(text) == ""


@pytest.mark.parametrize(
    ("language", "phonemes"),
    [
        ("es-419", "los ʝˈanos"),
        ("es", "los ʝˈanos"),
        ("es-MX", "los ʝˈanos"),
        ("es-AR", "los ʃˈanos"),
        ("es-uy", "los ʃˈanos"),
        ("es-Latn-AR", "los ʃˈanos"),
        ("es-CU", "loh ʝˈanoh"),
        ("es-PA", "loh ʝˈanoh"),
        ("AR", "los ʝˈanos"),
        ("", "los ʝˈanos"),
    ],
)
def test_accent_follows_the_region(language: str, phonemes: str) -> None:
    assert phonemize("los llanos", language) == phonemes


@given(st.text(max_size=60), st.sampled_from(["es-419", "es-AR", "es-DO"]))
def test_any_text_gives_symbols_kokoro_reads(text: str, language: str) -> None:
    encode(phonemize(text, language))


@given(st.text(alphabet="abcdeghlñquxyzáéíúü ,.", max_size=60))
def test_any_spanish_letters_give_symbols_kokoro_reads(text: str) -> None:
    encode(phonemize(text))


@pytest.mark.parametrize("part", ["xa", "b", "qu", "mente", "aeiou", "a. ", ", ", "ex ", "ll"])
def test_length_grows_with_the_text_only(part: str) -> None:
    once, twice = (len(phonemize(part * n)) for n in (1000, 2000))
    assert abs(twice - 2 * once) <= 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hola,  mundo.", [("Hola,", "ˈola"), ("mundo.", "mˈundo")]),
        ("¿Sí? «No», dijo.", [("¿Sí?", "sˈi"), ("«No»,", "nˈo"), ("dijo.", "dˈixo")]),
        ("un vaso — (con pan)…", [("un", "ˈum"), ("vaso", "bˈaso"), ("(con", "kom"), ("pan)…", "pˈan")]),
        ("franco-alemán", [("franco-alemán", "fɾˈanko ˌalemˈan")]),
        ("El CD, D'Angelo", [("El", "el"), ("CD,", "sˈe dˈe"), ("D'Angelo", "daŋxˈelo")]),
        ("cafe\u0301 🙂 🙂té", [("cafe\u0301", "kafˈe"), ("🙂té", "tˈe")]),
        ("... ¡... 日本 …", []),
    ],
)
def test_words_know_their_phonemes(text: str, words: list[tuple[str, str]]) -> None:
    found = transcribe(text)
    assert [
        (text[word.offset : word.offset + word.length], found.phonemes[word.start : word.end]) for word in found.words
    ] == words


@given(st.text(max_size=60) | st.text("abnps ,.-«»()¡é\u0301", max_size=60), st.sampled_from(["es", "es-AR", "es-DO"]))
def test_words_are_in_order_and_hold_every_sound(text: str, language: str) -> None:
    found = transcribe(text, language)
    phonemes = list(found.phonemes)
    places = [(word.offset, word.start, word.end) for word in found.words]
    assert places == sorted(places)
    for word in found.words:
        run = text[word.offset : word.offset + word.length]
        assert run.split() == [run]
        assert phonemes[word.start] not in "() “”,;:.!?…—"
        phonemes[word.start : word.end] = "-" * (word.end - word.start)
    assert set(phonemes) <= set("-() “”,;:.!?…—")


@pytest.mark.parametrize(
    ("written", "symbols"),
    [
        ("ˈtʃe.bʁe".replace("ʁ", "ɾ"), "ʧˈebɾe"),
        ("espoˈt͡ʃfai", "espoʧfˈI"),
        ("ˌnueˈβa ˈjoɾk", "nˌueβˈa jˈoɾk"),
        ("ˈθielo ˈʎanto ˈɡeoi", "sˈielo ʝˈanto ɡˈeoɪ"),
        ("kˈasa", "kˈasa"),
    ],
)
def test_ipa_becomes_kokoros_symbols(written: str, symbols: str) -> None:
    assert set(written) <= ACCEPTED
    assert read_ipa(written) == symbols
    encode(symbols)


def test_given_phonemes_are_said_as_they_are_in_any_accent() -> None:
    text = "Un CHE, y New York (bis) yo."
    given = [Pronunciation(3, 3, "ˈʝe"), Pronunciation(10, 8, "ˈnas ˈʝoɾk")]
    found = transcribe(text, "es-AR", given)
    assert found.phonemes == "ˈun ʝˈe, i nˈas ʝˈoɾk (βˈis) ʃˈo."
    assert [text[word.offset : word.offset + word.length] for word in found.words] == [
        "Un", "CHE,", "y", "New York", "(bis)", "yo.",
    ]  # fmt: skip


@given(st.text("".join(sorted(ACCEPTED)), max_size=20))
def test_any_accepted_phonemes_can_be_said(phonemes: str) -> None:
    encode(transcribe("a B c", given=[Pronunciation(2, 1, phonemes)]).phonemes)


def test_the_shipped_lexicon_can_be_said() -> None:
    entries = shipped().entries
    assert len(entries) > 40
    for entry in entries:
        assert set(entry.phonemes) <= ACCEPTED, entry.written
        encode(read_ipa(entry.phonemes))
