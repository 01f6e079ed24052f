import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Reason, ServiceError
from service.text import Prepared, prepare

ELEMENTS = ("speak", "p", "s", "break", "sub", "phoneme", "say-as", "lang", "prosody", "audio")
MESSY = st.lists(
    st.one_of(
        st.sampled_from([f"<{slash}{name}{end}>" for name in ELEMENTS for slash in ("", "/") for end in ("", "/")]),
        st.sampled_from(["&amp;", "&#243;", "<![CDATA[", "]]>", "<!--", "-->", "<?x?>", "&lol;", '<break time="1s"/>']),
        st.text(max_size=10),
    ),
    max_size=20,
).map("".join)


def read(body: str, language: str = "es-419") -> Prepared:
    return prepare(f"<speak>{body}</speak>", language, ssml=True)


def sources(body: str) -> list[str]:
    text = f"<speak>{body}</speak>"
    segments = prepare(text, ssml=True).segments
    return [text[segment.offset : segment.offset + segment.length] for segment in segments]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Hola &amp; adiós, 3 &lt; 5.", "Hola y adiós, tres menor que cinco."),
        ("Ma&#241;ana <![CDATA[a las <3>]]>", "Mañana a las tres"),
        ("<?x y?>Hola<!-- nadie --> a todos", "Hola a todos"),
        ('La <sub alias="Organización de las 5 naciones">O5N</sub>.', "La Organización de las cinco naciones."),
        ('<sub alias="nada"></sub>Hola', "Hola"),
        ('Marque <say-as interpret-as="digits">123</say-as>.', "Marque uno dos tres."),
        ('Marque <say-as interpret-as="telephone">55-12</say-as>.', "Marque cinco cinco, uno dos."),
        ('El <say-as interpret-as="ordinal">3</say-as> día', "El tercero día"),
        ('Son <say-as interpret-as="cardinal">1,500</say-as>.', "Son mil quinientos."),
        ('Son <say-as interpret-as="currency">$5</say-as>.', "Son cinco pesos."),
        ('Clave <say-as interpret-as="characters">aB3</say-as>.', "Clave a B tres."),
    ],
)
def test_what_is_said(body: str, said: str) -> None:
    assert read(body).text == said


def test_breaks_are_pauses() -> None:
    prepared = read(
        '<break strength="weak"/>Uno<break time="1.5s"/>dos<break/>tres<break time="250ms"/><break time="1s"/>'
    )
    assert prepared.segments[0].pause_before == 0.2
    assert [segment.pause_after for segment in prepared.segments] == [1.5, 0.4, 1.25]


def test_paragraphs_and_sentences_end_what_comes_before() -> None:
    prepared = read(
        "<p><s>Buenos días a todos los presentes</s><s>Empezamos ahora la función</s></p><p>Fin de la función.</p>"
    )
    assert [segment.pause_after for segment in prepared.segments] == [0.2, 0.4, 0.15]


def test_rates_multiply_and_end_with_their_element() -> None:
    prepared = read('Uno <prosody rate="fast">dos <prosody rate="50%">tres</prosody></prosody> cuatro')
    assert [(segment.text, segment.rate) for segment in prepared.segments] == [
        ("Uno", 1.0),
        ("dos", 1.2),
        ("tres", 0.6),
        ("cuatro", 1.0),
    ]


def test_phonemes_go_with_their_word() -> None:
    segment = read('El <phoneme alphabet="ipa" ph="ˈtʃe">CHE</phoneme> dijo').segments[0]
    assert [segment.text[word.start : word.start + word.length] for word in segment.words if word.phonemes] == ["Che"]
    assert segment.words[1].phonemes == "ˈtʃe"


def test_spans_point_into_the_document() -> None:
    assert sources("Año <!-- á --> &#241;u <sub alias='dos'>2</sub>.<break/>Fin") == [
        "Año <!-- á --> &#241;u <sub alias='dos'>2</sub>.",
        "Fin",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Hola",
        "<p>Hola</p>",
        "<speak>Hola",
        "<speak>Hola & adiós</speak>",
        "<speak><audio src='http://x'/></speak>",
        "<speak><speak>Hola</speak></speak>",
        "<speak><sub>Hola</sub></speak>",
        "<speak><sub alias='x'><p>Hola</p></sub></speak>",
        "<speak><phoneme alphabet='x-sampa' ph='a'>Hola</phoneme></speak>",
        "<speak><say-as interpret-as='magic'>Hola</say-as></speak>",
        "<speak><say-as interpret-as='ordinal'>Hola</say-as></speak>",
        "<speak><break time='mucho'/></speak>",
        "<speak><break time='60s'/></speak>",
        "<speak><prosody pitch='high'>Hola</prosody></speak>",
        "<speak><prosody rate='fast' volume='loud'>Hola</prosody></speak>",
        "<speak><prosody rate='0%'>Hola</prosody></speak>",
        "<!DOCTYPE speak [<!ENTITY a 'b'>]><speak>&a;</speak>",
        "<speak>&nada;</speak>",
        "<speak>\ud800</speak><",
    ],
)
def test_what_is_not_of_the_subset_is_refused(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        prepare(text, ssml=True)
    assert caught.value.reason is Reason.INVALID_FIELD
    assert [field.field for field in caught.value.fields] == ["text"]


def test_another_language_is_refused() -> None:
    with pytest.raises(ServiceError) as caught:
        read('<lang xml:lang="en-US">Hello</lang>')
    assert caught.value.reason is Reason.UNSUPPORTED_OPTION


@given(MESSY)
def test_any_document_is_read_or_refused(body: str) -> None:
    text = f"<speak>{body}</speak>"
    try:
        prepared = prepare(text, ssml=True)
    except ServiceError:
        return
    for segment in prepared.segments:
        assert 0 <= segment.offset <= segment.offset + segment.length <= len(text)


def test_a_deep_document_is_read() -> None:
    assert read("<p>" * 1400 + "Hola" + "</p>" * 1400).text == "Hola"
