import warnings

import pytest
import torch

from service.models.chatterbox.t3.rotation import HEAD, rotate, rotation_table


def test_a_product_depends_on_the_distance_only() -> None:
    query, key = torch.randn(2, 1, 1, HEAD, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    cosines, sines = rotation_table(1500, torch.float64)

    def product(first: int, second: int) -> float:
        turned = [rotate(x, cosines[at : at + 1], sines[at : at + 1]) for x, at in ((query, first), (key, second))]
        return float((turned[0] * turned[1]).sum())

    assert product(1300, 1280) == pytest.approx(product(20, 0), abs=1e-3)
    assert product(20, 0) != pytest.approx(product(40, 0), abs=1e-1)


@pytest.mark.slow
def test_tables_are_bit_for_bit_those_of_transformers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS
        from transformers import LlamaConfig
        from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

        rotary = LlamaRotaryEmbedding(LlamaConfig(**LLAMA_CONFIGS["Llama_520M"]))
    cosines, sines = rotation_table(4000, torch.float32)
    theirs = rotary(torch.zeros(1), torch.arange(4000)[None])
    assert torch.equal(cosines[:, 0], theirs[0][0])
    x = torch.randn(1, 2, 4000, HEAD, generator=torch.Generator().manual_seed(0))
    turned, _ = apply_rotary_pos_emb(x, x, *theirs)
    assert torch.equal(rotate(x[0].transpose(0, 1), cosines, sines), turned[0].transpose(0, 1))
