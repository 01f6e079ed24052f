import typing

import pytest

from rest_bridge import knobs, messages, openai, tts
from rest_bridge.messages import choose_language, describe_rule, describe_status


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "es"),
        ("*", "es"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("es", "es"),
        ("es,en", "es"),
        ("en,es", "en"),
        ("fr;q=0.9, en;q=0.1", "en"),
        ("en;q=0", "es"),
        ("en;q=x", "es"),
        ("en;q=0.2, *;q=0.9", "es"),
        ("english", "es"),
        (";;;,,,q=", "es"),
    ],
)
def test_spanish_unless_english_is_preferred(accept, language):
    assert choose_language(accept) == language


def test_every_sentence_is_there_twice():
    sentences = [value for value in vars(messages).values() if isinstance(value, messages.Message)]
    sentences += [describe_status(status) for status in range(400, 600)]
    assert all(sentence.en.endswith(".") == sentence.es.endswith(".") for sentence in sentences)
    assert all(sentence.en and sentence.es and sentence.en != sentence.es for sentence in sentences)


@pytest.mark.parametrize("model", [openai.SpeechBody, tts.TTSBody, knobs.Knobs])
def test_every_rule_that_a_body_can_break_has_words(model):
    """Values of every JSON type, and numbers and strings far outside, in every field."""
    wrong = [None, True, "x", "", 1.5, -9, 1e30, 10**400, [], {}, {"id": 1}]
    rules = set()
    for name in model.model_fields:
        for value in wrong:
            rules |= {error["type"] for error in errors_of(model, {name: value})}
    rules |= {error["type"] for error in errors_of(model, [])}
    broken = describe_rule("no such rule", {})
    assert rules
    context = {"ge": 0, "le": 1.5, "expected": "'a', 'b' or 'c'"}
    assert not [rule for rule in rules if describe_rule(rule, context) == broken]


def errors_of(model, value) -> list[typing.Any]:
    try:
        model.model_validate(value)
    except ValueError as error:
        return error.errors()
    return []


def test_limits_and_choices_are_said():
    assert describe_rule("less_than_equal", {"le": 4.0}).es == "debe ser como máximo 4"
    assert describe_rule("less_than_equal", {"le": 2**64 - 1}).en == "must be at most 18446744073709551615"
    assert describe_rule("literal_error", {"expected": "'a', 'b' or 'c'"}).en == "must be one of: 'a', 'b', 'c'"
