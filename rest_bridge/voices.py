"""Lists of voices, in the shapes that different clients read."""

from typing import Any

from eslatam.tts.v1.voices_pb2 import ListVoicesRequest, ListVoicesResponse, Voice, VoiceSource
from starlette.requests import Request
from starlette.responses import JSONResponse

from rest_bridge.errors import BridgeError, Violation, refuse
from rest_bridge.messages import NO_VOICE, describe_rule, list_choices
from rest_bridge.names import shorten
from rest_bridge.upstream import ask, find_upstream

_PAGE = 1000


async def show_voices(request: Request) -> JSONResponse:
    """GET /v1/voices and /v1/audio/voices. `?format=names` gives names only, `?limit=` the first so many."""
    voices = (await list_voices(request))[: _read_limit(request.query_params.get("limit"))]
    names_only = request.query_params.get("format") == "names"
    entries = [shorten(voice.name) if names_only else describe_voice(voice) for voice in voices]
    return JSONResponse({"object": "list", "voices": entries, "data": entries})


async def show_predefined_voices(request: Request) -> JSONResponse:
    """GET /get_predefined_voices, for SillyTavern."""
    return JSONResponse(
        [
            {
                "display_name": voice.display_name or shorten(voice.name),
                "filename": f"{shorten(voice.name)}.wav",
                "voice_id": shorten(voice.name),
                "language": _first(voice.language_codes),
            }
            for voice in await list_voices(request)
            if voice.source != VoiceSource.VOICE_SOURCE_CLONED
        ]
    )


async def show_reference_files(request: Request) -> JSONResponse:
    """GET /get_reference_files, for SillyTavern."""
    cloned = [voice for voice in await list_voices(request) if voice.source == VoiceSource.VOICE_SOURCE_CLONED]
    return JSONResponse([f"{shorten(voice.name)}.wav" for voice in cloned])


async def list_voices(request: Request) -> list[Voice]:
    """Every voice the caller may use. Raises BridgeError."""
    voices: list[Voice] = []
    token = ""
    while True:
        message = ListVoicesRequest(page_size=_PAGE, page_token=token)
        reply: ListVoicesResponse = await ask(request, find_upstream(request).voices.ListVoices, message)
        voices.extend(reply.voices)
        token = reply.next_page_token
        if not token:
            return voices


async def name_choices(request: Request, error: BridgeError) -> BridgeError:
    """The error of an unknown voice, the same for every name, with the voices there are."""
    try:
        voices = [shorten(voice.name) for voice in await list_voices(request)]
    except BridgeError:
        voices = []
    return BridgeError(404, error.reason, list_choices(NO_VOICE, voices), field="voice")


def describe_voice(voice: Voice) -> dict[str, Any]:
    """A voice, under the keys that clients look for."""
    return {
        "id": shorten(voice.name),
        "object": "voice",
        "name": voice.display_name or shorten(voice.name),
        "description": voice.description,
        "language": _first(voice.language_codes),
        "gender": voice.labels.get("gender"),
        "models": [shorten(model) for model in voice.models],
        "preview_url": None,
    }


def _first(languages: Any) -> str | None:
    return languages[0] if languages else None


def _read_limit(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise _refuse_limit()
    return int(text[:9])


def _refuse_limit() -> BridgeError:
    rule = describe_rule("greater_than_equal", {"ge": 1})
    return refuse([Violation(("limit",), "greater_than_equal", rule)])
