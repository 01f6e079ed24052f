"""Whether the service can speak: for people, for containers, for balancers."""

from typing import Any

from eslatam.tts.v1.models_pb2 import Model, ModelState
from eslatam.tts.v1.speech_pb2 import DESCRIPTOR
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from starlette.requests import Request
from starlette.responses import JSONResponse

from rest_bridge.errors import BridgeError
from rest_bridge.models import list_models
from rest_bridge.upstream import ask, find_upstream

SPEECH_SERVICE: str = DESCRIPTOR.services_by_name["SpeechService"].full_name
PROBE_SECONDS = 2.0

_STATUSES = {
    ModelState.MODEL_STATE_READY: "healthy",
    ModelState.MODEL_STATE_SLEEPING: "sleeping",
    ModelState.MODEL_STATE_WAKING: "sleeping",
    ModelState.MODEL_STATE_LOADING: "loading",
    ModelState.MODEL_STATE_WARMING: "loading",
}
_UNREACHABLE = {"status": "error", "model_loaded": False, "model_sleeping": False, "device": "unknown"}


async def show_live(_: Request) -> JSONResponse:
    """GET /live: the bridge itself answers."""
    return JSONResponse({"status": "live"})


async def show_ready(request: Request) -> JSONResponse:
    """GET /ready: 200 only while a request for speech would be served."""
    ready = await _can_speak(request)
    return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else 503)


async def show_health(request: Request) -> JSONResponse:
    """GET /health: the default model's state, or "degraded" while another stands in for it; 503 if none speaks."""
    try:
        report = describe_health(await list_models(request, PROBE_SECONDS))
    except BridgeError:
        report = _UNREACHABLE
    speaks = report["status"] in {"healthy", "sleeping", "degraded"} and await _can_speak(request)
    if not speaks and report["status"] != "loading":
        report = {**report, "status": "error"}
    return JSONResponse(report, 200 if speaks else 503)


def describe_health(models: list[Model]) -> dict[str, Any]:
    """The four keys of /health. `models` has the default first."""
    if not models:
        return _UNREACHABLE
    default = models[0]
    speaker = default if default.installed else _find(models, default.fallback_model)
    if speaker is None:
        return {**_UNREACHABLE, "device": default.device or "unknown"}
    status = _STATUSES.get(speaker.state, "error")
    return {
        "status": "degraded" if speaker is not default and status in {"healthy", "sleeping"} else status,
        "model_loaded": status in {"healthy", "sleeping"},
        "model_sleeping": status == "sleeping",
        "device": speaker.device or "unknown",
    }


def _find(models: list[Model], name: str) -> Model | None:
    return next((model for model in models if model.name == name and model.installed), None)


async def _can_speak(request: Request) -> bool:
    check = HealthCheckRequest(service=SPEECH_SERVICE)
    try:
        reply = await ask(request, find_upstream(request).health.Check, check, deadline=PROBE_SECONDS)
    except BridgeError:
        return False
    return bool(reply.status == HealthCheckResponse.SERVING)
