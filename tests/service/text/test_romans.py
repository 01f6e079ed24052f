import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.romans import parse_roman


@pytest.mark.parametrize(
    ("written", "number"),
    [("I", 1), ("IV", 4), ("XIX", 19), ("xxi", 21), ("XLIX", 49), ("MCMXCIX", 1999), ("DC", 600)],
)
def test_numeral(written: str, number: int) -> None:
    assert parse_roman(written) == number


@pytest.mark.parametrize("written", ["", "IIII", "VX", "IC", "IIX", "Xi", "LCD", "CIVIL", "IXX", "MMMMMMMMMMMM", "Í"])
def test_no_numeral(written: str) -> None:
    assert parse_roman(written) is None


@given(st.text("IVXLCDM", min_size=1, max_size=9), st.text("IVXLCDM", min_size=1, max_size=9))
def test_each_number_is_written_in_one_way(one: str, other: str) -> None:
    numbers = parse_roman(one), parse_roman(other)
    assert None in numbers or (numbers[0] == numbers[1]) == (one == other)
