import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.cardinals import LARGEST, Form, spell_cardinal, spell_digits


@pytest.mark.parametrize(
    ("number", "form", "words"),
    [
        (1, Form.MASCULINE, "un"),
        (21, Form.MASCULINE, "veintiún"),
        (21, Form.FEMININE, "veintiuna"),
        (31, Form.MASCULINE, "treinta y un"),
        (100, Form.FEMININE, "cien"),
        (101, Form.FEMININE, "ciento una"),
        (521, Form.FEMININE, "quinientas veintiuna"),
        (1000, Form.FEMININE, "mil"),
        (21_000, Form.ALONE, "veintiún mil"),
        (31_000, Form.FEMININE, "treinta y un mil"),
        (200_200, Form.FEMININE, "doscientas mil doscientas"),
        (200_000_200, Form.FEMININE, "doscientos millones doscientas"),
        (1_000_001, Form.ALONE, "un millón uno"),
        (101_000_000, Form.ALONE, "ciento un millones"),
        (10**12, Form.ALONE, "un billón"),
        (21 * 10**12 + 10**9, Form.FEMININE, "veintiún billones mil millones"),
        (2 * 10**18 + 1, Form.FEMININE, "dos trillones una"),
        (LARGEST, Form.ALONE, "un cuatrillón"),
        (-21, Form.MASCULINE, "menos veintiún"),
    ],
)
def test_form(number: int, form: Form, words: str) -> None:
    assert spell_cardinal(number, form) == words


@given(st.integers(-LARGEST, LARGEST), st.integers(-LARGEST, LARGEST))
def test_no_two_numbers_sound_alike(one: int, other: int) -> None:
    assert (spell_cardinal(one) == spell_cardinal(other)) == (one == other)


def test_beyond_the_largest() -> None:
    with pytest.raises(ValueError, match="beyond"):
        spell_cardinal(LARGEST + 1)


def test_digits() -> None:
    assert spell_digits("007") == "cero cero siete"
