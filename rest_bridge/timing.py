"""Audio with its times: one JSON object that has the recording, timestamps and subtitles."""

import base64
from dataclasses import asdict
from typing import Any

from eslatam import Timestamp, read_timestamp, write_srt, write_vtt
from eslatam.tts.v1.speech_pb2 import (
    TIMESTAMP_GRANULARITY_SEGMENT,
    SynthesizeRequest,
    SynthesizeResponse,
    Utterance,
)
from starlette.requests import Request
from starlette.responses import JSONResponse

from rest_bridge import messages
from rest_bridge.errors import BridgeError
from rest_bridge.formats import find_media_type
from rest_bridge.knobs import Knobs
from rest_bridge.speech import describe_audio
from rest_bridge.upstream import ask, find_upstream

_FIELD = "utterance.options.timestamps"
_WRITERS = {"srt": write_srt, "vtt": write_vtt}


async def speak_timed(request: Request, utterance: Utterance, knobs: Knobs) -> JSONResponse:
    """The reply to a body that asks for timestamps or subtitles. Raises BridgeError, ClientDisconnect."""
    if knobs.stream:
        raise refuse_stream("stream")
    reply = await _ask(request, utterance, knobs)
    timestamps = [read_timestamp(timestamp) for timestamp in reply.timestamps]
    content: dict[str, Any] = {
        "audio": base64.b64encode(reply.audio).decode("ascii"),
        "media_type": find_media_type(reply.header.audio_format),
        "duration": reply.summary.audio_duration.ToTimedelta().total_seconds(),
    }
    if knobs.timestamps:
        content["timestamps"] = [_describe(stamp) for stamp in timestamps if stamp.granularity == knobs.timestamps]
    if knobs.subtitles:
        content["subtitles"] = _WRITERS[knobs.subtitles](timestamps)
    return JSONResponse(content, headers=describe_audio(reply.header))


def refuse_stream(field: str) -> BridgeError:
    """The error of a body that wants times and a stream."""
    return BridgeError(400, "UNSUPPORTED_OPTION", messages.TIMES_NOT_STREAMED, field=field)


async def _ask(request: Request, utterance: Utterance, knobs: Knobs) -> SynthesizeResponse:
    """Subtitles do without the times of words where the model has none."""
    method, message = find_upstream(request).speech.Synthesize, SynthesizeRequest(utterance=utterance)
    try:
        reply: SynthesizeResponse = await ask(request, method, message)
    except BridgeError as error:
        if error.field != _FIELD or knobs.timestamps == "word":
            raise
        message.utterance.options.timestamps[:] = [TIMESTAMP_GRANULARITY_SEGMENT]
        reply = await ask(request, method, message)
    return reply


def _describe(timestamp: Timestamp) -> dict[str, Any]:
    return {name: value for name, value in asdict(timestamp).items() if name != "granularity"}
