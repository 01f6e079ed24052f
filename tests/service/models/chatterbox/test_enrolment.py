"""Against the published package: `prepare_conditionals` itself, on networks of the same random weights."""

import random
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from benchmarks.random_weights.enrolment import speaker_encoder_weights, tokenizer_weights, voice_encoder_weights
from service.audio import Samples, decode_clip
from service.config import ROOT
from service.engine.jobs import Clip
from service.errors import Reason, ServiceError
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.enrolment import HIGH_RATE, LOW_RATE, Enrolment, resample
from service.models.chatterbox.listeners import build_tokenizer, build_voice_encoder

pytestmark = pytest.mark.slow

Weights = dict[str, dict[str, Tensor]]
BUILT_IN = ("alex", "default", "santa")
GENERATED = ((8_000, 7.0), (16_000, 2.137), (44_100, 6.01), (48_000, 11.3))
"""Rates in Hz and seconds: shorter than the prompt, between prompt and reference, longer than both."""


@pytest.fixture(scope="module")
def weights() -> Weights:
    return {
        "tokenizer": tokenizer_weights(1),
        "speaker_encoder": speaker_encoder_weights(2),
        "voice_encoder": voice_encoder_weights(3),
    }


@pytest.fixture(scope="module")
def enrolment(weights: Weights) -> Enrolment:
    made = Enrolment(**weights, revision="r1")
    made.warm_up()
    return made


@pytest.fixture(scope="module")
def prepare(weights: Weights) -> Callable[[Path], Any]:
    """The package's own method, on the parts of the package that it calls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chatterbox.models.s3gen.s3gen import S3Token2Mel, mel_spectrogram
        from chatterbox.models.s3gen.xvector import CAMPPlus
        from chatterbox.models.s3tokenizer import S3Tokenizer
        from chatterbox.models.voice_encoder import VoiceEncoder
        from chatterbox.mtl_tts import ChatterboxMultilingualTTS
    s3gen = S3Token2Mel.__new__(S3Token2Mel)
    torch.nn.Module.__init__(s3gen)
    s3gen.mel_extractor = mel_spectrogram
    s3gen.flow = torch.nn.Linear(1, 1)
    s3gen.tokenizer = S3Tokenizer()
    s3gen.speaker_encoder = CAMPPlus(memory_efficient=False)
    missing, unknown = s3gen.tokenizer.load_state_dict(weights["tokenizer"], strict=False)
    assert (sorted(missing), unknown) == (["_mel_filters", "window"], [])
    s3gen.speaker_encoder.load_state_dict(weights["speaker_encoder"])
    upstream = ChatterboxMultilingualTTS.__new__(ChatterboxMultilingualTTS)
    upstream.s3gen, upstream.ve, upstream.device = s3gen.eval(), VoiceEncoder().eval(), "cpu"
    upstream.ve.load_state_dict(weights["voice_encoder"])
    upstream.t3 = SimpleNamespace(hp=SimpleNamespace(speech_cond_prompt_len=150))

    def prepare(path: Path) -> Any:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upstream.prepare_conditionals(path)
        return upstream.conds

    return prepare


def babble(seconds: float, rate: int, seed: int = 0) -> Samples:
    """A voice of sorts: a gliding pitch with harmonics, syllables and breath."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 140 + 40 * np.sin(2 * np.pi * 0.7 * time) + 15 * np.sin(2 * np.pi * 2.3 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voiced = sum(np.sin(k * phase) / k for k in range(1, 15))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3.1 * time)
    return (0.15 * syllables * voiced + 0.01 * generator.standard_normal(len(time))).astype(np.float32)


def read(path: Path) -> Clip:
    return Clip(*decode_clip(path.read_bytes(), max_seconds=31), digest=path.parent.name)


def assert_equal(ours: Conditioning, theirs: Any) -> None:
    speech, sound = theirs.t3, theirs.gen
    assert torch.equal(ours.speaker_embedding, speech.speaker_emb[0])
    assert torch.equal(ours.prompt_tokens, speech.cond_prompt_speech_tokens[0])
    assert torch.equal(ours.reference_tokens, sound["prompt_token"][0])
    assert torch.equal(ours.reference_mel, sound["prompt_feat"][0, : 2 * len(ours.reference_tokens)])
    assert sound["prompt_feat"].shape[1] - len(ours.reference_mel) in (0, 1)
    assert torch.equal(ours.x_vector, sound["embedding"][0])


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_recording_gives_what_the_package_gives(
    enrolment: Enrolment, prepare: Callable[[Path], Any], name: str
) -> None:
    path = ROOT / "voices" / name / "reference.wav"
    assert_equal(enrolment.enrol(read(path)), prepare(path))


@pytest.mark.parametrize(("rate", "seconds"), GENERATED)
def test_a_clip_of_any_rate_and_length_gives_what_the_package_gives(
    enrolment: Enrolment, prepare: Callable[[Path], Any], tmp_path: Path, rate: int, seconds: float
) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, babble(seconds, rate), rate)
    assert_equal(enrolment.enrol(read(path)), prepare(path))


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("target", [HIGH_RATE, LOW_RATE])
def test_resampling_is_librosas(rate: int, target: int) -> None:
    import librosa

    samples = babble(1.2345, rate)
    expected = librosa.resample(samples, orig_sr=rate, target_sr=target)
    np.testing.assert_array_equal(resample(samples, rate, target), expected, strict=True)


def test_another_voice_is_another_conditioning(enrolment: Enrolment) -> None:
    one, other = (enrolment.enrol(read(ROOT / "voices" / name / "reference.wav")) for name in ("alex", "default"))
    assert one.digest == "alex@r1"
    assert other.digest == "default@r1"
    for name in ("speaker_embedding", "x_vector"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert (mine - theirs).norm() > 0.1 * mine.norm()
    for name in ("prompt_tokens", "reference_tokens"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert len(mine.unique()) > 50
        assert (mine == theirs).double().mean() < 0.2


@pytest.fixture
def world() -> Callable[[], list[object]]:
    """What is global, to be compared."""

    def look() -> list[object]:
        return [
            torch.get_rng_state().tolist(),
            random.getstate(),
            repr(np.random.get_state()),
            torch.get_num_threads(),
            torch.is_grad_enabled(),
            torch.get_default_dtype(),
            torch.get_float32_matmul_precision(),
            torch.backends.cudnn.benchmark,
            list(warnings.filters),
        ]

    return look


def test_the_same_clip_gives_the_same_voice_and_nothing_else_changes(
    weights: Weights, enrolment: Enrolment, world: Callable[[], list[object]]
) -> None:
    clip = Clip(babble(4, HIGH_RATE), HIGH_RATE, "x")
    samples = clip.samples.copy()
    before = world()
    sums = [tensor.double().sum().item() for state in weights.values() for tensor in state.values()]
    one, other = enrolment.enrol(clip), Enrolment(**weights, revision="r1").enrol(clip)
    assert all(torch.equal(mine, other.tensors()[name]) for name, mine in one.tensors().items())
    assert world() == before
    assert sums == [tensor.double().sum().item() for state in weights.values() for tensor in state.values()]
    np.testing.assert_array_equal(clip.samples, samples)


def test_what_a_voice_holds_is_its_own(enrolment: Enrolment) -> None:
    voice = enrolment.enrol(Clip(babble(12, HIGH_RATE), HIGH_RATE, "x"))
    for tensor in voice.tensors().values():
        assert tensor.is_contiguous()
        assert not tensor.requires_grad
        assert not tensor.is_inference()
        assert tensor.untyped_storage().nbytes() == tensor.nbytes
    assert voice.nbytes == 4 * (256 + 192 + 500 * 80) + 8 * (150 + 250)


@pytest.mark.parametrize("seconds", [1.63, 1.6437, 1.6519, 1.66, 1.6791, 2.0, 9.99, 10.0])
def test_two_frames_belong_to_every_token(enrolment: Enrolment, seconds: float) -> None:
    voice = enrolment.enrol(Clip(babble(seconds, HIGH_RATE), HIGH_RATE, "x"))
    assert len(voice.reference_mel) == 2 * len(voice.reference_tokens)
    assert len(voice.reference_tokens) == int(seconds * 25)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(24_000, np.float32),
        babble(1, HIGH_RATE),
        np.full(48_000, np.nan, np.float32),
        np.full(48_000, np.inf, np.float32),
    ],
)
def test_a_clip_without_a_voice_is_refused(enrolment: Enrolment, samples: Samples) -> None:
    with pytest.raises(ServiceError) as caught:
        enrolment.enrol(Clip(samples, HIGH_RATE, "x"))
    assert caught.value.reason is Reason.BAD_REFERENCE_AUDIO


def test_samples_may_be_read_only_and_as_loud_as_can_be(enrolment: Enrolment, caplog: pytest.LogCaptureFixture) -> None:
    samples = np.sign(babble(2, 44_100))
    samples.flags.writeable = False
    enrolment.enrol(Clip(samples, 44_100, "x"))
    assert not caplog.records


def test_buffers_that_are_there_are_taken(weights: Weights) -> None:
    computed = build_tokenizer(weights["tokenizer"])
    given = build_tokenizer(weights["tokenizer"] | {"window": torch.ones(400)})
    assert torch.equal(given.window, torch.ones(400))
    assert torch.equal(given._mel_filters, computed._mel_filters)


def test_a_network_takes_the_weights_as_they_are_and_all_of_them(weights: Weights) -> None:
    state = weights["voice_encoder"]
    network = build_voice_encoder(state)
    assert network.proj.weight.data_ptr() == state["proj.weight"].data_ptr()
    with pytest.raises(RuntimeError, match=r"proj\.bias"):
        build_voice_encoder({name: tensor for name, tensor in state.items() if name != "proj.bias"})
