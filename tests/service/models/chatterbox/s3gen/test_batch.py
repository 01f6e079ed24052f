"""The windows that a GPU renders together, as it does but for its graphs: what is in a batch is what is said alone."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from benchmarks.random_weights.s3gen_flow import flow_weights
from service.models.chatterbox.profiles import Profile
from service.models.chatterbox.s3gen.flow import WINDOW, Flow, Reference
from tests.service.models.chatterbox.s3gen.package import distance, random_noise, random_tokens, random_voice
from tests.service.models.chatterbox.s3gen.segments import Row, say, speak_together

ROWS = 3
CACHED = Profile(flow_steps=3, reference_seconds=4, cached_prompt=True)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return flow_weights(1, mid_blocks=1, layers=1)


def make_flow(weights: dict[str, Tensor], dtype: torch.dtype, rows: int = ROWS) -> Flow:
    return Flow(weights, dtype=dtype, device=CPU, rows=rows)


def make_row(flow: Flow, reference: Reference, count: int, noise: Tensor | None = None) -> Row:
    noise = random_noise(count, 2 * count) if noise is None else noise
    return Row(flow, reference, random_tokens(count, count), noise, WINDOW)


@pytest.fixture(scope="module")
def pair(weights: dict[str, Tensor]) -> tuple[Flow, Flow]:
    """One whose windows go alone, and one where they go together."""
    return make_flow(weights, torch.float64, rows=1), make_flow(weights, torch.float64)


COUNTS = (1, WINDOW, 2 * WINDOW + 9)
"""Of tokens: less than a window, one, and several, the last of them short."""


@pytest.mark.slow
@pytest.mark.parametrize("reference", [1, 250])
def test_windows_together_are_those_alone(pair: tuple[Flow, Flow], reference: int) -> None:
    alone, together = pair
    voice = random_voice(3, reference)
    mels = [make_row(alone, alone.refer(voice, CACHED), count).finish() for count in COUNTS]
    same = together.refer(voice, CACHED)
    for mel, its in zip(speak_together(together, [make_row(together, same, n) for n in COUNTS]), mels, strict=True):
        assert distance(mel, its) < 1e-10


@pytest.mark.slow
def test_windows_of_several_voices_that_join_and_leave(pair: tuple[Flow, Flow]) -> None:
    alone, together = pair
    voices = [random_voice(seed, tokens) for seed, tokens in ((3, 20), (4, 63))]
    wanted = [make_row(alone, alone.refer(voice, CACHED), count).finish() for voice in voices for count in COUNTS]
    references = [together.refer(voice, CACHED) for voice in voices]
    rows = [make_row(together, reference, count) for reference in references for count in COUNTS]
    waiting, under_way = list(rows), list[Row]()
    while waiting or under_way:
        under_way = [row for row in under_way if not row.is_spoken()]
        under_way += [waiting.pop() for _ in range(min(len(waiting), ROWS - len(under_way)))]
        if under_way:
            together.advance([row.window for row in under_way])
    for row, mel in zip(rows, wanted, strict=True):
        assert distance(row.mel, mel) < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("loudness", [30.0, float("nan")])
def test_what_is_beside_a_row_changes_no_bit_of_it(
    weights: dict[str, Tensor], dtype: torch.dtype, loudness: float
) -> None:
    flow = make_flow(weights, dtype)
    reference, other = (flow.refer(random_voice(seed, tokens), CACHED) for seed, tokens in ((3, 60), (4, 30)))
    alone = make_row(flow, reference, 50).finish()
    for place in (0, ROWS - 1):
        rows = [make_row(flow, other, 45, loudness * random_noise(1, 90)) for _ in range(ROWS - 1)]
        rows.insert(place, make_row(flow, reference, 50))
        assert torch.equal(speak_together(flow, rows)[place], alone)


@pytest.mark.slow
def test_a_place_has_nothing_left_of_the_row_before(weights: dict[str, Tensor]) -> None:
    flow = make_flow(weights, torch.float32)
    long, short = (flow.refer(random_voice(3, tokens), CACHED) for tokens in (100, 20))
    mel = make_row(flow, short, 50).finish()
    broken = make_row(flow, long, 50, torch.full((100, 80), torch.nan))
    assert broken.finish().isnan().all()
    assert torch.equal(make_row(flow, short, 50).finish(), mel)


def test_a_whole_segment_goes_alone_where_windows_go_together(pair: tuple[Flow, Flow]) -> None:
    voice, profile = random_voice(3, 20), replace(CACHED, cached_prompt=False)
    tokens, noise = random_tokens(4, 50), random_noise(5, 140)
    assert torch.equal(*(say(flow, flow.refer(voice, profile), tokens, noise) for flow in pair))


@pytest.mark.slow
def test_a_batch_is_made_anew_after_sleep(weights: dict[str, Tensor]) -> None:
    flow = make_flow(weights, torch.float32)
    reference = flow.refer(random_voice(3, 20), CACHED)
    mel = make_row(flow, reference, 50).finish()
    flow.sleep()
    flow.wake()
    assert torch.equal(make_row(flow, reference, 50).finish(), mel)
