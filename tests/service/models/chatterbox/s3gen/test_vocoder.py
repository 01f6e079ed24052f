import importlib.util
from collections.abc import Iterator
from math import ceil, pi
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.random_weights.vocoder import random_mel, vocoder_weights
from service.models.chatterbox.s3gen.filter import CONTEXT, speak
from service.models.chatterbox.s3gen.source import (
    FRAME,
    HARMONICS,
    PITCH_CONTEXT,
    SAMPLE_RATE,
    VOICED,
    excite,
    find_pitch,
    start,
)
from service.models.chatterbox.s3gen.vocoder import HELD, SILENT, TAIL, Vocoder, Voicing

NARROW = 64
FULL = pytest.param(512, marks=pytest.mark.slow)
SEED = 7


def load_package(name: str) -> ModuleType:
    """A file of the reference, without the ten seconds that its package takes to import."""
    found = importlib.util.find_spec("chatterbox")
    assert found
    assert found.submodule_search_locations
    path = Path(found.submodule_search_locations[0], "models/s3gen", f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def hifigan() -> ModuleType:
    return load_package("hifigan")


@pytest.fixture(scope="module")
def predictor() -> ModuleType:
    return load_package("f0_predictor")


@pytest.fixture
def doubles() -> Iterator[None]:
    """The reference makes some tensors of torch's default type."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def build_reference(hifigan: ModuleType, predictor: ModuleType, width: int, dtype: torch.dtype) -> Any:
    """The package's vocoder, as its S3Token2Wav builds it."""
    generator = hifigan.HiFTGenerator(
        base_channels=width,
        sampling_rate=SAMPLE_RATE,
        upsample_rates=[8, 5, 3],
        upsample_kernel_sizes=[16, 11, 7],
        source_resblock_kernel_sizes=[7, 7, 11],
        source_resblock_dilation_sizes=[[1, 3, 5]] * 3,
        f0_predictor=predictor.ConvRNNF0Predictor(cond_channels=width),
    )
    generator.load_state_dict(vocoder_weights(SEED, width=width))
    generator.stft_window = generator.stft_window.to(dtype)
    return generator.to(dtype).eval()


def inject(hifigan: ModuleType, monkeypatch: pytest.MonkeyPatch, seed: int, weight: Tensor) -> None:
    """Gives the reference the numbers that a row of this seed draws: phases, then its noise shared out by harmonic."""
    row = start(seed, torch.device("cpu"))
    phases = (2 * pi * row.offsets).view(1, -1, 1)
    shares = (weight / weight.norm()).view(1, -1, 1)

    class Phases:
        def __init__(self, **_: float) -> None: ...

        def sample(self, sample_shape: tuple[int, ...]) -> Tensor:
            return phases.to(weight.dtype)

    def noise(like: Tensor) -> Tensor:
        if like.shape[1] != HARMONICS:
            return torch.zeros_like(like)
        return shares * torch.randn(like.shape[2], generator=row.noise, dtype=torch.float32)

    monkeypatch.setattr(hifigan, "Uniform", Phases)
    monkeypatch.setattr(torch, "randn_like", noise)


def build(width: int = NARROW, dtype: torch.dtype = torch.float64) -> Vocoder:
    return Vocoder(vocoder_weights(SEED, width=width), device="cpu", dtype=dtype)


def relative(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())


def cut(mel: Tensor, seed: int) -> list[Tensor]:
    """Pieces of 0 to 40 frames."""
    random = torch.Generator().manual_seed(seed)
    sizes = torch.randint(0, 40, (len(mel),), generator=random)
    ends = sizes.cumsum(0)
    return list(mel.tensor_split(ends[ends < len(mel)]))


def stream(vocoder: Vocoder, state: Voicing, pieces: list[Tensor]) -> list[Tensor]:
    *others, rest = pieces
    return [vocoder.feed(state, piece, last=False) for piece in others] + [vocoder.feed(state, rest, last=True)]


def whole(vocoder: Vocoder, mel: Tensor, seed: int = SEED) -> Tensor:
    return vocoder.feed(vocoder.open(seed), mel, last=True)


def keep(audio: Tensor) -> Tensor:
    """What we leave of the reference's audio: its start faded, its last token cut."""
    rise = (1 - torch.linspace(0, pi, SILENT, dtype=audio.dtype).cos()) / 2
    return torch.cat([torch.zeros(SILENT), rise * audio[SILENT : 2 * SILENT], audio[2 * SILENT : -TAIL * FRAME]])


@pytest.mark.parametrize("seed", range(3))
def test_random_weights_are_shaped_so_that_the_tests_mean_something(seed: int) -> None:
    vocoder = build(dtype=torch.float32)
    mel = random_mel(seed, 400)
    pitch = find_pitch(vocoder._weights, mel.T)
    voiced = pitch > VOICED
    assert 0.3 < voiced.float().mean() < 0.8
    assert (pitch[voiced] > 100).float().mean() > 0.9
    assert pitch.max() < 250
    assert (~voiced).unfold(0, 5, 1).all(dim=1).any()
    audio = whole(vocoder, mel)
    assert 0.01 < audio.square().mean().sqrt() < 0.2
    assert audio.abs().max() < 0.9


@pytest.mark.parametrize("width", [NARROW, FULL])
def test_the_filter_is_the_references(hifigan: ModuleType, predictor: ModuleType, width: int) -> None:
    reference = build_reference(hifigan, predictor, width, torch.float32)
    vocoder = build(width, torch.float32)
    mel, source = random_mel(1, 60), 0.1 * torch.randn(60 * FRAME, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = reference.decode(mel.T[None], source[None, None])[0]
        audio = speak(vocoder._weights, mel.T, source, 0, 0)
    torch.testing.assert_close(audio, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("width", [NARROW, FULL])
def test_audio_is_the_references(
    hifigan: ModuleType, predictor: ModuleType, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a second: the reference sums its phases in single precision and goes astray with time."""
    reference = build_reference(hifigan, predictor, width, torch.float32)
    vocoder = build(width, torch.float32)
    differences = []
    for seed in range(3):
        inject(hifigan, monkeypatch, SEED, reference.m_source.l_linear.weight.detach())
        mel = random_mel(seed, 50)
        differences.append(relative(whole(vocoder, mel), keep(reference.inference(mel.T[None])[0][0])))
    assert median(differences) < 1e-3


@pytest.mark.usefixtures("doubles")
def test_in_double_precision_nothing_but_rounding_differs(
    hifigan: ModuleType, predictor: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = build_reference(hifigan, predictor, NARROW, torch.float64)
    inject(hifigan, monkeypatch, SEED, reference.m_source.l_linear.weight.detach())
    mel = random_mel(3, 100).double()
    expected = keep(reference.inference(mel.T[None])[0][0])
    assert relative(whole(build(), mel), expected) < 1e-6


def test_weights_under_torchs_older_weight_norm_are_read_as_well() -> None:
    weights = vocoder_weights(SEED, width=NARROW)
    older = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): tensor
        for name, tensor in weights.items()
    }
    assert len(older) == len(weights) == 328
    mel = random_mel(1, 10)
    assert torch.equal(whole(Vocoder(older, device="cpu"), mel), whole(Vocoder(weights, device="cpu"), mel))


def test_the_context_is_what_a_frame_depends_on_and_no_more() -> None:
    vocoder = build()
    random = torch.Generator().manual_seed(1)
    mel, source = random_mel(1, 60).T.double(), torch.randn(60 * FRAME, generator=random, dtype=torch.float64)
    touched = source.clone()
    touched[30 * FRAME : 31 * FRAME] += 1
    with torch.inference_mode():
        audio, changed = (speak(vocoder._weights, mel, part, 0, 0) for part in (source, touched))
    samples = (audio != changed).nonzero()
    assert ceil(30 - samples.min() / FRAME) == CONTEXT
    assert ceil((samples.max() + 1) / FRAME - 31) == CONTEXT


def test_pitch_depends_on_its_context_and_no_more() -> None:
    vocoder = build()
    mel = random_mel(1, 40).T.double()
    touched = mel.clone()
    touched[:, 20] += torch.linspace(-5, 5, 80)
    changed = (find_pitch(vocoder._weights, mel) != find_pitch(vocoder._weights, touched)).nonzero()
    assert (int(changed.min()), int(changed.max())) == (20 - PITCH_CONTEXT, 20 + PITCH_CONTEXT)


def test_a_frame_changes_nothing_that_was_given_before_it_came() -> None:
    vocoder = build()
    mel = random_mel(5, 80).double()
    touched = mel.clone()
    touched[40] += torch.linspace(-20, 20, 80)
    changed = (whole(vocoder, mel) != whole(vocoder, touched)).nonzero()
    assert changed.min() >= (40 - HELD) * FRAME


@pytest.mark.parametrize("seed", range(6))
def test_pieces_join_to_the_whole(seed: int) -> None:
    vocoder = build()
    mel = random_mel(seed, 150).double()
    pieces = stream(vocoder, vocoder.open(seed), cut(mel, seed))
    assert relative(torch.cat(pieces), whole(vocoder, mel, seed)) < 1e-10


@pytest.mark.parametrize("width", [NARROW, FULL])
def test_pieces_join_in_single_precision(width: int) -> None:
    """And there is no step at a seam: what differs is rounding, of the same size there as anywhere."""
    vocoder = build(width, torch.float32)
    mel = random_mel(4, 150)
    pieces = stream(vocoder, vocoder.open(SEED), list(mel.split(25)))
    difference = (torch.cat(pieces) - whole(vocoder, mel)).abs()
    assert difference.max() < 1e-4
    for seam in torch.tensor([len(piece) for piece in pieces[:-1]]).cumsum(0).tolist():
        assert difference[seam - 4 : seam + 4].max() < 1e-4


def test_what_is_certain_is_given_at_once() -> None:
    vocoder = build(dtype=torch.float32)
    state = vocoder.open(1)
    assert [len(vocoder.feed(state, random_mel(i, frames), last=False)) for i, frames in enumerate((HELD, 1, 25))] == [
        0,
        FRAME,
        25 * FRAME,
    ]
    assert len(vocoder.feed(state, random_mel(9, 0), last=True)) == (HELD - TAIL) * FRAME


@pytest.mark.parametrize(("frames", "left"), [(0, 0), (2, 2), (4, 2), (6, 4), (60, 58)])
def test_the_last_token_is_cut_unless_it_is_the_only_one(frames: int, left: int) -> None:
    audio = whole(build(dtype=torch.float32), random_mel(1, frames))
    assert len(audio) == left * FRAME
    assert frames == 0 or audio.abs().max() > 0


@pytest.mark.parametrize("size", [1, 2, 25])
def test_speech_begins_with_silence_and_rises(size: int) -> None:
    vocoder = build(dtype=torch.float32)
    mel = random_mel(1, 60)
    audio = torch.cat(stream(vocoder, vocoder.open(1), list(mel.split(size))))
    assert not audio[:SILENT].any()
    assert 0 < audio[SILENT : SILENT + 100].abs().max() < audio[2 * SILENT : 4 * SILENT].abs().max() / 2


def test_a_row_is_the_same_alone_and_among_others() -> None:
    vocoder = build(dtype=torch.float32)
    mels = [random_mel(seed, 100) * (30 if seed else 1) for seed in range(3)]
    alone = torch.cat(stream(vocoder, vocoder.open(0), list(mels[0].split(25))))
    states = [vocoder.open(seed) for seed in range(3)]
    rounds = zip(*(mel.split(25) for mel in mels), strict=True)
    among = [[vocoder.feed(s, m, last=i == 3) for s, m in zip(states, r, strict=True)] for i, r in enumerate(rounds)]
    assert torch.equal(torch.cat([pieces[0] for pieces in among]), alone)


def test_a_seed_repeats_and_another_differs() -> None:
    vocoder = build(dtype=torch.float32)
    mel = random_mel(1, 30)
    assert torch.equal(whole(vocoder, mel, 1), whole(vocoder, mel, 1))
    assert relative(whole(vocoder, mel, 1), whole(vocoder, mel, 2)) > 0.01


def test_the_source_does_not_depend_on_how_frames_come() -> None:
    weights = build()._weights
    pitch = torch.rand(50, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 250
    one, other = start(3, torch.device("cpu")), start(3, torch.device("cpu"))
    pieces = torch.cat([excite(weights, other, part) for part in pitch.split(7)])
    torch.testing.assert_close(pieces, excite(weights, one, pitch), atol=1e-12, rtol=0)


def test_long_speech_keeps_its_phase() -> None:
    weights = build()._weights
    oscillator = start(1, torch.device("cpu"))
    for _ in range(100):
        excite(weights, oscillator, torch.full((7,), 200.37, dtype=torch.float64))
    assert float(oscillator.phase) == pytest.approx(200.37 * 14 % 1, abs=1e-10)


def test_no_energy_gathers_at_the_top(
    hifigan: ModuleType, predictor: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong inverse transform whines at 12 kHz."""
    reference = build_reference(hifigan, predictor, NARROW, torch.float32)
    inject(hifigan, monkeypatch, SEED, reference.m_source.l_linear.weight.detach())
    mel = random_mel(6, 100)
    ours, theirs = whole(build(dtype=torch.float32), mel), keep(reference.inference(mel.T[None])[0][0])

    def share(audio: Tensor) -> float:
        power = torch.fft.rfft(audio).abs().square()
        return float(power[int(len(power) * 11.5 / 12) :].sum() / power.sum())

    assert share(ours) == pytest.approx(share(theirs), rel=1e-3)
    assert share(ours) < 0.1


def test_sleep_and_wake_change_nothing() -> None:
    vocoder = build(dtype=torch.float32)
    before = whole(vocoder, random_mel(1, 30))
    vocoder.sleep()
    vocoder.wake()
    assert torch.equal(whole(vocoder, random_mel(1, 30)), before)
