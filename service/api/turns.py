"""What is said between two interrupts of a live session: one stream of the engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from service.api.orders import Order
from service.api.scripts import Script, say
from service.engine.engine import Event, SegmentEnd, Stream
from service.text import Line


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a turn's stream; its segment is a line of the session's script."""

    turn: "Turn"
    event: Event


class Turn:
    """Adds lines to the session's script and says them. What is heard, or what went wrong, goes to `put`.

    The stream opens with the first line, so that a session with nothing to say holds nothing of the engine's.
    """

    def __init__(self, order: Order, script: Script, put: "Callable[[Heard | Exception], Awaitable[None]]") -> None:
        self.stream: Stream | None = None
        self.closed = False
        self.spoken = self._first = len(script)
        self._order = order
        self._script = script
        self._put = put
        self._open = AsyncExitStack()
        self._listening: asyncio.Task[None] | None = None
        self._ended = -1
        self._pause = 0

    @property
    def rests(self) -> bool:
        """Whether all that was said has been heard."""
        return self.spoken == len(self._script)

    async def say(self, lines: Sequence[Line]) -> None:
        """Raises ServiceError if the engine takes no more streams."""
        if self.stream is None:
            self.stream = await self._open.enter_async_context(self._order.open())
            self._listening = asyncio.create_task(self._listen(self.stream))
        self._script += lines
        say(lines, self.stream)

    def finish(self) -> None:
        """Nothing more will be said."""
        if self.stream:
            self.stream.finish()

    async def close(self) -> None:
        """Drops what has not been heard; slots are free after the unit under way."""
        self.closed = True
        await self._open.aclose()
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def note(self, event: Event) -> None:
        """Counts the lines heard to the end of their pause."""
        if isinstance(event, SegmentEnd):
            self._ended = event.segment
            self._pause = round(self._script[event.segment].segment.pause_after * self._order.engine.info.sample_rate)
        elif event.segment == self._ended:
            self._pause -= event.samples.size
        if event.segment == self._ended and self._pause <= 0:
            self.spoken = event.segment + 1

    async def _listen(self, stream: Stream) -> None:
        try:
            async for event in stream:
                await self._put(Heard(self, replace(event, segment=event.segment + self._first)))
        except Exception as error:  # noqa: BLE001 - whoever takes it raises it
            await self._put(error)
