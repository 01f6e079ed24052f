"""A row's bits do not depend on its neighbours."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from service.models.chatterbox.t3.blocks import activate
from service.models.chatterbox.t3.decoder import Decoder
from service.models.chatterbox.t3.projections import Int8
from service.models.chatterbox.t3.rows import draw
from tests.service.models.chatterbox.t3.segments import Spoken, speak_alone, speak_together


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Three do not divide a row evenly."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("neighbours", [1, 15, 47])
def test_a_projected_row_beside_louder_ones(neighbours: int) -> None:
    projection = Int8(normal(3072, 1024))
    row, others = normal(1, 1024, seed=1), 30 * normal(neighbours, 1024, seed=2)
    together = projection.apply_to(torch.cat((others, row, others)))
    assert torch.equal(together[neighbours : neighbours + 1], projection.apply_to(row))


def test_a_projection_is_near_to_the_exact_one() -> None:
    weight, x = normal(512, 1024), normal(4, 1024, seed=1) * torch.tensor([[1.0], [1e-3], [1e3], [0.0]])
    exact = x @ weight.T
    error = (Int8(weight).apply_to(x) - exact).norm(dim=-1)
    assert (error <= 0.02 * exact.norm(dim=-1)).all()


def test_packing_leaves_the_engine_as_it_was() -> None:
    before = torch.backends.quantized.engine
    Int8(normal(64, 64))
    assert torch.backends.quantized.engine == before


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("neighbours", [1, 7, 23])
@torch.inference_mode()
def test_a_row_through_the_network_beside_louder_ones(decoder: Decoder, neighbours: int) -> None:
    network = decoder._network
    row, others = normal(2, 1024, seed=1), 30 * normal(2 * neighbours, 1024, seed=2)

    def run(x: Tensor) -> Tensor:
        places = torch.arange(len(x)) % 2
        return network.logits(network.run(x, places, lambda layer, queries, keys, values: queries * keys + values))

    assert torch.equal(run(torch.cat((others, row)))[-2:], run(row))


@torch.inference_mode()
def test_logits_alone_and_among_rows_of_other_lengths(decoder: Decoder) -> None:
    alone, beside, others = Spoken(0, 20), Spoken(0, 21), [Spoken(seed, 20) for seed in range(1, 8)]
    for segment in (alone, beside, *others):
        segment.open(decoder)
    rows = decoder._rows._rows
    for _ in range(3):
        by_itself = decoder._rows.look([rows[alone]])
        in_company = decoder._rows.look([rows[segment] for segment in (*others[:4], beside, *others[4:])])
        assert torch.equal(in_company[4:5], by_itself)
        for row in (alone, beside):
            rows[row].take(draw([rows[row]], by_itself)[0])
    for segment in (alone, beside, *others):
        decoder.drop(segment)


def test_tokens_alone_and_among_eight(decoder: Decoder) -> None:
    segments = [Spoken(seed, 10 + seed) for seed in range(10)]
    together = speak_together(decoder, segments, 8)
    assert together == {segment: speak_alone(decoder, segment) for segment in segments}


@pytest.mark.usefixtures("threads")
def test_activations_however_many_threads_share_the_rows() -> None:
    gate = normal(64, 8192)[:, :4096]
    alone = torch.cat([activate(row) for row in gate.split(1)])
    for rows in range(8, 65):
        assert torch.equal(activate(gate[:rows]), alone[:rows])
