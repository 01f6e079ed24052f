"""Text to ids, and what the real vocabulary has for Spanish."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from service.errors import ServiceError
from service.models.chatterbox.frontend import MODES, FrontEnd, Mode, punctuate, spell
from service.models.chatterbox.probe import LETTERS, probe

VOCABULARY = Path(__file__).parent / "vocabulary" / "grapheme_mtl_merged_expanded_v1.json"
FRONT_ENDS = {mode: FrontEnd(VOCABULARY, mode) for mode in MODES}
UNKNOWN_ID, SPACE_ID, SPANISH_ID = 1, 2, 635

SENTENCES = [
    "¿Cuántos ñandúes comió el pingüino de Íñigo? ¡Ándale, Ñusta!",
    "ella dijo: «vuelvo… mañana» - y se fue; nadie la vio",
    "  Espacios   de   más , y coma suelta  ",
    "“Comillas” y ‘más comillas’ — raya – semirraya...",
    "Termina con guion-",
    "ß rara",
    "Á",
    "   ",
]


def tokens(text: str, mode: Mode) -> list[str | None]:
    front_end = FRONT_ENDS[mode]
    return [front_end.tokenizer.id_to_token(i) for i in front_end.encode(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hola", "Hola."),
        ("hola...", "hola,"),
        ("uno: dos; tres", "uno, dos,  tres."),
        ("uno - dos", "uno, dos."),
        ("uno — dos", "uno - dos."),
        ("  a   b  ", "a b."),
        ("“sí”", '"sí".'),
        ("¿Sí?", "¿Sí?"),
        ("", "."),
    ],
)
def test_punctuation_is_that_of_the_training_data(text: str, expected: str) -> None:
    assert punctuate(text) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("nfkd-case", "a\u0301rbol Verde."), ("legacy", "a\u0301rbol verde."), ("raw", "Árbol Verde.")],
)
def test_a_mode_is_a_case_and_a_form(mode: Mode, expected: str) -> None:
    assert spell("árbol Verde", mode) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("nfkd-case", ["[es]", "n", "\u0303", "u", "[SPACE]", "Q", "u", "e", "\u0301", "."]),
        ("legacy", ["[es]", "n", "\u0303", "u", "[SPACE]", "qu", "e", "\u0301", "."]),
        ("raw", ["[es]", "Ñ", "u", "[SPACE]", "Q", "u", "é", "."]),
    ],
)
def test_ids_begin_with_the_language_and_name_spaces(mode: Mode, expected: list[str]) -> None:
    assert tokens("ñu Qué", mode) == expected


@pytest.mark.parametrize("mode", MODES)
def test_the_cost_is_the_number_of_ids(mode: Mode) -> None:
    assert FRONT_ENDS[mode].cost(SENTENCES[0]) == len(FRONT_ENDS[mode].encode(SENTENCES[0])) > 40


@pytest.mark.parametrize("text", ["[STOP]", "[laughter] [SPACE][en]", "\uff3bSTOP\uff3d"])
@pytest.mark.parametrize("mode", MODES)
def test_a_text_cannot_name_a_special_token(mode: Mode, text: str) -> None:
    special = {token.content for token in FRONT_ENDS[mode].tokenizer.get_added_tokens_decoder().values()}
    assert not special & set(tokens(f"hola {text}", mode)[1:]) - {"[SPACE]", "[UNK]"}


def test_a_vocabulary_that_is_not_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    for content in ("{}", "no json", ""):
        path.write_text(content)
        with pytest.raises(ServiceError, match="is not the vocabulary"):
            FrontEnd(path, "legacy")


@pytest.mark.parametrize("change", [lambda v: v.pop("[es]"), lambda v: v.update({f"x{i}": 3000 + i for i in range(9)})])
def test_a_vocabulary_that_does_not_fit_the_network_is_refused(
    tmp_path: Path, change: Callable[[dict[str, int]], object]
) -> None:
    content = json.loads(VOCABULARY.read_text())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] != "[es]"]
    change(content["model"]["vocab"])
    (tmp_path / "vocabulary.json").write_text(json.dumps(content))
    with pytest.raises(ServiceError, match="is not the vocabulary"):
        FrontEnd(tmp_path / "vocabulary.json", "legacy")


@pytest.mark.parametrize("mode", MODES)
def test_the_real_vocabulary_knows_every_spanish_letter(mode: Mode) -> None:
    verdict = probe(FRONT_ENDS[mode])
    assert verdict.unknown == ()
    assert "every Spanish letter has an id" in verdict.summary()[0]
    assert "toda letra española tiene id" in verdict.summary()[1]


def without(letters: str, tmp_path: Path, mode: Mode) -> FrontEnd:
    content = json.loads(VOCABULARY.read_text())
    for letter in letters:
        del content["model"]["vocab"][letter]
    (tmp_path / "vocabulary.json").write_text(json.dumps(content))
    return FrontEnd(tmp_path / "vocabulary.json", mode)


def test_letters_without_an_id_are_told(tmp_path: Path) -> None:
    verdict = probe(without("ñÑ¿", tmp_path, "raw"))
    assert verdict.unknown == ("ñ", "¿", "Ñ")
    assert "no id for ñ ¿ Ñ" in verdict.summary()[0]


def test_a_missing_mark_takes_every_letter_that_bears_it(tmp_path: Path) -> None:
    assert probe(without("\u0301", tmp_path, "nfkd-case")).unknown == tuple("áéíóúÁ")
    assert probe(without("\u0301", tmp_path, "raw")).unknown == ()


def embedding(**factors: float) -> torch.Tensor:
    """Rows of N(0, 1), some longer or shorter."""
    rows = torch.randn(2454, 1024, generator=torch.Generator().manual_seed(7))
    ids = FRONT_ENDS["raw"].tokenizer.get_vocab()
    for letter, factor in factors.items():
        rows[ids[letter]] *= factor
    return rows


@pytest.mark.parametrize("mode", MODES)
def test_norms_like_those_of_letters_are_not_suspicious(mode: Mode) -> None:
    verdict = probe(FRONT_ENDS[mode], embedding())
    assert verdict.suspicious == ()
    assert "of a norm like a to z" in verdict.summary()[0]


def test_ids_that_look_untrained_are_told_with_their_ratio() -> None:
    rows = embedding(ñ=0.05, Á=3.0)
    verdict = probe(FRONT_ENDS["raw"], rows)
    assert [letter for letter, _ in verdict.suspicious] == ["ñ", "Á"]
    assert [ratio for _, ratio in verdict.suspicious] == pytest.approx([0.05, 3.0], rel=0.1)
    assert "norms unlike a to z: ñ (0.05), Á (3.0" in verdict.summary()[0]
    assert probe(FRONT_ENDS["nfkd-case"], rows).suspicious == ()


def test_trained_letters_of_unequal_length_widen_what_is_usual() -> None:
    spread = {letter: 1 + i / 25 for i, letter in enumerate(ascii_lowercase)}
    assert probe(FRONT_ENDS["raw"], embedding(**spread, ñ=0.9)).suspicious == ()


@pytest.fixture(scope="session")
def upstream() -> Callable[[str], list[int]]:
    """The package's own path from text to ids, without its tokenizer's constructor, which downloads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chatterbox.models.tokenizers import MTLTokenizer
        from chatterbox.mtl_tts import punc_norm
    tokenizer = object.__new__(MTLTokenizer)
    tokenizer.tokenizer = FRONT_ENDS["legacy"].tokenizer

    def encode(text: str, **options: bool) -> list[int]:
        ids: list[int] = tokenizer.encode(punc_norm(text), language_id="es", **options)
        return ids

    return encode


@pytest.mark.slow
@pytest.mark.parametrize("text", SENTENCES)
def test_legacy_reads_as_the_package_does(upstream: Callable[..., list[int]], text: str) -> None:
    assert FRONT_ENDS["legacy"].encode(text) == upstream(text)
    assert FRONT_ENDS["raw"].encode(text) == upstream(text, lowercase=False, nfkd_normalize=False)


@pytest.mark.slow
@given(st.text(st.sampled_from(f"{ascii_lowercase}ABCÑ{LETTERS}  .,;:-—…?!'\"“”"), min_size=1))
def test_legacy_reads_any_text_as_the_package_does(upstream: Callable[..., list[int]], text: str) -> None:
    assert FRONT_ENDS["legacy"].encode(text) == upstream(text)


def test_nothing_is_unknown_in_spanish_text() -> None:
    for mode in MODES:
        assert UNKNOWN_ID not in FRONT_ENDS[mode].encode(SENTENCES[0])
        assert FRONT_ENDS[mode].encode(SENTENCES[0])[0] == SPANISH_ID
        assert SPACE_ID in FRONT_ENDS[mode].encode(SENTENCES[0])
