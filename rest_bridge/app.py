"""The application: routes, middleware, and the connection that lives as long as it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from rest_bridge.config import BridgeSettings
from rest_bridge.context import ContextMiddleware
from rest_bridge.errors import BridgeError
from rest_bridge.failures import FailureMiddleware, show_error, show_unrouted
from rest_bridge.health import show_health, show_live, show_ready
from rest_bridge.metrics import Metrics, MetricsMiddleware, name_routes, show_metrics
from rest_bridge.models import show_model, show_models
from rest_bridge.openai import create_speech
from rest_bridge.page import show_page
from rest_bridge.transcoding import make_routes
from rest_bridge.tts import create_tts
from rest_bridge.upstream import connect
from rest_bridge.voices import show_predefined_voices, show_reference_files, show_voices

_EXPOSED = (
    "Content-Disposition",
    "Retry-After",
    "X-Request-Id",
    "X-TTS-Chunk-Size",
    "X-TTS-Fallback",
    "X-TTS-Model",
    "X-TTS-Seed",
    "X-TTS-Segments",
    "X-TTS-Voice",
)


def create_app(settings: BridgeSettings) -> Starlette:
    """The bridge, ready for an ASGI server. It connects to the service when its lifespan starts."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.upstream = connect(settings)
        try:
            yield
        finally:
            await app.state.upstream.channel.close()

    routes = _make_routes()
    metrics = Metrics()
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(ContextMiddleware),
            Middleware(MetricsMiddleware, metrics=metrics, name_route=name_routes(routes)),
            *_allow_origins(settings),
            Middleware(FailureMiddleware),
        ],
        exception_handlers={BridgeError: show_error, HTTPException: show_unrouted},
        lifespan=lifespan,
    )
    app.state.metrics = metrics
    return app


def _make_routes() -> list[Route]:
    return [
        Route("/", show_page),
        Route("/health", show_health),
        Route("/live", show_live),
        Route("/ready", show_ready),
        Route("/metrics", show_metrics),
        Route("/tts", create_tts, methods=["POST"]),
        Route("/get_predefined_voices", show_predefined_voices),
        Route("/get_reference_files", show_reference_files),
        Route("/v1/audio/speech", create_speech, methods=["POST"]),
        Route("/v1/audio/voices", show_voices),
        Route("/v1/voices", show_voices),
        Route("/v1/audio/models", show_models),
        Route("/v1/models", show_models),
        Route("/v1/models/{id}", show_model),
        *make_routes(),
    ]


def _allow_origins(settings: BridgeSettings) -> list[Middleware]:
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
        )
    ]
