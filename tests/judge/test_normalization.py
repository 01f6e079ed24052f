import pytest

from tests.judge.normalization import normalize


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("¡Qué PINGÜINO, señor!", "que pinguino señor"),
        ("nin\u0303o", "niño"),
        ("$1,250.50", "mil doscientos cincuenta punto cincuenta pesos"),
        ("1.250,50", "mil doscientos cincuenta punto cincuenta"),
        ("1,250 y 1.250", "mil doscientos cincuenta y mil doscientos cincuenta"),
        ("2,500,000", "dos millones quinientos mil"),
        ("3.5 %", "tres punto cinco por ciento"),
        ("el 1º", "el uno"),
        ("15:30", "quince treinta"),
        ("0551234567", "cero cinco cinco uno dos tres cuatro cinco seis siete"),
        ("007", "siete"),
        ("  dos\n\tveces_tres ", "dos veces tres"),
        ("", ""),
    ],
)
def test_texts_come_to_one_form(text: str, normal: str) -> None:
    assert normalize(text) == normal
