"""POST /tts, as the Chatterbox servers before this one have it."""

from typing import Annotated, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from rest_bridge.errors import BridgeError
from rest_bridge.formats import FormatName
from rest_bridge.knobs import Knobs, Speed, make_utterance
from rest_bridge.limits import check_text, read_model
from rest_bridge.messages import NO_REFERENCE
from rest_bridge.names import resolve_voice
from rest_bridge.speech import Delivery, speak
from rest_bridge.streaming import StreamedResponse
from rest_bridge.timing import speak_timed
from rest_bridge.upstream import find_upstream

EXAGGERATION = 1.0
CHUNK_SIZE = 120


class TTSBody(Knobs):
    """The Chatterbox servers' fields, with the defaults that they document."""

    text: Annotated[str, Field(min_length=1)]
    voice_mode: Literal["predefined", "clone"] | None = None
    predefined_voice_id: str | None = None
    reference_audio_filename: str | None = None
    output_format: FormatName | None = None
    speed_factor: Speed | None = None


async def create_tts(request: Request) -> Response | StreamedResponse:
    """Audio as a file, wav unless another format is asked for; as it is made if `stream` is true.

    JSON with the audio in base64 if `timestamps` or `subtitles` are asked for.
    """
    settings = find_upstream(request).settings
    body = await read_model(request, TTSBody, settings.max_body_bytes)
    voice = _choose_voice(body)
    format_name = body.output_format or "wav"
    utterance = make_utterance(
        check_text(body.text, "text", settings.max_tts_characters),
        _fill_defaults(body),
        voice=resolve_voice(voice, settings) if voice else "",
        format_name=format_name,
        speed=body.speed_factor,
    )
    if body.wants_times:
        return await speak_timed(request, utterance, body)
    reply = await speak(request, utterance, Delivery.STREAMED if body.stream else Delivery.WHOLE)
    name = f"tts_{reply.headers['X-TTS-Voice']}_{reply.headers['X-TTS-Seed']}.{format_name}"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _choose_voice(body: TTSBody) -> str:
    """The name of the voice, empty for the server's default."""
    if body.voice_mode != "clone":
        return body.predefined_voice_id or ""
    if not body.reference_audio_filename:
        raise BridgeError(400, "INVALID_FIELD", NO_REFERENCE, field="reference_audio_filename")
    return body.reference_audio_filename


def _fill_defaults(body: TTSBody) -> TTSBody:
    missing = {"exaggeration": EXAGGERATION, "chunk_size": CHUNK_SIZE}
    return body.model_copy(update={name: value for name, value in missing.items() if getattr(body, name) is None})
