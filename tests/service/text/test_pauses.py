import pytest

from service.errors import Reason, ServiceError
from service.text import prepare


def hear(text: str) -> list[tuple[str, float]]:
    return [(segment.text, segment.pause_after) for segment in prepare(text).segments]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("[pausa 500ms]", 0.5),
        ("[pausa 1.5 s]", 1.5),
        ("[Pausa: 2s]", 2.0),
        ("[pausa:1,5s]", 1.5),
        ("[PAUSE 250 ms]", 0.25),
        ("[ pausa 0s ]", 0.0),
    ],
)
def test_a_pause_cuts_the_text(written: str, seconds: float) -> None:
    assert hear(f"Uno {written} dos.") == [("Uno", seconds), ("dos.", 0.15)]


def test_pauses_in_a_row_add_up_wherever_they_stand() -> None:
    prepared = prepare("[pausa 1s][pausa 500ms] Hola. [pausa 1s] … [pausa 2s]")
    assert prepared.segments[0].pause_before == 1.5
    assert [(segment.text, segment.pause_after) for segment in prepared.segments] == [("Hola.", 3.0)]


def test_the_text_after_a_pause_is_where_it_was() -> None:
    text = "Hola.[pausa 1s] Son $5."
    after = prepare(text).segments[1]
    assert text[after.offset : after.offset + after.length] == "Son $5."


@pytest.mark.parametrize("written", ["[pausa]", "[pausa larga]", "[pausas 5s]", "[pausa 5 min]"])
def test_what_is_no_pause_is_read(written: str) -> None:
    assert len(hear(f"Uno {written} dos.")) == 1


@pytest.mark.parametrize("text", ["Hola [pausa 11s]", "Hola [pausa 999999s]", "Hola [pausa 10s]" * 7])
def test_more_silence_than_there_may_be_is_refused(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        prepare(text)
    assert caught.value.reason is Reason.INVALID_FIELD
    assert [field.field for field in caught.value.fields] == ["text"]
