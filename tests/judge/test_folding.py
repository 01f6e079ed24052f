import pytest

from tests.judge.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tasa", "taza"),
        ("cien", "sien"),
        ("vaca", "baca"),
        ("pollo", "poyo"),
        ("hola", "ola"),
        ("kilo", "quilo"),
        ("gente", "jente"),
        ("escena", "esena"),
        ("rey", "rei"),
        ("a la vez", "alavez"),
    ],
)
def test_what_sounds_alike_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("caro", "carro"), ("gato", "jato"), ("casa", "chasa"), ("pena", "peña"), ("guerra", "jerra"), ("pata", "bata")],
)
def test_what_sounds_apart_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)
