import numpy as np
import pytest

from service.models.kokoro.g2p import transcribe
from service.models.kokoro.network import FRAME, SAMPLE_RATE
from service.models.kokoro.speech import Speech
from service.models.kokoro.timing import AHEAD, time_words

TEXT = "Sí, ya voy. No"


def make_speech(frames: dict[int, int], quiet: list[tuple[int, int]]) -> Speech:
    """A tone of the text, 4 frames a phoneme unless said, with frames of silence where it is heard."""
    lengths = np.array([frames.get(index, 4) for index in range(len(transcribe(TEXT).phonemes))])
    edges = (np.cumsum(np.pad(lengths, (1, 0))) + AHEAD // FRAME) * FRAME
    samples = np.sin(np.arange(edges[-1] + 4 * FRAME) * 2 * np.pi * 200 / SAMPLE_RATE).astype(np.float32)
    for start, stop in quiet:
        samples[start * FRAME : stop * FRAME] = 0
    return Speech(samples, edges)


def frames_of(speech: Speech) -> list[tuple[str, float, float]]:
    words = time_words(transcribe(TEXT), speech)
    return [(TEXT[w.offset : w.offset + w.length], w.start_sample / FRAME, w.end_sample / FRAME) for w in words]


def test_words_are_where_their_lengths_put_them() -> None:
    assert transcribe(TEXT).phonemes == "sˈi, ʝˈa βˈoɪ. nˈo"
    assert frames_of(make_speech({}, [])) == [("Sí,", 0, 12), ("ya", 20, 32), ("voy.", 36, 52), ("No", 60, 72)]


def test_a_word_gives_up_the_pause_that_its_last_or_first_phone_holds() -> None:
    frames = frames_of(make_speech({2: 20, 15: 8}, [(12, 32), (55, 78)]))
    places = [(word, round(start), round(end)) for word, start, end in frames]
    assert places == [("Sí,", 0, 12), ("ya", 36, 48), ("voy.", 52, 64), ("No", 78, 92)]


def test_a_pause_without_a_mark_is_one_if_it_is_long() -> None:
    long, short = (frames_of(make_speech({7: 10}, [(30, 30 + frames)])) for frames in (5, 3))
    assert [round(time) for time in (*long[1][1:], long[2][1])] == [20, 30, 42]
    assert short == frames_of(make_speech({7: 10}, []))


@pytest.mark.parametrize("quiet", [[(2, 3)], [(30, 34)], [(40, 44)]])
def test_silence_that_is_no_pause_moves_nothing(quiet: list[tuple[int, int]]) -> None:
    assert frames_of(make_speech({}, quiet)) == frames_of(make_speech({}, []))


def test_silence_at_the_ends_belongs_to_no_word() -> None:
    frames = frames_of(make_speech({0: 8, 17: 20}, [(0, 5), (78, 200)]))
    assert 4.5 <= frames[0][1] <= 5.5
    assert 77.5 <= frames[-1][2] <= 78.5


def test_words_that_the_speech_did_not_get_to_have_no_time() -> None:
    speech = make_speech({}, [])
    cut = Speech(speech.samples, speech.edges[:8])
    assert [word for word, _, _ in frames_of(cut)] == ["Sí,", "ya"]


def test_a_silent_speech_keeps_its_words_in_order() -> None:
    speech = make_speech({}, [(0, 1000)])
    times = [time for _, *times in frames_of(speech) for time in times]
    assert times == sorted(times)
    assert [w for w, _, _ in frames_of(Speech(np.zeros(0, np.float32), np.zeros(1, np.int64)))] == []
