"""What the bridge knows of the request under way, and the headers every reply has."""

import re
import time
import uuid
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rest_bridge.messages import Language, choose_language

_HEADS = frozenset({"http.response.start", "websocket.accept"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Context:
    """One request: its id, the language for its messages, and when it came, by the monotonic clock."""

    request_id: str
    language: Language
    arrived: float = field(default_factory=time.perf_counter)


def read_context(scope: Scope) -> Context:
    """The context that the middleware left in the scope."""
    context = scope["eslatam.context"]
    assert isinstance(context, Context)  # noqa: S101
    return context


class ContextMiddleware:
    """Gives each request its context, and each reply `X-Request-Id` and `X-Content-Type-Options`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        scope["eslatam.context"] = Context(request_id, choose_language(headers.get("accept-language", "")))

        async def send_with_headers(message: Message) -> None:
            if message["type"] in _HEADS:
                message.setdefault("headers", [])
                given = MutableHeaders(scope=message)
                given["X-Request-Id"] = request_id
                given["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, send_with_headers)
