import pytest

from tests.judge.distance import count_edits


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("casa", "casa", 0), ("casa", "cama", 1), ("sitting", "kitten", 3)],
)
def test_letters(first: str, second: str, edits: int) -> None:
    assert count_edits(first, second) == count_edits(second, first) == edits


def test_words() -> None:
    assert count_edits(["el", "perro", "ladra"], ["perro", "ladra", "mucho"]) == 2
