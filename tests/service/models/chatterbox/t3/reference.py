"""Upstream's T3, to be equal to, with a pass-through in place of its alignment analyser."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch

import torch
from torch import Tensor

from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.t3.knobs import Knobs
from service.models.chatterbox.t3.vocabulary import START_TEXT, STOP, STOP_TEXT


@dataclass
class Said:
    """Upstream's tokens, and the guided logits each was drawn from, [n, 8194]."""

    tokens: list[int]
    logits: Tensor


class Watcher:
    """Stands where upstream has its analyser: lets logits through and keeps them."""

    eos_idx = STOP

    def __init__(self, *_: object, **__: object) -> None:
        self.logits: list[Tensor] = []

    def step(self, logits: Tensor, next_token: int | None) -> Tensor:
        self.logits.append(logits.clone())
        return logits


class Upstream:
    """The package's own network and loop. In float64 its norms, which go by way of float32, are float64 as well."""

    def __init__(self, weights: Mapping[str, Tensor], layers: int, dtype: torch.dtype) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from chatterbox.models.t3 import llama_configs, t3
            from chatterbox.models.t3.modules.cond_enc import T3Cond
            from chatterbox.models.t3.modules.t3_config import T3Config
            from transformers.models.llama.modeling_llama import LlamaRMSNorm, LlamaRotaryEmbedding

        config = llama_configs.LLAMA_CONFIGS["Llama_520M"] | {"num_hidden_layers": layers}
        with patch.dict(llama_configs.LLAMA_CONFIGS, Llama_520M=config), torch.device("meta"):
            self._t3 = t3.T3(T3Config.multilingual()).eval()
        self._t3.load_state_dict({name: weight.to(dtype) for name, weight in weights.items()}, assign=True)
        # Not in the state dict, and so still on the meta device.
        self._t3.tfmr.rotary_emb = LlamaRotaryEmbedding(self._t3.cfg)
        for module in self._t3.modules():
            if dtype == torch.float64 and isinstance(module, LlamaRMSNorm):
                module.forward = partial(normalise, module)
        self._module, self._cond, self._dtype = t3, T3Cond, dtype

    def say(self, voice: Conditioning, text: Sequence[int], knobs: Knobs, seed: int, tokens: int) -> Said:
        """What upstream says from this seed of the global generator."""
        ids = torch.tensor([START_TEXT, *text, STOP_TEXT]).expand(2, -1)
        cond = self._cond(
            speaker_emb=voice.speaker_embedding[None].to(self._dtype),
            cond_prompt_speech_tokens=voice.prompt_tokens[None],
            emotion_adv=torch.full((1, 1, 1), knobs.exaggeration, dtype=self._dtype),
        )
        watcher = Watcher()
        changes = {"AlignmentStreamAnalyzer": lambda *_, **__: watcher, "tqdm": lambda steps, **_: steps}
        with patch.multiple(self._module, **changes), warnings.catch_warnings(), torch.random.fork_rng():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            said = self._t3.inference(
                t3_cond=cond,
                text_tokens=ids,
                max_new_tokens=tokens,
                temperature=knobs.temperature,
                top_p=knobs.top_p,
                min_p=knobs.min_p,
                repetition_penalty=knobs.repetition_penalty,
                cfg_weight=knobs.cfg_weight,
            )
        return Said(said[0].tolist(), torch.cat(watcher.logits))


def normalise(module: torch.nn.Module, x: Tensor) -> Tensor:
    return module.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + module.variance_epsilon))
