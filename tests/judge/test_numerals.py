import pytest

from tests.judge.numerals import spell_digits, spell_number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "cero"),
        (16, "dieciséis"),
        (21, "veintiuno"),
        (31, "treinta y uno"),
        (40, "cuarenta"),
        (100, "cien"),
        (101, "ciento uno"),
        (555, "quinientos cincuenta y cinco"),
        (1000, "mil"),
        (1998, "mil novecientos noventa y ocho"),
        (21_000, "veintiún mil"),
        (31_021, "treinta y un mil veintiuno"),
        (101_000, "ciento un mil"),
        (1_000_000, "un millón"),
        (21_000_001, "veintiún millones uno"),
    ],
)
def test_numbers_are_spelt(number: int, words: str) -> None:
    assert spell_number(number) == words


def test_numbers_too_large_to_name_are_read_by_digits() -> None:
    assert spell_number(10**12) == "uno" + " cero" * 12


def test_digits() -> None:
    assert spell_digits("307") == "tres cero siete"
