import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
import torch

from service.engine.jobs import Samples
from service.errors import Reason, ServiceError
from service.models.chatterbox.watermark import BLOCK, OVERLAP, PIECE, SAMPLE_RATE, Marker, Perth

CutUp = Callable[[Samples], list[Samples]]


def by(size: int) -> CutUp:
    return lambda samples: [samples[start : start + size] for start in range(0, len(samples), size)]


def at_random(samples: Samples) -> list[Samples]:
    places = np.random.default_rng(1).integers(0, len(samples), 20)
    return np.split(samples, np.sort(places))


def stream(marker: Marker, pieces: list[Samples]) -> Samples:
    return np.concatenate([*(marker.mark(piece) for piece in pieces), marker.finish()])


def power(samples: Samples) -> float:
    return float(np.square(samples, dtype=np.float64).mean())


@pytest.fixture(scope="module")
def perth() -> Perth:
    return Perth()


@pytest.fixture(scope="module")
def voice() -> Samples:
    samples, rate = soundfile.read("voices/default/reference.wav", dtype="float32")
    assert rate == SAMPLE_RATE
    return samples  # type: ignore[no-any-return]


class Ear:
    """Marks nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []

    def __call__(self, samples: Samples) -> Samples:
        self.heard.append(samples)
        return samples.copy()


@pytest.mark.parametrize("size", [100, 4800, 24_000, 25_199, 25_200, 25_201, 100_000])
@pytest.mark.parametrize("length", [0, 1, 999, PIECE, PIECE + OVERLAP, PIECE + OVERLAP + 1, 60_000, 100_003])
def test_nothing_is_lost_whatever_the_cut(size: int, length: int) -> None:
    samples = np.random.default_rng(length).uniform(-1, 1, length).astype(np.float32)
    ear = Ear()
    np.testing.assert_allclose(stream(Marker(ear), by(size)(samples)), samples, atol=1e-6)
    assert all(len(heard) >= min(PIECE, length) for heard in ear.heard)


def test_samples_wait_for_a_piece_and_no_longer() -> None:
    marker = Marker(Ear())
    block = np.zeros(4800, np.float32)
    assert [len(marker.mark(block)) for _ in range(11)] == [0, 0, 0, 0, 0, 27_600, 0, 0, 0, 0, 24_000]


def test_pieces_that_differ_are_faded_into_each_other() -> None:
    levels = iter((0.0, 1.0))
    marker = Marker(lambda samples: np.full_like(samples, next(levels)))
    marked = stream(marker, by(PIECE + OVERLAP)(np.zeros(2 * PIECE + OVERLAP, np.float32)))
    assert {0.0, 1.0} == set(marked[[0, PIECE - 1, PIECE + OVERLAP, -1]])
    assert np.abs(np.diff(marked)).max() < 1.01 / (OVERLAP - 1)


def test_what_a_stream_remembers_is_bounded() -> None:
    marker = Marker(Ear())
    for _ in range(100):
        marker.mark(np.zeros(4800, np.float32))
        assert len(marker._clean) <= 2 * PIECE + OVERLAP + 4800


@pytest.mark.slow
@pytest.mark.parametrize("cut", [by(10**6), by(4800), by(PIECE + OVERLAP), at_random])
def test_marked_speech_is_found_whole_and_in_each_part(perth: Perth, voice: Samples, cut: CutUp) -> None:
    marked = stream(perth.open(), cut(voice))
    assert marked.shape == voice.shape
    assert marked.dtype == np.float32
    assert perth.find(marked, SAMPLE_RATE) > 0.9
    parts = [part for part in np.array_split(marked, 6) if power(part) > 1e-5]
    assert len(parts) > 3
    assert min(perth.find(part, SAMPLE_RATE) for part in parts) > 0.9


@pytest.mark.slow
def test_unmarked_speech_and_silence_are_not(perth: Perth, voice: Samples) -> None:
    assert perth.find(voice, SAMPLE_RATE) < 0.1
    assert perth.find(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE) == 0
    assert perth.find(np.zeros(10, np.float32), SAMPLE_RATE) == 0


@pytest.mark.slow
def test_a_mark_outlives_another_rate(perth: Perth, voice: Samples) -> None:
    marked = stream(perth.open(), by(4800)(voice))
    assert perth.find(marked[::2], SAMPLE_RATE // 2) > 0.5


@pytest.mark.slow
def test_the_level_stays(perth: Perth, voice: Samples) -> None:
    marked = stream(perth.open(), by(4800)(voice))
    assert 10 * np.log10(power(marked) / power(voice)) == pytest.approx(0, abs=0.5)
    assert power(marked - voice) < 0.05 * power(voice)


def jumps(samples: Samples) -> Samples:
    """How far each sample is from the next, in units of what is usual within 10 ms of it."""
    far = np.abs(np.diff(samples))
    return far / (np.sqrt(np.convolve(np.square(far), np.ones(480) / 480, "same")) + 1e-6)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_pieces_do_not_step_where_they_meet(perth: Perth, voice: Samples) -> None:
    """Where they would, side by side; and the mark is as loud there as in a clip that was marked whole."""
    marker = perth.open()
    pieces = [piece for piece in (*map(marker.mark, by(4800)(voice)), marker.finish()) if len(piece)]
    ends = np.cumsum([len(piece) for piece in pieces])[:-1]
    assert len(ends) > 10
    joined, side_by_side = np.concatenate(pieces), np.concatenate([perth._mark(p) for p in np.split(voice, ends)])
    assert jumps(side_by_side - voice)[ends - 1].max() > 5
    assert jumps(joined - voice)[[*(ends - 1), *(ends + OVERLAP - 1)]].max() < 2.5
    whole = perth._mark(voice)
    for end in ends:
        seam = slice(end, end + OVERLAP)
        assert power((joined - voice)[seam]) == pytest.approx(power((whole - voice)[seam]), rel=0.3, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 100, BLOCK + 1, 999, 12_000])
def test_a_short_stream_is_marked_whole(perth: Perth, voice: Samples, length: int) -> None:
    samples = voice[30_000 : 30_000 + length]
    marked = stream(perth.open(), [samples])
    assert len(marked) == length
    if length == 12_000:
        assert perth.find(marked, SAMPLE_RATE) > 0.5


@pytest.mark.slow
def test_silence_stays_silent(perth: Perth) -> None:
    assert np.abs(stream(perth.open(), [np.zeros(2 * PIECE, np.float32)])).max() < 1e-6


@pytest.mark.slow
def test_streams_on_many_threads_share_the_network_and_one_core_each(perth: Perth, voice: Samples) -> None:
    before = torch.get_num_threads()
    alone = stream(perth.open(), by(4800)(voice[:100_000]))
    together: dict[int, Samples] = {}
    threads: set[int] = set()

    def work(index: int) -> None:
        together[index] = stream(perth.open(), by(4800)(voice[:100_000]))
        threads.add(torch.get_num_threads())

    workers = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert threads == {1}
    assert len(together) == 4
    for marked in together.values():
        np.testing.assert_allclose(marked, alone, atol=1e-5)
    torch.set_num_threads(before)


@pytest.mark.parametrize("absent", [{"perth": None}, {"perth": type(sys)("perth")}])
def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, absent: dict[str, object]) -> None:
    for name, module in absent.items():
        if module is not None:
            monkeypatch.setattr(module, "PerthImplicitWatermarker", None, raising=False)
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(ServiceError) as caught:
        Perth()
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
    assert "--extra chatterbox" in caught.value.en
    assert "--extra chatterbox" in caught.value.es
