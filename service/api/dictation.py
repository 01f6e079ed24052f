"""The caller's side of a live session: text in pieces, flushes and interrupts, in the order they come."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from eslatam.tts.v1 import speech_pb2

from service.api.listener import Listener
from service.api.orders import Order, OrderDesk
from service.api.quotas import Characters
from service.api.scripts import Script
from service.api.threads import Threads
from service.api.turns import Heard, Turn
from service.config import Live
from service.errors import Reason, ServiceError, invalid
from service.text import Assembler, Line

BUFFER_DELAY = 0.5
MAX_FLUSHES = 64
"""Flushes that may wait for their answer before no more messages are read."""


@dataclass(frozen=True, slots=True)
class Flushed:
    """To be answered once so many lines of the script have been sent."""

    turn: Turn
    flush_id: str
    lines: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Nothing of what was said before this turn is to be sent any more."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Ended:
    """The caller has said all."""

    turn: Turn


Step = Heard | Flushed | Interrupted | Ended | Exception
"""What the other side of the session answers to, in order. An exception ends the session."""


class Dictation:
    """Reads the messages of one session and says what they ask for. `order` is there from the first step on."""

    order: Order

    def __init__(
        self, desk: OrderDesk, quota: Characters, threads: Threads, settings: Live, listener: Listener
    ) -> None:
        self.script: Script = []
        self.steps: asyncio.Queue[Step] = asyncio.Queue(1)
        self.unanswered = asyncio.Semaphore(MAX_FLUSHES)
        self.rested_at = time.monotonic()
        self._desk = desk
        self._quota = quota
        self._threads = threads
        self._settings = settings
        self._listener = listener
        self._assembler: Assembler
        self._turn: Turn | None = None
        self._delay = BUFFER_DELAY
        self._characters = 0
        self._came_at = time.monotonic()
        self._waits = False

    async def take(self, requests: AsyncIterator[speech_pb2.SynthesizeLiveRequest]) -> None:
        """Reads until the caller ends the session or something fails."""
        try:
            async with aclosing(self._messages(requests)) as messages:
                await self._open(await anext(messages, None))
                async for message in messages:
                    await self._handle(message)
            await self._say(self._assembler.flush)
            self.turn.finish()
            await self.steps.put(Ended(self.turn))
        except Exception as error:  # noqa: BLE001 - the other side raises it
            await self.steps.put(error)

    @property
    def turn(self) -> Turn:
        """The last turn. There is one once the session is open."""
        assert self._turn is not None  # noqa: S101
        return self._turn

    async def close(self) -> None:
        """Drops what has not been heard."""
        if self._turn:
            await self._turn.close()

    async def _messages(
        self, requests: AsyncIterator[speech_pb2.SynthesizeLiveRequest]
    ) -> AsyncGenerator[speech_pb2.SynthesizeLiveRequest, None]:
        """The messages; while none comes, says what has waited long enough. IDLE_TIMEOUT if that lasts."""
        coming = asyncio.ensure_future(anext(requests, None))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=self._patience())
                if not done:
                    await self._tire()
                elif (message := coming.result()) is None:
                    return
                else:
                    self._came_at = time.monotonic()
                    yield message
                    coming = asyncio.ensure_future(anext(requests, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _patience(self) -> float:
        """Seconds until something is due without a message."""
        if self._waits:
            return max(0.0, self._came_at + self._delay - time.monotonic())
        if self._speaks():
            return self._settings.idle_seconds
        return max(0.0, self._idle_at() - time.monotonic())

    def _speaks(self) -> bool:
        return self._turn is not None and not self._turn.rests

    def _idle_at(self) -> float:
        return max(self._came_at, self.rested_at) + self._settings.idle_seconds

    async def _tire(self) -> None:
        if self._waits:
            self._waits = False
            await self._say(self._assembler.pause)
        elif not self._speaks() and time.monotonic() >= self._idle_at():
            raise _idle(self._settings.idle_seconds)

    async def _open(self, first: speech_pb2.SynthesizeLiveRequest | None) -> None:
        if first is None or not first.HasField("config"):
            raise _misplaced("The first message must be a config.", "El primer mensaje debe ser una configuración.")
        config = first.config
        if config.options.markup == speech_pb2.MARKUP_SSML:
            raise invalid(
                Reason.UNSUPPORTED_OPTION,
                "config.options.markup",
                rule="live.markup",
                en="A live session takes plain text only; SSML belongs in a request with the whole text.",
                es="Una sesión en vivo solo admite texto simple; el SSML va en una solicitud con el texto entero.",
            )
        read = partial(self._desk.read, config.options, config.stream, within="config")
        self.order = await self._threads.read(read)
        self._listener.priority = self.order.job.priority
        if config.HasField("max_buffer_delay"):
            self._delay = config.max_buffer_delay.ToTimedelta().total_seconds()
        self._assembler = Assembler(self.order.prepare)
        self._turn = self._start_turn()

    async def _handle(self, message: speech_pb2.SynthesizeLiveRequest) -> None:
        match message.WhichOneof("event"):
            case "text":
                self._count(message.text)
                await self._quota.charge(self.order.job.caller, len(message.text))
                self._waits = True
                await self._say(partial(self._assembler.feed, message.text))
            case "flush":
                await self._say(self._assembler.flush)
                await self.unanswered.acquire()
                await self.steps.put(Flushed(self.turn, message.flush.flush_id, len(self.script)))
            case "interrupt":
                await self._interrupt()
            case _:
                raise _misplaced(
                    "A session has one config, its first message.", "Una sesión tiene una sola configuración."
                )

    def _count(self, text: str) -> None:
        self._characters += len(text)
        most = self._settings.max_characters
        if self._characters > most:
            raise invalid(
                Reason.INVALID_FIELD,
                "text",
                rule="live.max_characters",
                en=f"A session may have {most} characters; end it and open another.",
                es=f"Una sesión puede tener {most} caracteres; ciérrela y abra otra.",
            )

    async def _say(self, read: Callable[[], list[Line]]) -> None:
        try:
            lines = await self._threads.read(read)
        except ServiceError as error:
            raise (error if error.is_about("text") else error.within("config.options")) from None
        if not lines:
            return
        if self.turn.rests:
            self._listener.ask()
        await self.turn.say(lines)
        self._listener.interrupted = False

    async def _interrupt(self) -> None:
        """Frees the engine at once, whether or not the caller reads the answer."""
        self._assembler.drop()
        self._waits = False
        self._listener.interrupted = True
        await self.turn.close()
        self._turn = self._start_turn()
        await self.steps.put(Interrupted(self.turn))

    def _start_turn(self) -> Turn:
        return Turn(self.order, self.script, self.steps.put)


def _misplaced(en: str, es: str) -> ServiceError:
    return invalid(Reason.INVALID_FIELD, "config", rule="live.config", en=en, es=es)


def _idle(seconds: float) -> ServiceError:
    return ServiceError(
        Reason.IDLE_TIMEOUT,
        en=f"Nothing came for {seconds:g} s and nothing was left to say. An empty flush keeps a session open.",
        es=f"No llegó nada en {seconds:g} s y no quedaba nada por decir. Un flush vacío mantiene abierta la sesión.",
    )
