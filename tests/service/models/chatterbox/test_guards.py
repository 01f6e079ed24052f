"""Limits on what T3 may say of a segment."""

import pytest

from service.models.chatterbox.guards import LONGEST, SILENCE, is_looping, is_silent, token_limit

SPEECH = [(index * 7919) % 6561 for index in range(200)]


@pytest.mark.parametrize(("text", "limit"), [("", 40), ("Sí.", 51), ("a" * 100, 410), ("a" * 5000, LONGEST)])
def test_token_limit_grows_with_the_text(text: str, limit: int) -> None:
    assert token_limit(text) == limit


def test_only_two_whole_seconds_of_silence_count() -> None:
    assert is_silent([*SPEECH, *[SILENCE] * 50])
    assert not is_silent([*SPEECH, *[SILENCE] * 49])
    assert not is_silent([*[SILENCE] * 50, 7])
    assert not is_silent([SILENCE] * 10)


@pytest.mark.parametrize("period", [1, 2, 7, 10])
def test_a_loop_of_few_tokens_is_found_once_it_lasts_two_seconds(period: int) -> None:
    loop = (SPEECH[:period] * 60)[:60]
    assert is_looping([*SPEECH, *loop])
    assert not is_looping([*SPEECH[20:], *loop[:40]])


def test_speech_that_doubles_tokens_is_not_a_loop() -> None:
    assert not is_looping([token for token in SPEECH for _ in range(3)])
    assert not is_looping(SPEECH[:11] * 5)
