"""Every short run of marks between two words is written so that it is read back the same."""

from itertools import islice, product

import pytest

from service.text import prepare

MARKS = (".", ",", ":", "?", "!", "…", "—", "-", "(", ")", "¿", "«", "»", '"', " ", "\n")


def read_twice(text: str) -> tuple[str, str]:
    said = prepare(text).text
    return said, prepare(said).text


@pytest.mark.parametrize("first", MARKS)
def test_three_marks_between_words_are_a_fixed_point(first: str) -> None:
    for rest in product(MARKS, repeat=2):
        for frame in ("hola{}mundo", "hola {} mundo", "{}hola"):
            said, again = read_twice(frame.format(first + "".join(rest)))
            assert again == said


@pytest.mark.slow
@pytest.mark.parametrize("first", MARKS)
def test_four_marks_between_words_are_a_fixed_point(first: str) -> None:
    """One in four of all that there are."""
    for rest in islice(product(MARKS, repeat=3), MARKS.index(first) % 4, None, 4):
        said, again = read_twice(f"hola{first}{''.join(rest)}mundo")
        assert again == said
