import pytest

from service.models.kokoro.syllables import find_nuclei, find_stress, split_glide


@pytest.mark.parametrize(
    ("word", "groups", "stressed"),
    [
        ("casa", ["a", "a"], "a"),
        ("ciudad", ["iu", "a"], "a"),
        ("país", ["a", "í"], "í"),
        ("aéreo", ["a", "é", "e", "o"], "é"),
        ("guerra", ["e", "a"], "e"),
        ("pingüino", ["i", "üi", "o"], "üi"),
        ("averiguáis", ["a", "e", "i", "uái"], "uái"),
        ("quiero", ["ie", "o"], "ie"),
        ("uruguayo", ["u", "u", "ua", "o"], "ua"),
        ("paraguay", ["a", "a", "uay"], "uay"),
        ("ynés", ["y", "é"], "é"),
        ("leer", ["e", "e"], "e"),
        ("joven", ["o", "e"], "o"),
        ("reloj", ["e", "o"], "o"),
    ],
)
def test_vowel_groups_and_stress(word: str, groups: list[str], stressed: str) -> None:
    nuclei = find_nuclei(word)
    found = [word[nucleus.start : nucleus.end] for nucleus in nuclei]
    assert found == groups
    assert found[find_stress(word, nuclei)] == stressed


@pytest.mark.parametrize(
    ("group", "before", "peak"),
    [("a", "", "a"), ("ie", "i", "e"), ("uái", "u", "ái"), ("ui", "u", "i"), ("uy", "", "uy"), ("uay", "u", "ay")],
)
def test_glides_come_before_the_peak(group: str, before: str, peak: str) -> None:
    assert split_glide(group) == (before, peak)
