"""Random weights for T3, shaped so that tests of it mean something.

A plain random head is so flat that min_p drops nothing, and plain random attention so even that neither text nor voice
nor history is felt. Here the likeliest token has a share of about 0.3 at the default temperature, attention is
peaked, some ids come again and again, those that are never to be said never do, and a segment ends by itself after
some hundred tokens.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

WIDTH, GATED, SPEAKER = 1024, 4096, 256
TEXT_IDS, SPEECH_IDS, TEXT_PLACES, SPEECH_PLACES = 2454, 8194, 2050, 4100
START, STOP = 6561, 6562

CONSTANT, CLOCK = 0, 1
"""Channels that no block writes to: one that is the same for every token, and one that grows with its place."""

_LEVEL = 4.0
_LOGIT = 2.2
"""Standard deviation of a logit, before guidance widens it."""

_FAVOUR = 0.4
"""How much some ids are preferred whatever was said."""

_ECHO = 0.013
"""How much the last token is preferred: with its embedding in its row of the head, it is often said twice."""

_PEAK = 1.6
"""Gain of queries and of keys."""

Normal = Callable[..., Tensor]


def t3_weights(seed: int, layers: int = 30, typical_tokens: int = 120) -> dict[str, Tensor]:
    """A state dict in upstream's names, float32. A segment ends after about `typical_tokens`."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, scale: float = 1.0) -> Tensor:
        return torch.randn(shape, generator=generator).mul_(scale)

    weights = _embeddings(normal, typical_tokens) | _conditions(normal)
    weights |= _heads(normal, weights["speech_emb.weight"])
    for layer in range(layers):
        named = _block(normal, 1 / math.sqrt(2 * layers))
        weights |= {f"tfmr.layers.{layer}.{name}.weight": weight for name, weight in named.items()}
    return weights


def _linear(normal: Normal, outputs: int, inputs: int, gain: float = 1.0) -> Tensor:
    """Keeps a row's size, but for the gain."""
    return normal(outputs, inputs, scale=gain / math.sqrt(inputs))


def _embeddings(normal: Normal, typical_tokens: int) -> dict[str, Tensor]:
    weights = {
        "text_emb.weight": normal(TEXT_IDS, WIDTH, scale=0.8),
        "text_pos_emb.emb.weight": normal(TEXT_PLACES, WIDTH, scale=0.6),
        "speech_emb.weight": normal(SPEECH_IDS, WIDTH, scale=0.8),
        "speech_pos_emb.emb.weight": normal(SPEECH_PLACES, WIDTH, scale=0.6),
        "tfmr.embed_tokens.weight": normal(8, WIDTH),
        "tfmr.norm.weight": torch.ones(WIDTH),
    }
    weights["speech_emb.weight"][:, [CONSTANT, CLOCK]] = torch.tensor([_LEVEL, 0.0])
    weights["speech_pos_emb.emb.weight"][:, CONSTANT] = 0
    clock = torch.arange(SPEECH_PLACES) * (_LEVEL / typical_tokens)
    weights["speech_pos_emb.emb.weight"][:, CLOCK] = clock.clamp(max=4 * _LEVEL)
    return weights


def _conditions(normal: Normal) -> dict[str, Tensor]:
    weights = {
        "spkr_enc.weight": normal(WIDTH, SPEAKER),
        "spkr_enc.bias": normal(WIDTH, scale=0.1),
        "emotion_adv_fc.weight": normal(WIDTH, 1),
        "perceiver.pre_attention_query": normal(1, 32, WIDTH),
        "perceiver.attn.norm.weight": 1 + normal(WIDTH, scale=0.1),
        "perceiver.attn.norm.bias": normal(WIDTH, scale=0.1),
    }
    for name in ("to_q", "to_k", "to_v", "proj_out"):
        weights[f"perceiver.attn.{name}.weight"] = _linear(normal, WIDTH, WIDTH)
        weights[f"perceiver.attn.{name}.bias"] = normal(WIDTH, scale=0.1)
    return {f"cond_enc.{name}": weight for name, weight in weights.items()}


def _heads(normal: Normal, embedded: Tensor) -> dict[str, Tensor]:
    speech = _linear(normal, SPEECH_IDS, WIDTH, _LOGIT) + _ECHO * embedded
    speech[:, CONSTANT] = normal(SPEECH_IDS, scale=_FAVOUR)
    speech[:, CLOCK] = 0
    unsaid = torch.arange(SPEECH_IDS) > STOP
    unsaid[START] = True
    speech[unsaid] = 0
    speech[unsaid, CONSTANT] = -15
    speech[STOP, CLOCK] = 2
    return {"speech_head.weight": speech, "text_head.weight": _linear(normal, TEXT_IDS, WIDTH)}


def _block(normal: Normal, share: float) -> dict[str, Tensor]:
    """All blocks together add to a row about what it had: `share` is what each half of a block adds."""
    weights = {
        "input_layernorm": 1 + normal(WIDTH, scale=0.1),
        "self_attn.q_proj": _linear(normal, WIDTH, WIDTH, _PEAK),
        "self_attn.k_proj": _linear(normal, WIDTH, WIDTH, _PEAK),
        "self_attn.v_proj": _linear(normal, WIDTH, WIDTH),
        "self_attn.o_proj": _linear(normal, WIDTH, WIDTH, 1.5 * share),
        "post_attention_layernorm": 1 + normal(WIDTH, scale=0.1),
        "mlp.gate_proj": _linear(normal, GATED, WIDTH),
        "mlp.up_proj": _linear(normal, GATED, WIDTH),
        "mlp.down_proj": _linear(normal, WIDTH, GATED, 1.7 * share),
    }
    for name in ("self_attn.o_proj", "mlp.down_proj"):
        weights[name][[CONSTANT, CLOCK]] = 0
    return weights
