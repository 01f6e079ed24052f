"""Speaking: an utterance in, an HTTP reply with its audio out. What every route that speaks has in common."""

import unicodedata
from enum import Enum

from eslatam.tts.v1.speech_pb2 import (
    StreamOptions,
    SynthesisHeader,
    SynthesizeRequest,
    SynthesizeResponse,
    SynthesizeStreamRequest,
    Utterance,
)
from google.protobuf.duration_pb2 import Duration
from starlette.requests import Request
from starlette.responses import Response

from rest_bridge.context import read_context
from rest_bridge.formats import find_media_type
from rest_bridge.names import shorten
from rest_bridge.streaming import StreamedResponse, open_speech, write_audio, write_events
from rest_bridge.upstream import ask, find_upstream

NEVER_STORE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

MAX_LEAD = Duration(seconds=3600)
"""The client's own pace holds the service back, so the service need not."""


class Delivery(Enum):
    """How audio is handed over."""

    WHOLE = "whole"
    STREAMED = "streamed"
    EVENTS = "events"


async def speak(request: Request, utterance: Utterance, delivery: Delivery) -> Response | StreamedResponse:
    """The reply that carries the audio. Raises BridgeError, ClientDisconnect."""
    if delivery is Delivery.WHOLE:
        return await reply_whole(request, SynthesizeRequest(utterance=utterance))
    message = SynthesizeStreamRequest(utterance=utterance, stream=StreamOptions(max_lead=MAX_LEAD))
    return await reply_streamed(request, message, events=delivery is Delivery.EVENTS)


async def reply_whole(request: Request, message: SynthesizeRequest) -> Response:
    """Audio with its length, once all of it is there."""
    reply: SynthesizeResponse = await ask(request, find_upstream(request).speech.Synthesize, message)
    return Response(
        reply.audio, headers=describe_audio(reply.header), media_type=find_media_type(reply.header.audio_format)
    )


async def reply_streamed(
    request: Request, message: SynthesizeStreamRequest, *, events: bool = False
) -> StreamedResponse:
    """Audio as it is made, bare or as server-sent events, once the first of it is there."""
    speech = await open_speech(request, find_upstream(request).speech.SynthesizeStream, message)
    headers = describe_audio(speech.header)
    if events:
        pieces = write_events(speech, read_context(request.scope).language)
        return StreamedResponse(speech.replies, pieces, headers, "text/event-stream")
    media_type = find_media_type(speech.header.audio_format)
    return StreamedResponse(speech.replies, write_audio(speech), headers, media_type)


def describe_audio(header: SynthesisHeader) -> dict[str, str]:
    """The headers that tell what spoke."""
    described = {
        **NEVER_STORE,
        "X-TTS-Model": shorten(header.model),
        "X-TTS-Voice": shorten(header.voice),
        "X-TTS-Seed": str(header.seed),
        "X-TTS-Segments": str(header.segment_count),
        "X-TTS-Chunk-Size": str(header.target_characters),
    }
    if header.fallback_reason:
        described["X-TTS-Fallback"] = _write_ascii(header.fallback_reason)
    return described


def _write_ascii(text: str) -> str:
    """Text fit for a header: accents dropped, anything else that is not printable ASCII a space."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return "".join(letter if letter.isprintable() else " " for letter in plain)[:200].strip()
