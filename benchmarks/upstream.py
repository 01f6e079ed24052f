"""The published package as it is, `chatterbox-tts` 0.1.7, to be compared with: networks of random weights, on the CPU.

In place of its alignment analyser, which slows it and forces ends, stands one that changes nothing.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from service.models.chatterbox.conditioning import Conditioning

START, STOP = 255, 0


@dataclass(frozen=True, slots=True)
class Stages:
    """Seconds of each stage of one segment."""

    t3: float
    flow: float
    vocoder: float

    @property
    def whole(self) -> float:
        return self.t3 + self.flow + self.vocoder


class _PassThrough:
    def __init__(self, *_: Any, eos_idx: int, **__: Any) -> None:
        self.eos_idx = eos_idx

    def step(self, logits: Tensor, next_token: int | None = None) -> Tensor:
        return logits


class Upstream:
    """T3, the flow and the vocoder, one segment at a time, as `ChatterboxMultilingualTTS.generate` calls them."""

    def __init__(self, t3: Mapping[str, Tensor], flow: Mapping[str, Tensor], vocoder: Mapping[str, Tensor]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from chatterbox.models.s3gen import S3Gen
            from chatterbox.models.t3 import T3
            from chatterbox.models.t3 import t3 as module
            from chatterbox.models.t3.modules.cond_enc import T3Cond
            from chatterbox.models.t3.modules.t3_config import T3Config
        module.AlignmentStreamAnalyzer = _PassThrough
        self._make_cond = T3Cond
        self._t3 = T3(T3Config.multilingual()).eval()
        self._t3.load_state_dict(t3)
        self._s3gen = S3Gen().eval()
        self._s3gen.flow.load_state_dict(flow)
        self._s3gen.mel2wav.load_state_dict(vocoder)

    def speak(self, voice: Conditioning, text: Sequence[int], tokens: int, seed: int) -> Stages:
        """One segment of so many speech tokens, timed."""
        torch.manual_seed(seed)
        start = time.perf_counter()
        speech = self._decode(voice, text, tokens)
        decoded = time.perf_counter()
        with torch.inference_mode():
            mel = self._s3gen.flow_inference(speech, ref_dict=_reference(voice), finalize=True)
            flowed = time.perf_counter()
            self._s3gen.hift_inference(mel, None)
        return Stages(decoded - start, flowed - decoded, time.perf_counter() - flowed)

    def _decode(self, voice: Conditioning, text: Sequence[int], tokens: int) -> Tensor:
        cond = self._make_cond(
            speaker_emb=voice.speaker_embedding[None],
            cond_prompt_speech_tokens=voice.prompt_tokens[None],
            emotion_adv=torch.full((1, 1, 1), 0.5),
        )
        ids = torch.tensor([[START, *text, STOP]]).repeat(2, 1)
        with contextlib.redirect_stderr(io.StringIO()):
            speech: Tensor = self._t3.inference(
                t3_cond=cond, text_tokens=ids, max_new_tokens=tokens, repetition_penalty=1.2, top_p=1.0
            )
        return speech


def _reference(voice: Conditioning) -> dict[str, Tensor | None]:
    return {
        "prompt_token": voice.reference_tokens[None],
        "prompt_token_len": torch.tensor([len(voice.reference_tokens)]),
        "prompt_feat": voice.reference_mel[None],
        "prompt_feat_len": None,
        "embedding": voice.x_vector[None],
    }
