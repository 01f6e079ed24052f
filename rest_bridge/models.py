"""Lists of models, as OpenAI's clients read them."""

from typing import Any

from eslatam.tts.v1.models_pb2 import ListModelsRequest, ListModelsResponse, Model
from starlette.requests import Request
from starlette.responses import JSONResponse

from rest_bridge.errors import BridgeError
from rest_bridge.messages import NO_MODEL
from rest_bridge.names import shorten
from rest_bridge.upstream import ask, find_upstream

CREATED = 1_767_225_600
"""What `created` says of every model, in seconds since 1970. Clients compare lists, so it never changes."""


async def show_models(request: Request) -> JSONResponse:
    """GET /v1/models and /v1/audio/models: what can speak, then the aliases of the default."""
    entries = await _describe_models(request)
    return JSONResponse({"object": "list", "data": entries, "models": entries})


async def show_model(request: Request) -> JSONResponse:
    """GET /v1/models/{id}."""
    asked = request.path_params["id"].lower()
    for entry in await _describe_models(request):
        if entry["id"] == asked:
            return JSONResponse(entry)
    raise BridgeError(404, "MODEL_NOT_FOUND", NO_MODEL, field="model")


async def list_models(request: Request, deadline: float | None = None) -> list[Model]:
    """Every model the service knows, the default first. Raises BridgeError."""
    method = find_upstream(request).models.ListModels
    reply: ListModelsResponse = await ask(request, method, ListModelsRequest(), deadline=deadline)
    return list(reply.models)


async def _describe_models(request: Request) -> list[dict[str, Any]]:
    models = [model for model in await list_models(request) if model.installed or model.fallback_model]
    entries = [_describe(shorten(model.name), model) for model in models]
    default = next((model for model in models if model.is_default), None)
    if default is not None:
        entries += [_describe(alias, default) for alias in find_upstream(request).settings.model_aliases]
    return entries


def _describe(name: str, model: Model) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": CREATED,
        "owned_by": "chatterbox-es-latam",
        "name": model.display_name or name,
        "languages": list(model.language_codes),
        "installed": model.installed,
        "fallback": shorten(model.fallback_model) or None,
    }
