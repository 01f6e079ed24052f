import pytest

from service.text.letters import is_pronounceable, spell_letters
from service.text.regions import find_region


@pytest.mark.parametrize(
    ("letters", "region", "said"),
    [
        ("DNI", "es-419", "de ene i"),
        ("VÑY", "es-419", "ve eñe ye"),
        ("TWÍ", "es-MX", "te doble u i"),
        ("W", "es-AR", "doble ve"),
        ("ÜZ", "es-CO", "u zeta"),
        ("AЖ", "es-419", ""),
    ],
)
def test_spelling(letters: str, region: str, said: str) -> None:
    assert spell_letters(letters, find_region(region)) == said


@pytest.mark.parametrize(
    "letters",
    ["ONU", "UNESCO", "PRI", "CUIT", "PEMEX", "CONACYT", "OTAN", "ISO", "INSTA", "GOOOL", "TRANSPORTE", "A" * 500],
)
def test_shape_of_a_word(letters: str) -> None:
    assert is_pronounceable(letters)


@pytest.mark.parametrize("letters", ["DNI", "ONG", "ADN", "ISR", "SII", "OIT", "YMCA", "HTTP", "BBVA", "SUV", "CDMX"])
def test_no_shape_of_a_word(letters: str) -> None:
    assert not is_pronounceable(letters)
