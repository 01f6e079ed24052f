"""WebSocket /api/v1/speech:live: a text is spoken while it is still being written.

A text frame in is one SynthesizeLiveRequest in the contract's JSON, or `{"end": {}}` after the last text. Out come text
frames, each a SynthesizeLiveResponse in JSON, and binary frames, which are the audio. A failure is a last text frame
`{"error": ...}`, shaped as everywhere under /api, and a close code.
"""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import grpc
from eslatam.tts.v1.speech_pb2 import SynthesizeLiveRequest, SynthesizeLiveResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from rest_bridge import messages
from rest_bridge.context import read_context
from rest_bridge.envelopes import write_google
from rest_bridge.errors import BridgeError
from rest_bridge.limits import parse_json
from rest_bridge.streaming import Replies, cut
from rest_bridge.transcoding import fill, refuse_rule, write
from rest_bridge.upstream import describe_call, find_upstream

PATH = "/api/v1/speech:live"
END: dict[str, Any] = {"end": {}}

_log = logging.getLogger(__name__)

_WRONG_MESSAGE, _OUR_FAILURE, _COME_BACK = 1008, 1011, 1013

Call = grpc.aio.StreamStreamCall[SynthesizeLiveRequest, SynthesizeLiveResponse]


async def speak_live(socket: WebSocket) -> None:
    """One session, for as long as its client stays."""
    if not _is_welcome(socket):
        _log.warning("request %s: a page of another origin was refused", read_context(socket.scope).request_id)
        await socket.close()
        return
    await socket.accept()
    call: Call = find_upstream(socket).speech.SynthesizeLive(**describe_call(socket))
    try:
        await socket.close(await _converse(socket, call))
    except WebSocketDisconnect:
        return
    finally:
        call.cancel()


async def _converse(socket: WebSocket, call: Call) -> int:
    """Passes messages until the session has ended, and tells why if it failed. Returns the code to close with."""
    try:
        await _pass_messages(socket, call)
    except BridgeError as error:
        status, content = _explain(error, socket)
        await socket.send_text(_dump(content))
        return _choose_code(status)
    return 1000


async def _pass_messages(socket: WebSocket, call: Call) -> None:
    """Passes messages both ways until the service has ended the session. Raises BridgeError, WebSocketDisconnect."""
    taking = asyncio.create_task(_take(socket, call))
    giving = asyncio.create_task(_give(socket, Replies(call)))
    try:
        done, _ = await asyncio.wait({taking, giving}, return_when=asyncio.FIRST_COMPLETED)
        await (giving if giving in done else taking)
    finally:
        taking.cancel()
        giving.cancel()
        await asyncio.gather(taking, giving, return_exceptions=True)


async def _take(socket: WebSocket, call: Call) -> None:
    """Passes the client's messages on. What becomes of those that come too late is told by the service's end."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        text = message.get("text")
        if text is None:
            raise BridgeError(400, "BAD_MESSAGE", messages.BINARY_MESSAGE)
        content = parse_json(text.encode())
        with suppress(asyncio.InvalidStateError, grpc.aio.AioRpcError):
            if content == END:
                await call.done_writing()
            else:
                await call.write(_read_message(content))
    raise WebSocketDisconnect


def _read_message(content: Any) -> SynthesizeLiveRequest:
    if not isinstance(content, dict):
        raise refuse_rule("model_type")
    return fill(content, SynthesizeLiveRequest())


async def _give(socket: WebSocket, replies: Replies[SynthesizeLiveResponse]) -> None:
    reply: SynthesizeLiveResponse | None = None
    while (coming := await replies.read()) is not None:
        reply = coming
        if not reply.HasField("audio"):
            await socket.send_text(_dump(write(reply)))
        elif reply.audio.data:
            await socket.send_bytes(reply.audio.data)
    if reply is None or not reply.HasField("summary"):
        raise cut()


def _is_welcome(socket: WebSocket) -> bool:
    """Whether the page that opened it, if a page did, is ours or of an origin in the settings."""
    origin, allowed = socket.headers.get("origin"), find_upstream(socket).settings.cors_origins
    if origin is None or origin in allowed or "*" in allowed:
        return True
    with suppress(ValueError):
        return urlsplit(origin).netloc == socket.headers.get("host")
    return False


def _explain(error: BridgeError, socket: WebSocket) -> tuple[int, dict[str, Any]]:
    """The status and the body of an error, with the time to come back if there is one."""
    status, content = write_google(error, read_context(socket.scope).language)
    if "Retry-After" in error.headers:
        content["error"]["retryAfter"] = int(error.headers["Retry-After"])
    return status, content


def _choose_code(status: int) -> int:
    if status in (429, 503):
        return _COME_BACK
    return _OUR_FAILURE if status >= 500 else _WRONG_MESSAGE


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
