import pytest

from service.errors import Reason, ServiceError
from service.text import prepare
from service.text.lexicon import Entry, Lexicon, parse_lexicon, shipped


def say(text: str, *entries: Entry, language: str = "es-419") -> str:
    return prepare(text, language, lexicons=[Lexicon(entries)]).text


def word(written: str, said: str, region: str = "") -> Entry:
    return Entry(written, replacement=said, region=region)


def pattern(written: str, said: str) -> Entry:
    return Entry(written, is_pattern=True, replacement=said)


@pytest.mark.parametrize(
    ("text", "entry", "said"),
    [
        ("Abrí SPOTIFY hoy.", word("Spotify", "espotifai"), "Abrí espotifai hoy."),
        ("Ñandu\u0301 y ñandú.", word("Ñandú", "avestruz"), "avestruz y avestruz."),
        ("No, nono y sino.", word("no", "nel"), "nel, nono y sino."),
        ("Vive en New  York.", word("New York", "Nueva York"), "Vive en Nueva York."),
        ("Uso C++ y C.", word("C++", "ce más más"), "Uso ce más más y C."),
        ("Vuelo AV-123.", pattern(r"AV-\d+", "vuelo 9"), "Vuelo vuelo nueve."),
        ("El COVID 19.", pattern("(?i)covid.19", "covid"), "El covid."),
        ("Son 21 pesos.", word("pesos", "mangos"), "Son veintiún mangos."),
    ],
)
def test_an_entry_is_said(text: str, entry: Entry, said: str) -> None:
    assert say(text, entry) == said


def test_the_leftmost_is_taken_then_the_first() -> None:
    entries = (pattern("b+ c", "tarde"), word("a b", "primero"), word("a", "segundo"))
    assert say("a b c", *entries) == "primero c"
    assert say("a b c", entries[2], entries[1], entries[0]) == "segundo tarde"


def test_a_callers_entry_goes_before_the_others() -> None:
    lexicons = [Lexicon([word("X", "equis")]), Lexicon([word("X", "Ekis"), word("Y", "ye")])]
    assert prepare("X Y", lexicons=lexicons).text == "equis ye"


def test_an_entry_of_a_region_holds_there_alone() -> None:
    entries = (word("ATM", "cajero", "es-MX"), word("ATM", "atm", "es-419"))
    assert say("ATM", *entries, language="es-MX") == "cajero"
    assert say("ATM", *entries, language="es-AR") == "atm"


def test_spans_and_rule_of_what_an_entry_says() -> None:
    text = "Abrí Spotify Premium hoy."
    words = prepare(text, lexicons=[Lexicon([word("spotify premium", "espotifai premium")])]).segments[0].words
    assert [(w.rule, w.tied) for w in words] == [("", False), ("lexicon", False), ("lexicon", True), ("", False)]
    assert text[words[1].offset : words[2].offset + words[2].source_length] == "Spotify Premium"


def test_an_entry_holds_beside_the_directions_of_ssml() -> None:
    text = "<speak>X <sub alias='dos'>X</sub> X<break/>X</speak>"
    assert prepare(text, ssml=True, lexicons=[Lexicon([word("x", "equis")])]).text == "equis dos equis equis"


@pytest.mark.parametrize(
    "entry", [pattern("(", "x"), pattern("a*", "x"), pattern("(a{900}){900}", "x"), word(" ", "x")]
)
def test_an_entry_that_cannot_be_used_is_named(entry: Entry) -> None:
    with pytest.raises(ServiceError) as caught:
        Lexicon([word("a", "b"), entry])
    assert caught.value.reason is Reason.INVALID_FIELD
    assert [field.field for field in caught.value.fields] == ["lexicon[1]"]


def test_patterns_that_match_everywhere_are_refused() -> None:
    with pytest.raises(ServiceError, match="too often"):
        say("a" * 1000, *(pattern("a", "b") for _ in range(5)))


def test_ten_thousand_of_a_word_and_its_beginning() -> None:
    entries = [word("a " * 40 + "b", "x")]
    assert say("a " * 5000, *entries).count("a") == 5000


def test_a_deployments_own() -> None:
    lexicon = parse_lexicon("- {word: Acme, replacement: ácme}\n- {pattern: 'A-\\d', phonemes: ˈa, region: es-MX}")
    assert len(lexicon) == 2
    assert prepare("Acme A-1", lexicons=[lexicon]).text == "ácme a uno"


@pytest.mark.parametrize(
    "source",
    [
        "- {word: a}",
        "- {word: a, pattern: b, replacement: c}",
        "- {word: a, replacement: b, x: c}",
        "a: b",
        "[",
        "- {pattern: (, replacement: b}",
    ],
)
def test_a_deployments_own_with_a_mistake_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_lexicon(source)


def test_our_own_is_said_as_it_stands() -> None:
    for entry in shipped().entries:
        if entry.replacement:
            assert prepare(entry.replacement, entry.region or "es-419").text == entry.replacement
