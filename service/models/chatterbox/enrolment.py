"""A recording to a voice, as `ChatterboxMultilingualTTS.prepare_conditionals` of chatterbox-tts 0.1.7 does it."""

import logging
import warnings
from collections.abc import Mapping

import numpy as np
import soxr
import torch
from torch import Tensor

from service.audio import Samples, check_reference
from service.engine.jobs import Clip
from service.models.chatterbox.conditioning import PROMPT_LIMIT, Conditioning, pair
from service.models.chatterbox.listeners import build_speaker_encoder, build_tokenizer, build_voice_encoder

HIGH_RATE = 24_000
"""Of what S3Gen imitates."""
LOW_RATE = 16_000
"""Of what the networks listen to."""

REFERENCE_SECONDS = 10
PROMPT_SECONDS = 6


class Enrolment:
    """Listens to recordings. The state dicts are upstream's, names without the network's prefix; never written to.

    `revision` names them: it becomes part of each voice's digest.
    """

    def __init__(
        self,
        *,
        tokenizer: Mapping[str, Tensor],
        speaker_encoder: Mapping[str, Tensor],
        voice_encoder: Mapping[str, Tensor],
        revision: str,
        device: str = "cpu",
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from chatterbox.models.s3gen.utils.mel import mel_spectrogram
            from torchaudio.transforms import Resample
        # It warns of each clip that resampling takes past full scale, which is no one's fault and changes nothing.
        logging.getLogger(mel_spectrogram.__module__).setLevel(logging.ERROR)
        self._tokenizer = build_tokenizer(tokenizer)
        self._speaker_encoder = build_speaker_encoder(speaker_encoder)
        self._voice_encoder = build_voice_encoder(voice_encoder)
        self._mel_spectrogram = mel_spectrogram
        # Upstream resamples in two ways, and so must we: this for S3Gen's reference, soxr for the rest.
        self._lower = Resample(HIGH_RATE, LOW_RATE)
        self._revision = revision
        self.move(device)

    def move(self, device: str) -> None:
        """Takes the networks to another device."""
        self._device = device
        for network in (self._tokenizer, self._speaker_encoder, self._voice_encoder, self._lower):
            network.to(device)

    def warm_up(self) -> None:
        """Listens to a hum: much of the package is imported, and some of it compiled, at first use."""
        hum = 0.5 * np.sin(np.arange(2 * LOW_RATE, dtype=np.float32) * (2 * np.pi * 150 / LOW_RATE))
        self.enrol(Clip(hum, LOW_RATE, "hum"))

    @torch.no_grad()
    def enrol(self, clip: Clip) -> Conditioning:
        """The same clip gives the same voice. Takes 1 to 2 s of one processor core for a clip of 10 s.

        ServiceError BAD_REFERENCE_AUDIO if there is no voice in it.
        """
        check_reference(clip.samples, clip.sample_rate)
        high = resample(clip.samples, clip.sample_rate, HIGH_RATE)
        low = resample(high, HIGH_RATE, LOW_RATE)
        reference = self._tensor(high[: REFERENCE_SECONDS * HIGH_RATE])
        heard = self._lower(reference)
        tokens, mel = pair(self._tokens(heard), self._mel_spectrogram(reference)[0].T)
        conditioning = Conditioning(
            digest=f"{clip.digest}@{self._revision}",
            speaker_embedding=self._speaker(low),
            prompt_tokens=_own(self._tokens(self._tensor(low[: PROMPT_SECONDS * LOW_RATE]))[:PROMPT_LIMIT]),
            reference_tokens=_own(tokens),
            reference_mel=_own(mel),
            x_vector=_own(self._speaker_encoder.inference([heard])[0]),
        )
        conditioning.check()
        return conditioning

    def _tokens(self, samples: Tensor) -> Tensor:
        tokens, _ = self._tokenizer([samples])
        first: Tensor = tokens[0]
        return first

    def _speaker(self, low: Samples) -> Tensor:
        return torch.from_numpy(self._voice_encoder.embeds_from_wavs([low], sample_rate=LOW_RATE)[0])

    def _tensor(self, samples: Samples) -> Tensor:
        return torch.tensor(samples, device=self._device)


def resample(samples: Samples, source: int, target: int) -> Samples:
    """As `librosa.resample` by default: soxr at high quality, cut or padded to the length rounded up. Rates in Hz."""
    if source == target:
        return samples
    count = int(np.ceil(len(samples) * (float(target) / source)))
    resampled: Samples = soxr.resample(samples, source, target, quality="HQ")[:count]
    return np.pad(resampled, (0, count - len(resampled)))


def _own(tensor: Tensor) -> Tensor:
    """A copy on the CPU that keeps nothing else alive."""
    return tensor.cpu().clone(memory_format=torch.contiguous_format)
