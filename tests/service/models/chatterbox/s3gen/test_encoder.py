from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from benchmarks.random_weights.s3gen_flow import flow_weights
from service.models.chatterbox.s3gen.context import Passage
from service.models.chatterbox.s3gen.encoder import LOOKAHEAD, Encoded, Encoder
from service.models.chatterbox.s3gen.layers import Residence, Weights
from tests.service.models.chatterbox.s3gen.blocks import WINDOW, end_lookahead, mask_attention
from tests.service.models.chatterbox.s3gen.package import distance, load, make_encoder, random_tokens

LAYERS = 2


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return flow_weights(1, mid_blocks=1, layers=LAYERS)


@pytest.fixture(scope="module")
def theirs(weights: dict[str, Tensor]) -> Any:
    """In float64."""
    start = "encoder."
    encoder = make_encoder(LAYERS)
    encoder.load_state_dict({name[len(start) :]: value for name, value in weights.items() if name.startswith(start)})
    return encoder.eval().double()


@pytest.fixture(scope="module", params=[torch.float64, torch.float32])
def ours(request: pytest.FixtureRequest, weights: dict[str, Tensor]) -> Encoder:
    return Encoder(Weights(weights, request.param, Residence(torch.device("cpu"))))


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def encode(theirs: Any, weights: dict[str, Tensor], tokens: Tensor) -> Tensor:
    embedded = weights["input_embedding.weight"].double()[tokens][None]
    hidden, _ = theirs(embedded, torch.tensor([len(tokens)]))
    mean: Tensor = hidden[0] @ weights["encoder_proj.weight"].double().T + weights["encoder_proj.bias"].double()
    return mean


def tolerance(mean: Tensor) -> float:
    return 1e-12 if mean.dtype == torch.float64 else 1e-5


def encode_windows(ours: Encoder, reference: Tensor, tokens: Tensor) -> Iterator[Tensor]:
    left = ours.leave(len(reference))
    yield encode_block(ours, reference, 0, left=left)
    starts, before = [0], [left]
    for first in range(0, len(tokens), WINDOW):
        block = tokens[first : first + WINDOW]
        left = ours.leave(len(block))
        starts = [0, *starts[1:][-1:], len(reference) + first]
        ahead = len(tokens[first + WINDOW :][:LOOKAHEAD])
        yield encode_block(ours, tokens[first : first + len(block) + ahead], ahead, starts, before, left)
        before = [before[0], left]


def encode_block(
    ours: Encoder,
    tokens: Tensor,
    ahead: int = 0,
    starts: Sequence[int] = (0,),
    before: Sequence[Encoded] = (),
    left: Encoded | None = None,
) -> Tensor:
    """One, of tokens of which so many only follow it."""
    slow, fast = (
        Passage(
            [each[rate] for each in before], left and left[rate], [scale * (starts[-1] - start) for start in starts]
        )
        for rate, scale in enumerate((1, 2))
    )
    padded = pad(tokens, (0, LOOKAHEAD - ahead))
    return ours(padded[None], torch.tensor([len(tokens)]), slow, fast)[0]


@pytest.mark.parametrize("count", [1, 2, 31, 80])
def test_a_whole_is_encoded_as_the_package_does_it(
    ours: Encoder, theirs: Any, weights: dict[str, Tensor], count: int
) -> None:
    tokens = random_tokens(2, count)
    mean = encode_block(ours, tokens)
    assert mean.shape == (2 * count, 80)
    assert distance(mean, encode(theirs, weights, tokens)) < tolerance(mean)


@pytest.mark.parametrize(("reference", "count"), [(40, 60), (7, 52), (1, 26), (3, 1)])
def test_windows_are_a_whole_under_a_mask(
    ours: Encoder, theirs: Any, weights: dict[str, Tensor], reference: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = random_tokens(4, reference + count)
    mask_attention(monkeypatch, load("transformer.upsample_encoder"), reference, count)
    end_lookahead(monkeypatch, theirs, reference)
    mean = torch.cat(list(encode_windows(ours, tokens[:reference], tokens[reference:])))
    assert distance(mean, encode(theirs, weights, tokens)) < tolerance(mean)
