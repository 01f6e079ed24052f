import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.ordinals import LARGEST, spell_ordinal


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "primero"),
        (10, "décimo"),
        (11, "undécimo"),
        (12, "duodécimo"),
        (13, "decimotercero"),
        (20, "vigésimo"),
        (21, "vigésimo primero"),
        (58, "quincuagésimo octavo"),
        (100, "centésimo"),
        (111, "centésimo undécimo"),
        (250, "ducentésimo quincuagésimo"),
        (1000, "milésimo"),
        (2026, "dosmilésimo vigésimo sexto"),
    ],
)
def test_ordinal(number: int, words: str) -> None:
    assert spell_ordinal(number) == words


def test_agreement() -> None:
    assert spell_ordinal(21, feminine=True) == "vigésima primera"
    assert spell_ordinal(2, feminine=True, plural=True) == "segundas"
    assert spell_ordinal(15, plural=True) == "decimoquintos"
    assert [spell_ordinal(number, short=True) for number in (1, 3, 13, 21, 11, 4)] == [
        "primer",
        "tercer",
        "decimotercer",
        "vigésimo primer",
        "undécimo",
        "cuarto",
    ]


@given(st.integers(1, LARGEST), st.integers(1, LARGEST))
def test_no_two_ordinals_sound_alike(one: int, other: int) -> None:
    assert (spell_ordinal(one) == spell_ordinal(other)) == (one == other)


@pytest.mark.parametrize("number", [0, -1, LARGEST + 1])
def test_no_ordinal(number: int) -> None:
    with pytest.raises(ValueError, match="no ordinal"):
        spell_ordinal(number)
