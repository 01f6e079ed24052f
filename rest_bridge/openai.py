"""POST /v1/audio/speech, as OpenAI's clients call it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from rest_bridge.formats import FormatName
from rest_bridge.knobs import Knobs, Speed, make_utterance
from rest_bridge.limits import check_text, read_model
from rest_bridge.names import resolve_model, resolve_voice
from rest_bridge.speech import Delivery, speak
from rest_bridge.streaming import StreamedResponse
from rest_bridge.timing import refuse_stream, speak_timed
from rest_bridge.upstream import find_upstream


def _unwrap_voice(value: Any) -> Any:
    name = value.get("id") if isinstance(value, dict) else value
    if not isinstance(name, str):
        raise PydanticCustomError("voice_type", "must be a string or an object")
    return name


class SpeechBody(Knobs):
    """OpenAI's fields. `instructions` is taken and has no effect: the models have no such knob."""

    model: str
    input: str
    voice: Annotated[str, BeforeValidator(_unwrap_voice)] | None = None
    instructions: str | None = None
    response_format: FormatName | None = None
    speed: Speed | None = None
    stream_format: Literal["audio", "sse"] | None = None


async def create_speech(request: Request) -> Response | StreamedResponse:
    """Audio as it is made, mp3 unless another format is asked for; whole if `stream` is false, or FLAC.

    JSON with the audio in base64 if `timestamps` or `subtitles`, which OpenAI has not, are asked for.
    """
    settings = find_upstream(request).settings
    body = await read_model(request, SpeechBody, settings.max_body_bytes)
    utterance = make_utterance(
        check_text(body.input, "input", settings.max_openai_characters),
        body,
        voice=resolve_voice(body.voice, settings) if body.voice is not None else "",
        model=resolve_model(body.model, settings),
        format_name=body.response_format or "mp3",
        speed=body.speed,
    )
    if body.wants_times:
        if body.stream_format == "sse":
            raise refuse_stream("stream_format")
        return await speak_timed(request, utterance, body)
    return await speak(request, utterance, _choose_delivery(body))


def _choose_delivery(body: SpeechBody) -> Delivery:
    if body.stream_format == "sse":
        return Delivery.EVENTS
    # Common decoders refuse a FLAC file that does not tell its length, so a stream of it must be asked for.
    streams = body.response_format != "flac" if body.stream is None else body.stream
    return Delivery.STREAMED if streams else Delivery.WHOLE
