"""Metrics of the bridge, in Prometheus' text form."""

import re
import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rest_bridge.context import read_context

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "WEBSOCKET"})
_SPEECH = ("audio/", "text/event-stream", "application/x-ndjson")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """The bridge's own registry and what it counts. A route is its template, never a path someone sent."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.durations = Histogram(
            "http_request_duration_seconds",
            "Time from a request's head to the end of its reply.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.first_bytes = Histogram(
            "tts_bridge_first_byte_seconds",
            "Time from a request's head to the first byte of audio.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge("tts_bridge_active_streams", "Audio being sent.", ["route"], registry=self.registry)
        self.disconnects = Counter(
            "tts_bridge_disconnects", "Clients that left before the end.", ["route"], registry=self.registry
        )


def name_routes(routes: Iterable[BaseRoute]) -> Callable[[str], str]:
    """A function from a path to its route's template, or "unmatched"."""
    known = [route for route in routes if isinstance(route, Route | WebSocketRoute)]
    fixed = frozenset(route.path for route in known if "{" not in route.path)
    patterns: list[tuple[re.Pattern[str], str]] = [
        (route.path_regex, route.path) for route in known if "{" in route.path
    ]

    def name(path: str) -> str:
        if path in fixed:
            return path
        return next((template for pattern, template in patterns if pattern.match(path)), "unmatched")

    return name


class MetricsMiddleware:
    """Counts and times every reply, and notices clients that leave."""

    def __init__(self, app: ASGIApp, metrics: Metrics, name_route: Callable[[str], str]) -> None:
        self.app = app
        self.metrics = metrics
        self.name_route = name_route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        kind = _Watch if scope["type"] == "http" else _SocketWatch
        watch = kind(self.metrics, scope, self.name_route(scope["path"]), receive, send)
        try:
            await self.app(scope, watch.receive, watch.send)
        finally:
            watch.finish()


class _Watch:
    """One request being counted."""

    def __init__(self, metrics: Metrics, scope: Scope, route: str, receive: Receive, send: Send) -> None:
        self._metrics, self._route = metrics, route
        method = scope.get("method", "WEBSOCKET")
        self._method = method if method in _METHODS else "other"
        self._arrived = read_context(scope).arrived
        self._receive, self._send = receive, send
        self._status, self._ended, self._left = 499, False, False
        self._speaks, self._waits = False, False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"].endswith(".disconnect") and not self._ended and not self._left:
            self._left = True
            self._metrics.disconnects.labels(self._route).inc()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start(message)
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
            self._note(message.get("body"))
        await self._send(message)

    def finish(self) -> None:
        self._metrics.requests.labels(self._method, self._route, str(self._status)).inc()
        self._metrics.durations.labels(self._method, self._route).observe(self._age())
        if self._speaks:
            self._metrics.streams.labels(self._route).dec()

    def _start(self, message: Message) -> None:
        self._status = message["status"]
        kind = Headers(raw=message["headers"]).get("content-type", "")
        if self._status == 200 and kind.startswith(_SPEECH):
            self._speak()

    def _speak(self) -> None:
        self._speaks = self._waits = True
        self._metrics.streams.labels(self._route).inc()

    def _note(self, audio: bytes | None) -> None:
        if self._waits and audio:
            self._waits = False
            self._metrics.first_bytes.labels(self._route).observe(self._age())

    def _age(self) -> float:
        return time.perf_counter() - self._arrived


class _SocketWatch(_Watch):
    """One WebSocket being counted: 101 if it was let in, else 403."""

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                self._status = 101
                self._speak()
            case "websocket.send":
                self._note(message.get("bytes"))
            case "websocket.close":
                self._status, self._ended = 101 if self._speaks else 403, True
        await self._send(message)


async def show_metrics(request: Request) -> Response:
    """GET /metrics."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
