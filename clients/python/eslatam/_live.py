"""A text that is spoken while it is still being written."""

import asyncio
from dataclasses import dataclass
from typing import Self

import grpc

from eslatam._errors import SpeechError, StreamCutError, read_error, translated
from eslatam._values import Chunk, Header, Summary, Timestamp, read_chunk, read_header, read_summary, read_timestamp
from eslatam.tts.v1 import speech_pb2

Request = speech_pb2.SynthesizeLiveRequest
Response = speech_pb2.SynthesizeLiveResponse
Call = grpc.aio.StreamStreamCall[Request, Response]

MESSAGE_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Flushed:
    """All audio of the text sent before a flush has come, or was dropped by an interrupt."""

    flush_id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What had not come by then was dropped: `next_sample` is the first sample that will not come."""

    next_sample: int


LiveEvent = Chunk | Timestamp | Flushed | Interrupted


class AsyncLive:
    """A live session: send text from one task, read events in another.

    Iterating ends once the session has been finished and all of it was heard. A message after a failure raises it.
    """

    def __init__(self, call: Call, config: speech_pb2.LiveConfig) -> None:
        self._call = call
        self._config: speech_pb2.LiveConfig | None = config
        self._writing = asyncio.Lock()
        self._header: Header | None = None
        self._summary: Summary | None = None

    @property
    def header(self) -> Header:
        """What the session settled on. RuntimeError before the first event has been read."""
        if self._header is None:
            raise RuntimeError("The header comes with the first event.")
        return self._header

    @property
    def summary(self) -> Summary:
        """What the session was and cost. RuntimeError before the last event has been read."""
        if self._summary is None:
            raise RuntimeError("The summary comes after the last event.")
        return self._summary

    async def send(self, text: str) -> None:
        """More text, which need not end at a word."""
        for start in range(0, len(text), MESSAGE_CHARACTERS):
            await self._write(Request(text=text[start : start + MESSAGE_CHARACTERS]))

    async def flush(self, flush_id: str = "") -> None:
        """Has all text spoken that was sent, and answered by a Flushed. With no text it keeps an idle session open."""
        await self._write(Request(flush=speech_pb2.LiveFlush(flush_id=flush_id)))

    async def interrupt(self) -> None:
        """Has all text dropped that was sent, and answered by an Interrupted. What is sent after it is spoken."""
        await self._write(Request(interrupt=speech_pb2.LiveInterrupt()))

    async def finish(self) -> None:
        """No more text follows."""
        async with self._writing:
            await self._start()
            with translated():
                await self._call.done_writing()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LiveEvent:
        async with self._writing:
            await self._start()
        while isinstance(response := await self._read(), Response):
            match response.WhichOneof("event"):
                case "header":
                    self._header = read_header(response.header)
                case "audio":
                    return read_chunk(response.audio)
                case "timestamp":
                    return read_timestamp(response.timestamp)
                case "flushed":
                    return Flushed(response.flushed.flush_id)
                case "interrupted":
                    return Interrupted(response.interrupted.next_sample)
                case "summary":
                    self._summary = read_summary(response.summary)
        if self._summary is None:
            request_id = self._header.request_id if self._header else ""
            raise StreamCutError("The session ended before its summary.", request_id=request_id)
        raise StopAsyncIteration

    async def _read(self) -> object:
        with translated():
            return await self._call.read()

    async def _write(self, request: Request) -> None:
        async with self._writing:
            await self._start()
            await self._put(request)

    async def _start(self) -> None:
        """Sends the config, once, before anything else."""
        config, self._config = self._config, None
        if config is not None:
            await self._put(Request(config=config))

    async def _put(self, request: Request) -> None:
        try:
            await self._call.write(request)
        except (asyncio.InvalidStateError, grpc.aio.AioRpcError):
            raise await self._read_end() from None

    async def _read_end(self) -> SpeechError:
        """What the session ended with. A write that fails does not tell."""
        code = await self._call.code()
        if code is grpc.StatusCode.OK:
            return StreamCutError("The session has ended.")
        initial, trailing = await self._call.initial_metadata(), await self._call.trailing_metadata()
        return read_error(grpc.aio.AioRpcError(code, initial, trailing, await self._call.details()))
