"""The published package's encoder and flow with weights of ours, and voices to try them with."""

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from service.models.chatterbox.conditioning import Conditioning

ALIAS = "the_package"


def load(name: str) -> ModuleType:
    """A module of `chatterbox.models.s3gen`, under another name: the package itself takes ten seconds to import."""
    found = importlib.util.find_spec("chatterbox")
    assert found
    assert found.submodule_search_locations
    root = Path(found.submodule_search_locations[0], "models")
    for alias, path in ((ALIAS, root), (f"{ALIAS}.s3gen", root / "s3gen")):
        if alias not in sys.modules:
            sys.modules[alias] = ModuleType(alias)
            sys.modules[alias].__path__ = [str(path)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"{ALIAS}.s3gen.{name}")


def make_encoder(layers: int) -> Any:
    """Without weights."""
    return load("transformer.upsample_encoder").UpsampleConformerEncoder(
        output_size=512,
        attention_heads=8,
        linear_units=2048,
        num_blocks=layers,
        input_layer="linear",
        pos_enc_layer_type="rel_pos_espnet",
        selfattention_layer_type="rel_selfattn",
        input_size=512,
        use_cnn_module=False,
        macaron_style=False,
    )


def make_flow(weights: Mapping[str, Tensor], dtype: torch.dtype) -> Any:
    """As deep as the weights are. In float64 the package's own mask is in the way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flow = _build(weights)
    flow.load_state_dict(weights)
    return flow.eval().to(dtype)


def _build(weights: Mapping[str, Tensor]) -> Any:
    depths = [
        len({name.split(".")[place] for name in weights if name.startswith(start)})
        for start, place in (("decoder.estimator.mid_blocks.", 3), ("encoder.encoders.", 2))
    ]
    decoder = load("decoder")
    decoder.mask_to_bias = lambda mask, dtype: (1 - mask.to(dtype)) * -1e10
    estimator = decoder.ConditionalDecoder(
        channels=[256], n_blocks=4, num_mid_blocks=depths[0], num_heads=8, act_fn="gelu"
    )
    module = load("flow_matching")
    matching = module.CausalConditionalCFM(spk_emb_dim=80, cfm_params=module.CFM_PARAMS, estimator=estimator)
    return load("flow").CausalMaskedDiffWithXvec(encoder=make_encoder(depths[1]), decoder=matching)


def render(flow: Any, voice: Conditioning, tokens: Tensor, noise: Tensor, steps: int) -> Tensor:
    """Mel of a segment, shape [2 n, 80]; noise also for the reference."""
    dtype = flow.encoder_proj.weight.dtype
    mel, _ = flow.inference(
        token=tokens[None],
        token_len=torch.tensor([len(tokens)]),
        prompt_token=voice.reference_tokens[None],
        prompt_token_len=torch.tensor([len(voice.reference_tokens)]),
        prompt_feat=voice.reference_mel[None].to(dtype),
        prompt_feat_len=None,
        embedding=voice.x_vector[None].to(dtype),
        finalize=True,
        n_timesteps=steps,
        noised_mels=noise.T[None].to(dtype),
    )
    return mel[0].T


def random_voice(seed: int, tokens: int) -> Conditioning:
    random = torch.Generator().manual_seed(seed)
    return Conditioning(
        digest=f"voice {seed}",
        speaker_embedding=torch.zeros(256),
        prompt_tokens=torch.zeros(0, dtype=torch.int64),
        reference_tokens=random_tokens(seed, tokens),
        reference_mel=torch.randn(2 * tokens, 80, generator=random) * 2 - 5,
        x_vector=torch.randn(192, generator=random),
    )


def random_tokens(seed: int, count: int) -> Tensor:
    return torch.randint(6561, (count,), generator=torch.Generator().manual_seed(seed))


def random_noise(seed: int, frames: int) -> Tensor:
    return torch.randn(frames, 80, generator=torch.Generator().manual_seed(seed))


def distance(ours: Tensor, theirs: Tensor) -> float:
    """Of the whole, relative."""
    assert ours.shape == theirs.shape
    return float((ours.double() - theirs.double()).norm() / theirs.double().norm())
