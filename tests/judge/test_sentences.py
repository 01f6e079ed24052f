from tests.judge.sentences import read_sentences


def test_sentences_are_read_in_order() -> None:
    sentences = read_sentences()
    assert list(sentences) == [f"s{number:02}" for number in range(1, 13)] + [
        f"x{number:02}" for number in range(1, 25)
    ]
    assert sentences["s01"] == "Hola, ¿cómo estás? Qué gusto volver a escucharte."
