"""The last line of defence: what no route answered for."""

import logging
import traceback

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rest_bridge import messages
from rest_bridge.context import read_context
from rest_bridge.envelopes import respond
from rest_bridge.errors import BridgeError
from rest_bridge.voices import name_choices

_log = logging.getLogger(__name__)


async def show_error(request: Request, error: Exception) -> JSONResponse:
    """The reply for an error that a route raised on purpose, in the route's own shape."""
    assert isinstance(error, BridgeError)  # noqa: S101
    if error.reason == "VOICE_NOT_FOUND" and not request.url.path.startswith("/api/"):
        error = await name_choices(request, error)
    return respond(error, request.url.path, read_context(request.scope).language)


async def show_unrouted(request: Request, error: Exception) -> JSONResponse:
    """The reply where no route, or no method of it, fits."""
    assert isinstance(error, HTTPException)  # noqa: S101
    missing = error.status_code == 404
    reason, message = ("NO_ROUTE", messages.NO_ROUTE) if missing else ("NO_METHOD", messages.NO_METHOD)
    reply = await show_error(request, BridgeError(error.status_code, reason, message))
    reply.headers.update(error.headers or {})
    return reply


class FailureMiddleware:
    """Answers a bug with a sentence and logs where it was, never what was said. A client that left is no failure."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            return
        except Exception as error:
            if scope["type"] == "lifespan":
                raise
            self._log(scope, error)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})
            elif not started:
                bug = BridgeError(500, "INTERNAL", messages.BUG)
                await respond(bug, scope["path"], read_context(scope).language)(scope, receive, send)

    def _log(self, scope: Scope, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
        # The exception's own words may quote the caller's text.
        _log.error("request %s: %s at %s", read_context(scope).request_id, type(error).__name__, places)
