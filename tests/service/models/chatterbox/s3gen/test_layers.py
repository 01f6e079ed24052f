import torch
from torch.nn.functional import conv1d

from service.models.chatterbox.s3gen.layers import Residence, Weights


def test_a_convolution_is_one_projection_of_frames_side_by_side() -> None:
    random = torch.Generator().manual_seed(1)
    tensors = {
        "layer.weight": torch.randn(5, 4, 3, generator=random, dtype=torch.float64),
        "layer.bias": torch.randn(5, generator=random, dtype=torch.float64),
    }
    x = torch.randn(2, 9, 4, generator=random, dtype=torch.float64)
    layer = Weights(tensors, torch.float64, Residence(torch.device("cpu"))).convolution("layer")
    torch.testing.assert_close(layer(x), conv1d(x.mT, tensors["layer.weight"], tensors["layer.bias"]).mT)


def test_weights_are_copies() -> None:
    tensors = {"layer.weight": torch.ones(2, 2), "layer.bias": torch.ones(2)}
    layer = Weights(tensors, torch.float32, Residence(torch.device("cpu"))).linear("layer")
    tensors["layer.weight"].zero_()
    assert layer.weight.sum() == 4


def test_layers_of_a_list_are_found_in_order() -> None:
    tensors = {f"{name}.weight": torch.ones(1) for name in ("list.10.a", "list.10.b", "list.9", "lists.11", "other")}
    tensors |= {f"list.{i}.weight": torch.ones(1) for i in range(9)}
    weights = Weights(tensors, torch.float32, Residence(torch.device("cpu")))
    assert weights.numbered("list") == [f"list.{i}" for i in range(11)]
