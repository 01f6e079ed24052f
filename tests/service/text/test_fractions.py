import pytest

from service.text.fractions import spell_fraction


@pytest.mark.parametrize(
    ("above", "below", "words"),
    [
        (1, 2, "un medio"),
        (3, 4, "tres cuartos"),
        (21, 8, "veintiún octavos"),
        (5, 11, "cinco onceavos"),
        (1, 16, "un dieciseisavo"),
        (1, 21, "un veintiunavo"),
        (3, 32, "tres treintaidosavos"),
        (1, 30, "un treintavo"),
        (2, 100, "dos centésimos"),
    ],
)
def test_fraction(above: int, below: int, words: str) -> None:
    assert spell_fraction(above, below) == words
