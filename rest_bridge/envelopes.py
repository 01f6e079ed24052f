"""The three shapes in which callers expect an error: OpenAI's, `detail`, and google.rpc.Status."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse

from rest_bridge.errors import BridgeError
from rest_bridge.messages import Language

Envelope = tuple[int, dict[str, Any]]
"""An HTTP status and the body that goes with it."""

_OPENAI_TYPES = {403: "permission_error", 429: "rate_limit_error"}
_OPENAI_CODES = {
    "MODEL_NOT_INSTALLED": "model_not_found",
    "OVERLOADED": "rate_limit_exceeded",
    "DEADLINE_UNREACHABLE": "rate_limit_exceeded",
    "QUOTA_EXCEEDED": "rate_limit_exceeded",
    "TEXT_TOO_LONG": "string_above_max_length",
    "BAD_KEY": "invalid_api_key",
}
_OPENAI_FIELDS = {
    "text": "input",
    "name": "voice",
    "encoding": "response_format",
    "speaking_rate": "speed",
    "language_code": "language",
    "target_characters": "chunk_size",
}


def write_openai(error: BridgeError, language: Language) -> Envelope:
    """OpenAI's envelope; all four keys are always there."""
    missing_model = error.reason in {"MODEL_NOT_FOUND", "MODEL_NOT_INSTALLED"}
    kind = "server_error" if error.status >= 500 else _OPENAI_TYPES.get(error.status, "invalid_request_error")
    content = {
        "message": error.message.said_in(language),
        "type": kind,
        "param": "model" if missing_model else _rename(error.field, _OPENAI_FIELDS),
        "code": _OPENAI_CODES.get(error.reason, error.reason.lower()),
    }
    return 404 if missing_model else error.status, {"error": content}


def write_detail(error: BridgeError, language: Language) -> Envelope:
    """`detail`: a sentence, or for a body of the wrong form a list with status 422."""
    if not error.violations:
        return error.status, {"detail": error.message.said_in(language)}
    return 422, {
        "detail": [
            {"loc": ["body", *each.location], "msg": each.message.said_in(language), "type": each.rule}
            for each in error.violations
        ]
    }


def write_google(error: BridgeError, language: Language) -> Envelope:
    """The JSON form of google.rpc.Status."""
    content = {
        "code": error.status,
        "status": error.name,
        "message": error.message.said_in(language),
        "reason": error.reason,
        "field": error.field,
    }
    return error.status, {"error": content}


def _rename(path: str, names: dict[str, str]) -> str | None:
    """The body's name for a field of the contract."""
    last = path.rpartition(".")[2]
    return names.get(last, last) or None


def choose_writer(path: str) -> Callable[[BridgeError, Language], Envelope]:
    """The shape errors have on a route."""
    if path.startswith("/v1/"):
        return write_openai
    return write_google if path.startswith("/api/") else write_detail


def respond(error: BridgeError, path: str, language: Language) -> JSONResponse:
    """The HTTP reply for a error."""
    status, content = choose_writer(path)(error, language)
    return JSONResponse(content, status, headers=error.headers)
