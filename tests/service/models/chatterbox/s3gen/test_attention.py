from collections.abc import Callable
from math import inf

import pytest
import torch
from torch import Tensor

from service.models.chatterbox.s3gen.attention import HEADS, Memory, attend_by_parts, attend_fused, join, merge, split

Attend = Callable[[Tensor, Memory], Tensor]

LANES = 2


def random_blocks(*lengths: int) -> list[Tensor]:
    random = torch.Generator().manual_seed(1)
    return [torch.randn(LANES, length, 3 * 512, generator=random, dtype=torch.float64) for length in lengths]


def attend_plainly(blocks: list[Tensor]) -> Tensor:
    """The last block to all of them, head by head."""
    queries, keys, values = torch.cat(blocks, dim=1).view(LANES, -1, 3, HEADS, 64).permute(2, 0, 3, 1, 4)
    own = queries[:, :, -blocks[-1].shape[1] :]
    found = (own @ keys.mT).softmax(-1) @ values
    return found.transpose(1, 2).flatten(2)


def attend_exactly(queries: Tensor, seen: Memory) -> Tensor:
    """As on a GPU, whose kernel gets no spare frames."""
    return attend_fused(queries, Memory(seen.keys[:, : seen.length], seen.values[:, : seen.length], seen.lengths))


def attend_masked(queries: Tensor, seen: Memory) -> Tensor:
    """As windows that go together do: what is spare may hold anything that is a number."""
    mask = torch.zeros(1, 1, 1, seen.keys.shape[1], dtype=queries.dtype)
    mask[..., seen.length :] = -inf
    seen.keys[:, seen.length :] = 9.0
    seen.values[:, seen.length :] = 9.0
    return attend_fused(queries, seen._replace(mask=mask))


@pytest.mark.parametrize("lengths", [(1,), (50,), (64,), (300,), (900,), (150, 50), (500, 50, 32), (2, 1)])
@pytest.mark.parametrize("attend", [attend_by_parts, attend_exactly, attend_masked])
def test_a_block_attends_to_those_before_it_and_itself(attend: Attend, lengths: tuple[int, ...]) -> None:
    blocks = random_blocks(*lengths)
    queries = split(blocks[-1])[0]
    found = merge(attend(queries, join([split(block)[1].flatten(1, 2) for block in blocks])))
    torch.testing.assert_close(found, attend_plainly(blocks), rtol=1e-12, atol=1e-12)
