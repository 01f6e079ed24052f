from pathlib import Path

import numpy as np
import pytest

from service.engine.jobs import Clip, Preset, Row, Samples, Sampling
from service.engine.model import Ending, Model, Rendered
from service.errors import Reason, ServiceError
from service.models.kokoro.g2p import transcribe
from service.models.kokoro.model import Kokoro
from service.models.kokoro.network import FRAME, Network
from service.models.kokoro.presets import load_style
from service.models.kokoro.silence import find_voice
from service.models.kokoro.speech import speak_alone
from service.models.kokoro.timing import AHEAD
from service.models.kokoro.weights import read_weights


def make_row(kokoro: Kokoro, text: str, voice: str = "ef_dora", language: str = "es-419", seed: int = 0) -> Row:
    return Row(text, language, kokoro.enrol(Preset(voice)), Sampling(), seed)


def speak(kokoro: Kokoro, row: Row) -> Rendered:
    kokoro.open(row)
    (rendered,) = kokoro.render(kokoro.due())
    kokoro.drop(row)
    return rendered


def render(kokoro: Kokoro, row: Row) -> Samples:
    return speak(kokoro, row).samples


def test_is_a_model(kokoro: Kokoro) -> None:
    model: Model = kokoro
    assert model.info.name == "kokoro-es"
    assert model.info.revision == "6e742170d309"
    assert {"es", "es-419", "es-MX", "es-AR"} <= set(model.info.languages)
    assert not model.info.can_clone


def test_a_row_is_one_window(kokoro: Kokoro) -> None:
    row = make_row(kokoro, "Hola.")
    assert kokoro.open(row) is False
    (window,) = kokoro.due()
    assert (window.row, window.index) == (row, 0)
    (rendered,) = kokoro.render([window])
    assert rendered.row is row
    assert rendered.last
    assert rendered.ending is Ending.COMPLETE
    assert (rendered.tokens - 1) * 600 < len(rendered.samples) <= rendered.tokens * 600
    assert kokoro.due() == []


def test_rows_are_due_oldest_first_until_dropped(kokoro: Kokoro) -> None:
    rows = [make_row(kokoro, text) for text in ("Uno.", "Dos.", "Uno.")]
    for row in rows:
        kokoro.open(row)
    kokoro.drop(rows[1])
    assert [window.row for window in kokoro.due()] == [rows[0], rows[2]]
    for row in rows:
        kokoro.drop(row)
    assert kokoro.due() == []


def test_audio_is_mono_float_within_range(kokoro: Kokoro) -> None:
    samples = render(kokoro, make_row(kokoro, "Buenos días, ¿cómo está?"))
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 0.1 < np.abs(samples).max() <= 1
    assert 0.8 < len(samples) / kokoro.info.sample_rate < 3


@pytest.mark.slow
def test_the_same_row_gives_the_same_bits_alone_or_in_company(kokoro: Kokoro) -> None:
    alone = render(kokoro, make_row(kokoro, "Hola, ¿qué tal?"))
    render(kokoro, make_row(kokoro, "Otra cosa.", voice="em_santa", language="es-AR"))
    assert np.array_equal(alone, render(kokoro, make_row(kokoro, "Hola, ¿qué tal?", seed=7)))


@pytest.mark.slow
def test_sleep_and_wake_change_nothing(kokoro: Kokoro) -> None:
    before = render(kokoro, make_row(kokoro, "Hola."))
    kokoro.sleep()
    kokoro.wake()
    assert np.array_equal(before, render(kokoro, make_row(kokoro, "Hola.")))


@pytest.mark.slow
def test_voices_and_accents_differ(kokoro: Kokoro) -> None:
    text = "Yo llamo."
    clips = [render(kokoro, make_row(kokoro, text, voice)) for voice in ("ef_dora", "em_alex", "em_santa")]
    clips.append(render(kokoro, make_row(kokoro, text, language="es-AR")))
    assert len({clip.tobytes() for clip in clips}) == 4


@pytest.mark.parametrize("text", ["", "¿?", "…", "日本語"])
def test_nothing_to_say_is_no_audio(kokoro: Kokoro, text: str) -> None:
    kokoro.open(make_row(kokoro, text))
    (rendered,) = kokoro.render(kokoro.due())
    assert len(rendered.samples) == 0
    assert rendered.last
    assert rendered.tokens == 0


@pytest.mark.slow
def test_a_row_over_the_limit_is_cut(kokoro: Kokoro) -> None:
    text = "uno " * 120
    assert kokoro.info.cost(text) > kokoro.info.max_cost
    kokoro.open(make_row(kokoro, text))
    (rendered,) = kokoro.render(kokoro.due())
    assert rendered.ending is Ending.LENGTH
    assert rendered.tokens > 0
    assert len(rendered.words) == -(-509 // len("ˈuno "))
    assert rendered.words[-1].end_sample <= len(rendered.samples)


@pytest.mark.parametrize("text", ["El vaso, (un vaso) de veintidós.", "¿Tú?"])
def test_words_are_timed_by_the_networks_lengths(kokoro: Kokoro, text: str) -> None:
    rendered = speak(kokoro, make_row(kokoro, text))
    assert [text[word.offset : word.offset + word.length] for word in rendered.words] == text.split()
    times = [time for word in rendered.words for time in (word.start_sample, word.end_sample)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(rendered.samples)


@pytest.mark.slow
def test_words_are_within_a_frame_of_the_networks_lengths(kokoro: Kokoro) -> None:
    text, style = "Los veintidós niños del barrio volvieron contentos a casa", load_style("ef_dora")
    rendered = speak(kokoro, make_row(kokoro, text))
    transcript = transcribe(text)
    alone = speak_alone(Network(read_weights(), threads=1), transcript.phonemes, style)
    edges = alone.edges - AHEAD - find_voice(alone.samples).start
    for timed, word in zip(rendered.words, transcript.words, strict=True):
        assert timed.offset == word.offset
        assert abs(timed.start_sample - edges[word.start]) <= FRAME * 1.5 * (word is transcript.words[0])
        assert abs(timed.end_sample - edges[word.end]) <= FRAME * 3 * (word is transcript.words[-1])


def test_cost_counts_symbols(kokoro: Kokoro) -> None:
    assert kokoro.info.cost("Hola.") == len("ˈola.")
    assert kokoro.info.cost("¿?") == 0


def test_conditioning_cannot_be_changed(kokoro: Kokoro) -> None:
    style = kokoro.enrol(Preset("em_alex"))
    assert style.shape == (510, 256)
    with pytest.raises(ValueError, match="read-only"):
        style[0, 0] = 1


@pytest.mark.parametrize("source", [Preset("x"), Preset("../ef_dora"), Clip(np.zeros(9, np.float32), 8000, "")])
def test_only_its_own_voices(kokoro: Kokoro, source: Preset | Clip) -> None:
    with pytest.raises(ServiceError, match="ef_dora, em_alex, em_santa") as caught:
        kokoro.enrol(source)
    assert caught.value.reason is Reason.UNSUPPORTED_OPTION


def test_no_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        Kokoro(threads=1, folder=tmp_path)
    assert caught.value.reason is Reason.MODEL_NOT_INSTALLED
