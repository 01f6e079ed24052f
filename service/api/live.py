"""SynthesizeLive: speaks a text while it is still being written."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from eslatam.tts.v1 import speech_pb2

from service.api.accounts import make_header, make_summary
from service.api.delivery import Delivery, Reply
from service.api.dictation import Dictation, Ended, Flushed, Interrupted
from service.api.listener import Listener, listening
from service.api.orders import OrderDesk
from service.api.quotas import Characters
from service.api.threads import Threads
from service.api.turns import Heard, Turn
from service.config import Live
from service.engine.engine import Event, SegmentEnd

Answer = speech_pb2.SynthesizeLiveResponse


class LiveSession:
    """One session, whose answers go to `write`. The caller's messages are read in a task of their own.

    An interrupt ends a turn, and with it its stream of the engine; the next text opens another. The recording goes on:
    samples are counted from the start of the session, and one encoder makes all of it.
    """

    def __init__(
        self,
        desk: OrderDesk,
        characters: Characters,
        threads: Threads,
        settings: Live,
        write: Callable[[Answer], Awaitable[None]],
    ) -> None:
        self._threads = threads
        self._write = write
        self._listener = Listener("SynthesizeLive")
        self._dictation = Dictation(desk, characters, threads, settings, self._listener)
        self._flushes: deque[Flushed] = deque()
        self._characters = 0
        self._queue_seconds: float | None = None
        self._announced = False
        self._delivery: Delivery

    async def converse(self, requests: AsyncIterator[speech_pb2.SynthesizeLiveRequest]) -> None:
        """Header before anything else; audio, timestamps and answers; the summary last. Raises what ends it early."""
        with listening(self._listener):
            taking = asyncio.create_task(self._dictation.take(requests))
            try:
                await self._answer()
            finally:
                taking.cancel()
                try:
                    await asyncio.gather(taking, return_exceptions=True)
                finally:  # a cancel may come on top of a write that failed
                    await self._dictation.close()

    async def _answer(self) -> None:
        ended, step = False, await self._next()
        self._delivery = Delivery(self._dictation.order, self._dictation.script, whole=False)
        while True:
            match step:
                case Heard(turn, event) if not turn.closed:
                    await self._hear(turn, event)
                case Flushed():
                    self._flushes.append(step)
                case Interrupted():
                    await self._stop()
                case Ended():
                    ended = True
            if not step.turn.closed:
                await self._catch_up(step.turn)
                if ended and step.turn.rests:
                    return await self._finish(step.turn)
            step = await self._next()

    async def _next(self) -> Heard | Flushed | Interrupted | Ended:
        step = await self._dictation.steps.get()
        if isinstance(step, Exception):
            raise step
        return step

    async def _hear(self, turn: Turn, event: Event) -> None:
        if self._queue_seconds is None and turn.stream:
            self._queue_seconds = turn.stream.queue_seconds
        await self._send(self._delivery.add(event), turn)
        turn.note(event)
        if isinstance(event, SegmentEnd):
            self._characters += len(self._dictation.script[event.segment].segment.text)

    async def _stop(self) -> None:
        """Nothing of what came before is left to be sent, which answers the flushes too."""
        self._delivery.drop()
        await self._answer_flushes(len(self._dictation.script))
        next_sample = self._delivery.sample_count
        await self._tell(Answer(interrupted=speech_pb2.LiveInterrupted(next_sample=next_sample)))

    async def _catch_up(self, turn: Turn) -> None:
        """Holds nothing back where nothing follows, or where a flush asks."""
        if turn.rests or (self._flushes and self._flushes[0].lines <= turn.spoken):
            await self._send(self._delivery.drain(), turn)
            await self._answer_flushes(turn.spoken)
        if turn.rests:
            self._dictation.rested_at = time.monotonic()

    async def _answer_flushes(self, lines: int) -> None:
        while self._flushes and self._flushes[0].lines <= lines:
            flush_id = self._flushes.popleft().flush_id
            self._dictation.unanswered.release()
            await self._tell(Answer(flushed=speech_pb2.LiveFlushed(flush_id=flush_id)))

    async def _finish(self, turn: Turn) -> None:
        await self._send(self._delivery.finish(), turn)
        self._listener.cut = self._delivery.cut
        summary = make_summary(
            self._delivery, self._listener, characters=self._characters, queue_seconds=self._queue_seconds or 0.0
        )
        await self._tell(Answer(summary=summary))

    async def _send(self, replies: Iterator[Reply], turn: Turn) -> None:
        """Encodes one reply at a time, and sends it, until an interrupt."""
        while not turn.closed:
            reply = await self._threads.encode(lambda: next(replies, None))
            if reply is None:
                return
            if isinstance(reply, speech_pb2.Timestamp):
                await self._tell(Answer(timestamp=reply))
            else:
                self._listener.hear(self._delivery.duration(reply.sample_count).ToTimedelta().total_seconds())
                await self._tell(Answer(audio=reply))

    async def _tell(self, answer: Answer) -> None:
        if not self._announced:
            self._announced = True
            await self._write(Answer(header=make_header(self._dictation.order, segment_count=0)))
        await self._write(answer)
