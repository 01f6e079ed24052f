"""Who has the floor, in virtual time and without a thread: every unit of work is a test's own."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from service.engine.admission import Terms
from service.engine.calibration import calibrate
from service.engine.capacity import Work
from service.engine.engine import Audio, SegmentEnd
from service.engine.floor import Floor
from service.engine.jobs import Job, Preset, Priority, Row, Segment
from service.engine.pacing import UNREAD_LIMIT
from service.engine.seeds import segment_seed
from service.engine.streams import LocalStream
from service.errors import Reason, ServiceError
from service.models.fake import SAMPLE_RATE, TOKEN_SAMPLES, TOKENS_PER_SECOND, FakeModel, tone
from tests.service.engine.conftest import make_job

STEP, ROW = 0.014, 0.00045


def keeping_up(terms: Terms, slots: int) -> "Stage":
    """A stage whose model is known to keep up with as many streams as it has slots."""
    step = 0.999 / TOKENS_PER_SECOND
    stage = Stage(terms, slots=slots, decode_seconds=step)
    stage.floor.capacity.decode.learn(slots, step)
    stage.floor.capacity.learn_row(Work(steps=TOKENS_PER_SECOND, samples=SAMPLE_RATE))
    return stage


class Stage:
    """A floor, its clock, and the units that its model did: their kind and the voices of their rows."""

    def __init__(self, terms: Terms = Terms(), render_batch: int | None = None, **model: object) -> None:  # noqa: B008
        self.now = 0.0
        self.units: list[tuple[str, list[object]]] = []
        self.model = FakeModel(before_unit=self._note, pass_time=self._pass, **model)  # type: ignore[arg-type]
        if render_batch:
            self.model.info = replace(self.model.info, render_batch=render_batch)
        self.floor = Floor(self.model, terms, threading.Condition(), lambda: self.now)

    def open(self, name: str, *texts: str, **changes: object) -> LocalStream:
        stream = self.floor.open(make_job(voice=Preset(name), **changes))
        for text in texts:
            stream.say(Segment(text))
        stream.finish()
        return stream

    def work(self, units: int = 1) -> list[tuple[str, list[object]]]:
        """Does so many units; gives them."""
        for _ in range(units):
            self.floor.work()
        return self.units[-units:] if units else []

    def work_all(self) -> None:
        while not self.floor.rest(self.now):
            self.floor.work()

    def _note(self, kind: str, rows: Sequence[Row]) -> None:
        self.units.append((kind, [row.conditioning for row in rows]))

    def _pass(self, seconds: float) -> None:
        self.now += seconds


def rows(stream: LocalStream) -> int:
    return len(stream.rows)


@pytest.mark.parametrize(("max_lead", "opened"), [(1.0, 1), (10.0, 2), (3600.0, 8)])
async def test_a_long_text_is_spoken_side_by_side_as_far_as_it_may_be_ahead(max_lead: float, opened: int) -> None:
    stage = Stage()
    stream = stage.open("long", *["a" * 100] * 8, max_lead=max_lead)
    stage.work()
    assert rows(stream) == opened


async def test_a_stream_far_ahead_goes_on_when_it_is_not() -> None:
    stage = Stage()
    stream = stage.open("ahead", *["a" * 100] * 8, max_lead=5.0)
    stage.work_all()
    made, pause = stream.playback.made, stage.floor.rest(stage.now)
    assert 5.0 < made < 5.0 + 2 * 4.0
    assert pause == pytest.approx(made - 5.0)
    stage.now += pause
    stage.work_all()
    assert stream.playback.made > made


async def test_the_window_that_is_needed_first_is_rendered_first() -> None:
    stage = Stage(render_batch=1, slots=2)
    ahead = stage.open("ahead", "a" * 100)
    while ahead.playback.made < 2.0:
        stage.work()
    stage.open("new", "b" * 20)
    contested = []
    while stage.model.open_rows != 1 or not contested:
        due = {window.row.conditioning for window in stage.model.due()}
        (unit,) = stage.work()
        contested += [unit] if len(due) == 2 else []
    assert contested == [("render", ["new"])] * 4


async def test_streams_over_the_cap_begin_when_others_end() -> None:
    stage = keeping_up(Terms(live_share=0.5), slots=8)
    streams = [stage.open(f"{index}", "a" * (10 + index)) for index in range(6)]
    stage.work()
    assert [stream.begun for stream in streams] == [True] * 4 + [False] * 2
    while not streams[0].closed:
        stage.work()
    stage.work()
    assert [stream.begun for stream in streams] == [True] * 5 + [False]


async def test_who_was_promised_a_slot_gets_it_although_the_machine_turns_out_slower() -> None:
    stage = keeping_up(Terms(live_share=1.0), slots=8)
    streams = [stage.open(f"{index}", "a" * 10) for index in range(8)]
    for _ in range(100):
        stage.floor.capacity.decode.learn(8, 0.1)
    stage.work()
    assert all(stream.begun for stream in streams)


async def test_a_cold_server_admits_what_its_units_allow() -> None:
    """30 callers at once fit 32 slots; 0.9 of what full slots do is 40, although no request was ever served."""
    stage = Stage(Terms(queue_seconds=0.0), decode_seconds=STEP, decode_row_seconds=ROW)
    specimen = stage.model.warm_up()
    assert specimen is not None
    calibrate(stage.model, specimen, stage.floor.capacity, lambda: stage.now)
    assert stage.floor.capacity.streams() == pytest.approx(32 / 25 / (STEP + 32 * ROW), rel=0.01)
    assert stage.model.open_rows == 0
    for index in range(40):
        stage.open(f"{index}", "Hola.")
    with pytest.raises(ServiceError) as caught:
        stage.open("one too many", "Hola.")
    assert caught.value.reason is Reason.OVERLOADED


async def test_a_server_that_knows_nothing_yet_serves_as_many_as_it_has_slots() -> None:
    stage = Stage()
    streams = [stage.open(f"{index}", "Hola.") for index in range(40)]
    stage.work()
    assert sum(stream.begun for stream in streams) == 32


async def test_light_traffic_leaves_the_cap_as_it_is() -> None:
    stage = Stage(decode_seconds=STEP, decode_row_seconds=ROW)
    specimen = stage.model.warm_up()
    assert specimen is not None
    calibrate(stage.model, specimen, stage.floor.capacity, lambda: stage.now)
    before = stage.floor.capacity.streams()
    for index in range(60):
        stage.open(f"{index}", "a" * 60)
        stage.work_all()
    assert stage.floor.capacity.streams() == pytest.approx(before, rel=0.02)


async def test_whoever_does_not_read_holds_no_share() -> None:
    stage = keeping_up(Terms(live_share=0.5), slots=4)
    stalled = [stage.open(f"stalled {index}", *["a" * 100] * 20, max_lead=3600.0) for index in range(2)]
    while not all(stream.rests(stage.now) for stream in stalled):
        stage.work()
    most = UNREAD_LIMIT + stage.model.info.slots * 4.0
    assert all(stream.playback.made <= most for stream in stalled)
    reading = stage.open("reading", "a" * 10)
    stage.work_all()
    assert reading.closed


async def test_a_conversation_holds_no_share_while_it_is_silent() -> None:
    stage = keeping_up(Terms(queue_seconds=0.0, live_share=1.0), slots=4)
    talks = [stage.floor.open(make_job()) for _ in range(10)]
    for talk in talks[:4]:
        talk.say(Segment("a" * 10))
    stage.work_all()
    stage.open("another", "a" * 10)
    for talk in talks[:4]:
        talk.say(Segment("a" * 10))
    with pytest.raises(ServiceError):
        stage.open("one too many", "a" * 10)
    stage.work_all()
    assert [talk.playback.made for talk in talks] == pytest.approx([0.8] * 4 + [0.0] * 6)


async def test_batch_takes_slots_that_nobody_wants_and_leaves_some() -> None:
    stage = Stage(slots=8)
    batch = stage.open("batch", *["a" * 40] * 20, priority=Priority.BATCH, max_lead=3600.0)
    stage.work()
    assert rows(batch) == 6
    listener = stage.open("listener", "a" * 10)
    stage.work()
    assert rows(listener) == 1
    stage.work_all()
    assert listener.closed


async def test_who_comes_takes_the_slot_of_what_is_not_heard_for_long() -> None:
    stage = Stage(slots=8)
    long = stage.open("long", *["a" * 100] * 8, max_lead=3600.0)
    stage.work(20)
    assert rows(long) == 8
    new = [stage.open(f"{index}", "b" * 20) for index in range(8)]
    stage.work()
    assert [rows(stream) for stream in new] == [1] * 7 + [0]
    assert list(long.rows.values()) == [0]
    stage.work_all()
    assert long.playback.made == pytest.approx(8 * 4.0)
    assert all(stream.closed for stream in (long, *new))


async def test_a_segment_that_lost_its_slot_is_said_as_it_would_have_been() -> None:
    stage = Stage(slots=2)
    long = stage.open("long", "a" * 100, "c" * 200, max_lead=3600.0)
    stage.work(20)
    new = stage.open("new", "b" * 20)
    stage.work()
    assert (rows(long), rows(new)) == (1, 1)
    while not new.closed:
        stage.work()
    stage.work()
    newer = stage.open("newer", "b" * 20)
    stage.work()
    assert (rows(long), rows(newer)) == (1, 1)
    stage.work_all()
    assert newer.closed
    heard = [event async for event in long]
    whole = np.concatenate([event.samples for event in heard if isinstance(event, Audio)])
    told = [event.sample_count for event in heard if isinstance(event, SegmentEnd)]
    assert told == [100 * TOKEN_SAMPLES, 200 * TOKEN_SAMPLES]
    assert np.array_equal(whole, np.concatenate([tone(segment_seed(1, at), 0, count) for at, count in enumerate(told)]))


async def test_what_is_left_of_a_text_is_told_as_well_as_texts_of_its_kind_allow() -> None:
    stage = Stage()
    said = stage.open("said", "a" * 100, max_lead=3600.0)
    assert said.rest() == pytest.approx((100 / 15, 100 / 15))
    stage.work_all()
    stream = stage.open("next", "a" * 100)
    least, most = stream.rest()
    assert most > least
    assert (least + most) / 2 == pytest.approx(stage.floor.articulation.guess("a" * 100))
    while not stream.playback.made:
        stage.work()
    assert stream.rest() == pytest.approx((least - stream.playback.made, most - stream.playback.made))


async def test_batch_yields_at_the_end_of_its_segments() -> None:
    stage = Stage(slots=1)
    batch = stage.open("batch", *["a" * 20] * 5, priority=Priority.BATCH)
    stage.work(3)
    listener = stage.open("listener", *["b" * 20] * 3)
    stage.work_all()
    order = [voices[0] for kind, voices in stage.units if kind == "render"]
    assert order == ["batch"] * 4 + ["listener"] * 12 + ["batch"] * 16
    assert batch.closed
    assert listener.closed


async def test_the_caller_who_heard_least_goes_first() -> None:
    stage = Stage(slots=1)
    stage.open("loud", "a" * 50, caller="loud")
    stage.work_all()
    for name in ("loud", "quiet"):
        stage.open(name, "a" * 10, caller=name)
    stage.units.clear()
    stage.work_all()
    assert stage.units[0][1] == ["quiet"]


async def test_who_is_faster_than_the_model_counts_for_more() -> None:
    stage = keeping_up(Terms(queue_seconds=0.0, live_share=1.0), slots=4)
    for index in range(2):
        stage.open(f"{index}", "a" * 10, speaking_rate=2.0)
    with pytest.raises(ServiceError):
        stage.open("one too many", "a" * 10)


async def test_the_deadline_of_a_segment_is_when_all_before_it_is_heard() -> None:
    stage = Stage(Terms(interactive_target=0.5))
    job: Job = make_job(max_lead=3600.0)
    stream = stage.floor.open(job)
    assert stream.wait(0.0) == float("inf")
    for text in ("a" * 150, "b" * 30, "c" * 30):
        stream.say(Segment(text, pause_after=0.5))
    assert stream.deadline() == 0.5
    stage.work()
    by_segment = {segment: stream.deadline(row) for row, segment in stream.rows.items()}
    assert by_segment == pytest.approx({0: 0.5, 1: 0.5 + 10.5, 2: 0.5 + 10.5 + 2.5})
    stage.now = 3.0
    while not stream.playback.made:
        stage.work()
    given = stream.playback.dry_at() - 3.0
    assert given == pytest.approx(0.2)
    assert min(stream.deadline(row) for row in stream.rows) == pytest.approx(3.2)


async def test_what_is_said_after_a_silence_is_due_as_if_it_were_new() -> None:
    stage = Stage(Terms(interactive_target=0.5))
    talk = stage.floor.open(make_job())
    talk.say(Segment("a" * 10))
    stage.work_all()
    stage.now = 100.0
    talk.say(Segment("b" * 10))
    assert talk.deadline() == 100.5
    assert talk.waiting_since() == 100.0


async def test_order_holds_although_later_segments_are_ready_sooner() -> None:
    stage = Stage()
    stream = stage.open("one", "a" * 100, "b" * 5, "c" * 5, max_lead=3600.0)
    stage.work_all()
    heard = [event.segment async for event in stream if isinstance(event, Audio)]
    assert heard == sorted(heard)
    assert set(heard) == {0, 1, 2}
