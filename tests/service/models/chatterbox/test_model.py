"""The whole model on random weights, from the real files: tokens, windows, samples."""

import gc
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from service.engine.jobs import Preset, Row, Sampling
from service.engine.model import Ending, Rendered
from service.errors import Reason, ServiceError
from service.models.chatterbox import model as model_module
from service.models.chatterbox import utterances
from service.models.chatterbox.conditioning import Conditioning
from service.models.chatterbox.loading import load_weights
from service.models.chatterbox.model import Chatterbox
from service.models.chatterbox.profiles import PROFILES, Profile
from service.models.chatterbox.s3gen.flow import Flow
from service.models.chatterbox.t3.decoder import STOP
from tests.service.models.chatterbox.conftest import open_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

TOKEN = 960
TEXT = "Hola, ¿cómo estás? Todo bien por aquí."


@dataclass
class Spoken:
    """What became of a row. `early` counts the samples that were there before its last token was."""

    parts: list[NDArray[np.float32]] = field(default_factory=list)
    end: Rendered | None = None
    early: int = 0

    @property
    def samples(self) -> NDArray[np.float32]:
        return np.concatenate(self.parts)


def make_row(model: Chatterbox, seed: int, text: str = TEXT, voice: Conditioning | None = None) -> Row:
    return Row(text, "es", voice or model.enrol(Preset("base-en")), Sampling(), seed)


def speak(model: Chatterbox, rows: Sequence[Row]) -> list[Spoken]:
    """Rows side by side, as the engine does it: what is due is rendered first, as many windows at once as may be."""
    spoken = {row: Spoken() for row in rows}
    decoding = [row for row in rows if model.open(row)]
    while any(each.end is None for each in spoken.values()):
        if due := model.due():
            for rendered in model.render(due[: model.info.render_batch]):
                each = spoken[rendered.row]
                each.parts.append(rendered.samples)
                each.early += rendered.samples.size if rendered.row in decoding else 0
                if rendered.last:
                    each.end = rendered
                    model.drop(rendered.row)
        else:
            wants = model.decode(decoding)
            decoding = [row for row, more in zip(decoding, wants, strict=True) if more]
    return [spoken[row] for row in rows]


def read_resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def limit(monkeypatch: pytest.MonkeyPatch, tokens: int) -> None:
    for module in (model_module, utterances):
        monkeypatch.setattr(module, "token_limit", lambda _: tokens)


def test_a_segment_is_its_tokens_without_the_last(model: Chatterbox) -> None:
    (spoken,) = speak(model, [make_row(model, seed=1)])
    assert spoken.end is not None
    assert spoken.end.ending is Ending.COMPLETE
    assert spoken.samples.size == (spoken.end.tokens - 1) * TOKEN
    assert 0.001 < np.sqrt(np.mean(spoken.samples**2)) < 0.5
    assert model.due() == []


def test_audio_comes_out_while_tokens_are_decoded(model: Chatterbox) -> None:
    (spoken,) = speak(model, [make_row(model, seed=1)])
    assert spoken.early > TOKEN * 25


def test_without_cached_reference_a_segment_is_one_piece(model: Chatterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 30)
    whole = Chatterbox(model.info, model._parts, replace(PROFILES["reference"], flow_steps=2), voice_bytes=0)
    (spoken,) = speak(whole, [make_row(model, seed=1)])
    assert [part.size for part in spoken.parts if part.size] == [29 * TOKEN]
    assert spoken.early == 0


def test_a_seed_repeats_a_segment_and_another_does_not(model: Chatterbox) -> None:
    first, again, other = (speak(model, [make_row(model, seed)])[0].samples for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[: other.size], other[: first.size])


@pytest.fixture(scope="module")
def batched(model: Chatterbox, folder: Path) -> Chatterbox:
    """As on a GPU: windows are rendered together."""
    windows = 3
    flow = Flow(load_weights(open_folder(folder)).flow, dtype=torch.float32, device=torch.device("cpu"), rows=windows)
    info, parts = replace(model.info, render_batch=windows), replace(model._parts, flow=flow)
    return Chatterbox(info, parts, replace(PROFILES["fast"], flow_steps=1), voice_bytes=10**9)


@pytest.mark.parametrize("which", ["model", "batched"])
def test_rows_side_by_side_say_what_each_says_alone(request: pytest.FixtureRequest, which: str) -> None:
    model: Chatterbox = request.getfixturevalue(which)
    texts = ["Sí.", "Buenos días.", TEXT, "El tren llega tarde."]
    rows = [make_row(model, seed, text) for seed, text in enumerate(texts)]
    alone = [speak(model, [make_row(model, seed, text)])[0].samples for seed, text in enumerate(texts)]
    together = speak(model, rows)
    assert [np.array_equal(each.samples, one) for each, one in zip(together, alone, strict=True)] == [True] * 4


def test_a_segment_that_does_not_end_is_ended(model: Chatterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 45)
    (spoken,) = speak(model, [make_row(model, seed=1)])
    assert spoken.end is not None
    assert (spoken.end.ending, spoken.end.tokens) == (Ending.LENGTH, 45)


@pytest.mark.parametrize(("token", "ending"), [(utterances.STOP - 1000, Ending.REPETITION), (4299, Ending.SILENCE)])
def test_what_goes_round_in_circles_is_ended(
    model: Chatterbox, monkeypatch: pytest.MonkeyPatch, token: int, ending: Ending
) -> None:
    monkeypatch.setattr(model._parts.decoder, "step", lambda rows: [token for _ in rows])
    (spoken,) = speak(model, [make_row(model, seed=1)])
    assert spoken.end is not None
    assert (spoken.end.ending, spoken.end.tokens) == (ending, 50)


def test_a_row_without_tokens_fails_alone(model: Chatterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    mute, other = make_row(model, 1), make_row(model, 2)
    expected = speak(model, [make_row(model, 2)])[0].samples
    step = model._parts.decoder.step
    monkeypatch.setattr(
        model._parts.decoder,
        "step",
        lambda rows: [STOP if row is mute else token for row, token in zip(rows, step(rows), strict=True)],
    )
    failed, spoken = speak(model, [mute, other])
    assert failed.end is not None
    assert failed.end.error is not None
    assert failed.end.error.reason is Reason.INTERNAL
    assert np.array_equal(spoken.samples, expected)


@pytest.mark.parametrize("part", ["decoder.open", "decoder.step", "flow.advance", "vocoder.feed"])
def test_a_full_gpu_is_told_as_such(model: Chatterbox, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    def overflow(*_: object, **__: object) -> None:
        raise torch.cuda.OutOfMemoryError

    network, method = part.split(".")
    row = make_row(model, 1)
    with monkeypatch.context() as patch:
        patch.setattr(getattr(model._parts, network), method, overflow)
        with pytest.raises(ServiceError) as caught:
            speak(model, [row])
    assert caught.value.reason is Reason.OUT_OF_MEMORY
    model.drop(row)


def test_an_unknown_preset_is_refused_by_name(model: Chatterbox) -> None:
    with pytest.raises(ServiceError, match="base-en") as caught:
        model.enrol(Preset("ef_dora"))
    assert caught.value.reason is Reason.UNSUPPORTED_OPTION


def test_two_hundred_requests_of_twenty_voices_leave_memory_flat(
    model: Chatterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Voices come and go: the cache holds a few of them."""
    limit(monkeypatch, 3)
    short = Profile(flow_steps=1, reference_seconds=0.4, cached_prompt=True)
    small = Chatterbox(model.info, model._parts, short, voice_bytes=40_000_000)
    builtin = model.enrol(Preset("base-en"))
    voices = [replace(builtin, digest=f"voice {index}") for index in range(20)]
    resident = []
    for index in range(200):
        speak(small, [make_row(model, index, "Sí.", voices[index % 20])])
        if index in (59, 199):
            gc.collect()
            resident.append(read_resident())
    assert small._references.nbytes <= 40_000_000
    assert resident[1] < 1.02 * resident[0]
