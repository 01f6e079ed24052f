"""The step that a CUDA graph holds, run as written: the same tokens as row by row."""

from collections.abc import Iterator

import pytest
from torch import Tensor

from service.models.chatterbox.t3.decoder import Decoder, Knobs
from service.models.chatterbox.t3.slots import Slots
from tests.service.models.chatterbox.t3.conftest import CPU, make_text, make_voice
from tests.service.models.chatterbox.t3.segments import Spoken, speak_alone, speak_together

SLOTS = 5
CONTEXT = 600
"""Past the first reach of 512."""


@pytest.fixture(scope="module")
def slotted(weights: dict[str, Tensor]) -> Decoder:
    decoder = Decoder(weights, precision="float64", device=CPU, slots=SLOTS)
    decoder._rows = Slots(decoder._network, SLOTS, CONTEXT)
    return decoder


@pytest.fixture(autouse=True)
def emptied(slotted: Decoder) -> Iterator[None]:
    yield
    slotted._rows.close()


def test_tokens_are_those_of_rows_by_themselves(slotted: Decoder, exact: Decoder) -> None:
    knobs = (Knobs(), Knobs(cfg_weight=0), Knobs(top_p=1.0, temperature=1.2))
    segments = [Spoken(seed, 3, its) for seed, its in enumerate(knobs)]
    assert speak_together(slotted, segments, 2) == {segment: speak_alone(exact, segment) for segment in segments}


@pytest.mark.slow
def test_tokens_of_rows_that_join_and_leave(slotted: Decoder, exact: Decoder) -> None:
    knobs = [Knobs(), Knobs(cfg_weight=0), Knobs(min_p=0.0), Knobs(repetition_penalty=2.0), Knobs(exaggeration=1.5)]
    segments = [Spoken(seed, 20 + seed % 9, knobs[seed % len(knobs)]) for seed in range(12)]
    assert speak_together(slotted, segments, SLOTS) == {segment: speak_alone(exact, segment) for segment in segments}


@pytest.mark.slow
def test_a_row_that_outgrows_the_reach_beside_a_short_one(slotted: Decoder, exact: Decoder) -> None:
    text = (make_text(1) * 40)[:470]
    for decoder in (slotted, exact):
        decoder.open("short", make_voice(0), text[:5], Knobs(), 1, 12)
        decoder.open("long", make_voice(0), text, Knobs(), 2, 12)
    steps = [[decoder.step(["short", "long"]) for _ in range(12)] for decoder in (slotted, exact)]
    assert steps[0] == steps[1]
    assert slotted._rows._seats["long"].length > 512
    exact.drop("short")
    exact.drop("long")


def test_a_slot_is_free_again_once_its_row_is_dropped(slotted: Decoder) -> None:
    for row in range(SLOTS):
        slotted.open(row, make_voice(0), [1], Knobs(), row, 4)
    with pytest.raises(RuntimeError, match="slot"):
        slotted.open("late", make_voice(0), [1], Knobs(), 0, 4)
    slotted.drop(2)
    slotted.open("late", make_voice(0), [1], Knobs(), 0, 4)
    assert slotted._rows._seats["late"].slot == 2


def test_a_row_that_could_outgrow_its_slot_is_refused(slotted: Decoder) -> None:
    with pytest.raises(ValueError, match="positions"):
        slotted.open("long", make_voice(0), [1] * 10, Knobs(), 0, CONTEXT)


def test_a_row_has_no_more_tokens_than_it_was_opened_for(slotted: Decoder) -> None:
    slotted.open("row", make_voice(0), [1], Knobs(), 0, 1)
    slotted.step(["row"])
    with pytest.raises(RuntimeError, match="tokens"):
        slotted.step(["row"])


def test_only_active_rows_are_changed(slotted: Decoder) -> None:
    """What a graph's first run relies on."""
    for row in ("a", "b"):
        slotted.open(row, make_voice(0), [1, 2], Knobs(), 0, 4)
    board = slotted._rows._board
    state = board.lengths, board.tokens, board.places, board.said
    before = [tensor.clone() for tensor in state]
    slotted.step(["b"])
    for now, then in zip(state, before, strict=True):
        changed = (now != then).view(SLOTS, -1).any(-1)
        assert changed.tolist() == [False, True, False, False, False]
