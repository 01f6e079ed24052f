"""The three networks that listen to a recording, as chatterbox-tts defines them: used at enrolment only."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Network = Any
"""A `torch.nn.Module` of the package, which has no types."""


def build_tokenizer(weights: Mapping[str, Tensor]) -> Network:
    """S3Tokenizer v2: 16 kHz to speech tokens. The two buffers that follow from constants may be missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa
        from chatterbox.models.s3tokenizer import S3Tokenizer
        from s3tokenizer.model_v2 import precompute_freqs_cis
    constants = {
        "_mel_filters": torch.from_numpy(librosa.filters.mel(sr=16_000, n_fft=400, n_mels=128)),
        "window": torch.hann_window(400),
    }
    tokenizer = _build(S3Tokenizer, constants | dict(weights))
    # Not a buffer, so no state dict has it: made on the meta device, it would stay there.
    tokenizer.encoder.freqs_cis = precompute_freqs_cis(64, 2048)
    return tokenizer


def build_speaker_encoder(weights: Mapping[str, Tensor]) -> Network:
    """CAMPPlus: 16 kHz to an x-vector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chatterbox.models.s3gen.xvector import CAMPPlus
    return _build(lambda: CAMPPlus(memory_efficient=False), weights)


def build_voice_encoder(weights: Mapping[str, Tensor]) -> Network:
    """VoiceEncoder: 16 kHz to a speaker embedding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chatterbox.models.voice_encoder import VoiceEncoder
    return _build(VoiceEncoder, weights)


def _build(make: Callable[[], Network], weights: Mapping[str, Tensor]) -> Network:
    """A network around the weights themselves, in float32: nothing is drawn, and copied only to another type."""
    with torch.device("meta"):
        network = make()
    network.load_state_dict(dict(weights), assign=True)
    return network.float().eval().requires_grad_(False)
