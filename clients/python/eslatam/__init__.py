"""Chatterbox ES-LATAM: text to speech for Latin American Spanish, over gRPC."""

from eslatam._async_client import AsyncClient
from eslatam._channel import TLS, open_channel
from eslatam._client import Client, Stream
from eslatam._errors import (
    ClosedError,
    ConflictError,
    DeadlineExceededError,
    FieldViolation,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    SpeechError,
    StreamCutError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from eslatam._live import AsyncLive, Flushed, Interrupted, LiveEvent
from eslatam._options import Encoding, LiveOptions, Options, StreamOptions, TextOptions
from eslatam._stream import AsyncStream
from eslatam._subtitles import write_srt, write_vtt
from eslatam._values import (
    Chunk,
    Header,
    Model,
    Normalized,
    NormalizedSegment,
    NormalizedSpan,
    Speech,
    Summary,
    Timestamp,
    Voice,
    read_timestamp,
)

__all__ = [
    "TLS",
    "AsyncClient",
    "AsyncLive",
    "AsyncStream",
    "Chunk",
    "Client",
    "ClosedError",
    "ConflictError",
    "DeadlineExceededError",
    "Encoding",
    "FieldViolation",
    "Flushed",
    "Header",
    "InternalError",
    "Interrupted",
    "InvalidRequestError",
    "LiveEvent",
    "LiveOptions",
    "Model",
    "Normalized",
    "NormalizedSegment",
    "NormalizedSpan",
    "NotFoundError",
    "Options",
    "OverloadedError",
    "PermissionDeniedError",
    "Speech",
    "SpeechError",
    "Stream",
    "StreamCutError",
    "StreamOptions",
    "Summary",
    "TextOptions",
    "Timestamp",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsupportedError",
    "Voice",
    "open_channel",
    "read_timestamp",
    "write_srt",
    "write_vtt",
]
