"""Audio on its way from an RPC to an HTTP client, as fast as the client reads it."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Generic, TypeVar

import grpc
from eslatam.tts.v1.speech_pb2 import SynthesisHeader, SynthesisSummary, SynthesizeStreamResponse
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rest_bridge import messages
from rest_bridge.context import read_context
from rest_bridge.envelopes import write_openai
from rest_bridge.errors import BridgeError, read_error
from rest_bridge.messages import Language
from rest_bridge.upstream import describe_call, until_disconnect

M = TypeVar("M")

SILENCE = 15.0
"""Seconds without an event after which server-sent events carry a comment, so that proxies keep the line open."""

_log = logging.getLogger(__name__)


class Replies(Generic[M]):
    """The replies of a streaming RPC, as errors of the bridge. Whoever stops reading early calls `cancel`."""

    def __init__(self, call: grpc.aio.UnaryStreamCall[Any, M] | grpc.aio.StreamStreamCall[Any, M]) -> None:
        self._call = call

    async def read(self) -> M | None:
        """The next reply, or None after the last. BridgeError if the RPC failed."""
        try:
            reply = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise read_error(error) from error
        return None if reply is grpc.aio.EOF else reply  # type: ignore[return-value]

    def cancel(self) -> None:
        self._call.cancel()


class Speech:
    """A synthesis that has given its first audio: `header` is what it settled on, `summary` comes with the end."""

    def __init__(self, replies: Replies[SynthesizeStreamResponse], header: SynthesisHeader) -> None:
        self.replies = replies
        self.header = header
        self.summary: SynthesisSummary | None = None
        self._first = b""

    @classmethod
    async def open(cls, replies: Replies[SynthesizeStreamResponse]) -> "Speech":
        """Waits for the first audio. BridgeError if the synthesis fails before it."""
        speech = cls(replies, SynthesisHeader())
        while (reply := await replies.read()) is not None:
            match reply.WhichOneof("event"):
                case "header":
                    speech.header = reply.header
                case "audio":
                    speech._first = reply.audio.data
                    return speech
                case "summary":
                    speech.summary = reply.summary
                    return speech
        raise cut()

    async def read(self) -> bytes | None:
        """The next audio, or None after the last. BridgeError if it breaks off."""
        if self._first:
            first, self._first = self._first, b""
            return first
        while (reply := await self.replies.read()) is not None:
            if reply.HasField("audio") and reply.audio.data:
                return reply.audio.data
            if reply.HasField("summary"):
                self.summary = reply.summary
        if self.summary is None:
            raise cut()
        return None


class StreamedResponse:
    """Sends pieces as they are made.

    A source that breaks leaves the reply without its end; a client that leaves cancels the RPC.
    """

    def __init__(
        self, replies: Replies[Any], pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str], media_type: str
    ) -> None:
        self._replies = replies
        self._pieces = pieces
        self.headers = MutableHeaders(headers={**headers, "Content-Type": media_type})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await until_disconnect(receive, self._send(send))
        except BridgeError as error:
            # Returning without the last piece makes uvicorn drop the connection: the client sees a cut.
            _log.warning("request %s: audio cut: %s", read_context(scope).request_id, error.reason)
        finally:
            self._replies.cancel()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.headers.raw})
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def open_replies(request: Request, method: Any, message: Any) -> Replies[Any]:
    """Starts a streaming RPC on behalf of a request."""
    return Replies(method(message, **describe_call(request)))


async def open_speech(request: Request, method: Any, message: Any) -> Speech:
    """Starts a synthesis and waits for its first audio. Raises BridgeError, ClientDisconnect."""
    replies = await open_replies(request, method, message)
    try:
        return await until_disconnect(request.receive, Speech.open(replies))
    except BaseException:
        replies.cancel()
        raise


async def write_audio(speech: Speech) -> AsyncGenerator[bytes, None]:
    """The audio as it is."""
    while (audio := await speech.read()) is not None:
        yield audio


async def write_events(speech: Speech, language: Language) -> AsyncGenerator[bytes, None]:
    """OpenAI's server-sent events: deltas in base64, then `done` with the usage, or `error`."""
    try:
        async with aclosing(_interrupt_silence(speech)) as pieces:
            async for piece in pieces:
                yield _write_delta(piece) if piece else b": \n\n"
    except BridgeError as error:
        _log.warning("request %s: audio cut: %s", speech.header.request_id, error.reason)
        yield _write_event("error", write_openai(error, language)[1])
        return
    summary = speech.summary or SynthesisSummary()
    usage = {
        "input_tokens": summary.character_count,
        "output_tokens": summary.speech_token_count,
        "total_tokens": summary.character_count + summary.speech_token_count,
    }
    yield _write_event("speech.audio.done", {"usage": usage})


def cut() -> BridgeError:
    """The error of audio that ended without its summary."""
    return BridgeError(500, "AUDIO_CUT", messages.CUT)


def _write_delta(audio: bytes) -> bytes:
    return _write_event("speech.audio.delta", {"audio": base64.b64encode(audio).decode("ascii")})


def _write_event(kind: str, content: dict[str, Any]) -> bytes:
    data = json.dumps({"type": kind, **content}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


async def _interrupt_silence(speech: Speech) -> AsyncGenerator[bytes, None]:
    """The audio, with an empty piece after each `SILENCE` seconds in which none came."""
    reading: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            reading = reading or asyncio.create_task(speech.read())
            await asyncio.wait({reading}, timeout=SILENCE)
            if not reading.done():
                yield b""
                continue
            piece, reading = reading.result(), None
            if piece is None:
                return
            yield piece
    finally:
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
