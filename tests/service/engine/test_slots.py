"""What a model's calls may give and how they may fail, and who hears of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from prometheus_client import REGISTRY

from service.engine.engine import SegmentEnd
from service.engine.failures import out_of_memory
from service.engine.jobs import Preset, Row, Segment, VoiceSource
from service.engine.model import Ending, Rendered, Window
from service.engine.slots import VOICE_BYTES
from service.errors import Reason, ServiceError
from service.models.fake import FakeModel
from tests.service.engine.conftest import StartEngine, make_job
from tests.service.engine.test_local import TEXTS, expected, speak


class Mended(FakeModel):
    """Its renderings are passed through `mend` for rows whose text holds "mal"."""

    def __init__(self, mend: Callable[[Rendered], Rendered]) -> None:
        super().__init__()
        self._mend = mend

    def render(self, windows: Sequence[Window]) -> Sequence[Rendered]:
        return [self._mend(one) if "mal" in one.row.text else one for one in super().render(windows)]


def mute(rendered: Rendered) -> Rendered:
    error = ServiceError(Reason.INTERNAL, en="Nothing was said.", es="No se dijo nada.")
    return Rendered(rendered.row, np.zeros(0, np.float32), last=True, error=error)


class Full:
    """Has no memory for the first unit of a kind."""

    def __init__(self, kind: str) -> None:
        self.kinds = [kind]
        self.hit: list[Row] = []

    def __call__(self, kind: str, rows: Sequence[Row]) -> None:
        if kind in self.kinds:
            self.kinds.remove(kind)
            self.hit.extend(rows)
            raise out_of_memory() from RuntimeError("CUDA out of memory")


@pytest.mark.parametrize(("kind", "slots"), [("decode", 1), ("render", 3)])
async def test_a_full_memory_ends_the_rows_of_the_call_and_no_others(
    start: StartEngine, kind: str, slots: int, caplog: pytest.LogCaptureFixture
) -> None:
    full = Full(kind)
    model = FakeModel(slots=slots, before_unit=full)
    model.info = replace(model.info, render_batch=1)
    engine = await start(model)
    heard = await asyncio.gather(*(speak(engine, make_job(s), TEXTS) for s in range(3)), return_exceptions=True)
    assert isinstance(heard[0], ServiceError)
    assert heard[0].reason is Reason.OUT_OF_MEMORY
    assert heard[0].retry_after
    assert len(full.hit) == 1
    for seed in (1, 2):
        np.testing.assert_array_equal(heard[seed], expected(seed, TEXTS))
    assert "CUDA out of memory" in caplog.text


@pytest.mark.parametrize("step", ["enrol", "open"])
async def test_a_full_memory_before_the_first_unit_ends_its_own_request(start: StartEngine, step: str) -> None:
    class Narrow(FakeModel):
        def enrol(self, source: VoiceSource) -> object:
            self._refuse("enrol", source == Preset("mal"))
            return super().enrol(source)

        def open(self, row: Row) -> bool:
            self._refuse("open", row.conditioning == "mal")
            return super().open(row)

        def _refuse(self, where: str, wide: bool) -> None:
            if wide and where == step:
                raise out_of_memory()

    engine = await start(Narrow())
    refused, heard = await asyncio.gather(
        speak(engine, make_job(voice=Preset("mal")), TEXTS), speak(engine, make_job(5), TEXTS), return_exceptions=True
    )
    assert isinstance(refused, ServiceError)
    assert refused.reason is Reason.OUT_OF_MEMORY
    np.testing.assert_array_equal(heard, expected(5, TEXTS))


class Large:
    nbytes = VOICE_BYTES // 4


async def test_conditionings_are_kept_up_to_so_many_bytes(start: StartEngine) -> None:
    enrolled: list[VoiceSource] = []

    class Enrolling(FakeModel):
        def enrol(self, source: VoiceSource) -> object:
            enrolled.append(source)
            return Large()

    engine = await start(Enrolling())
    a, b, c, d = (Preset(name) for name in "abcd")
    for voice in (a, b, a, c, a, d, a, b):
        await speak(engine, make_job(voice=voice), ["Hola."])
    assert enrolled == [a, b, c, d, b]


async def test_a_row_without_tokens_fails_alone(start: StartEngine) -> None:
    model = Mended(mute)
    engine = await start(model)
    others = [speak(engine, make_job(seed), TEXTS) for seed in range(4)]
    mute_one, *heard = await asyncio.gather(speak(engine, make_job(), ["mal"]), *others, return_exceptions=True)
    assert isinstance(mute_one, ServiceError)
    assert str(mute_one) == "Nothing was said."
    for seed, audio in enumerate(heard):
        np.testing.assert_array_equal(audio, expected(seed, TEXTS))
    assert model.open_rows == 0


async def test_a_window_may_take_several_calls(start: StartEngine) -> None:
    model = FakeModel(render_steps=4)
    engine = await start(model)
    audios = await asyncio.gather(*(speak(engine, make_job(seed), TEXTS, 0.1) for seed in range(3)))
    for seed, audio in enumerate(audios):
        np.testing.assert_array_equal(audio, expected(seed, TEXTS, 0.1))


@pytest.mark.parametrize("ending", Ending)
async def test_a_segments_ending_is_told_counted_and_logged(
    start: StartEngine, ending: Ending, caplog: pytest.LogCaptureFixture
) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("tts_segment_endings_total", {"ending": ending.value}) or 0

    engine = await start(Mended(lambda rendered: replace(rendered, ending=ending)))
    before = count()
    async with engine.open(make_job(request_id="abc")) as stream:
        stream.say(Segment("mal dicho"))
        stream.finish()
        (end,) = [event async for event in stream if isinstance(event, SegmentEnd)]
    assert end.cut is (ending is not Ending.COMPLETE)
    assert count() == before + 1
    told = f"request abc: a segment was ended, cause {ending.value}, after 9 tokens"
    assert (told in caplog.messages) is end.cut
