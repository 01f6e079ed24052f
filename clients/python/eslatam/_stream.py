"""Audio that arrives while it is made."""

from typing import Self

import grpc

from eslatam._errors import StreamCutError, translated
from eslatam._values import Chunk, Header, Summary, Timestamp, read_chunk, read_header, read_summary, read_timestamp
from eslatam.tts.v1 import speech_pb2

Call = grpc.aio.UnaryStreamCall[speech_pb2.SynthesizeStreamRequest, speech_pb2.SynthesizeStreamResponse]


class AsyncStream:
    """The chunks of a speech, in order. `timestamps` grows as they arrive."""

    def __init__(self, call: Call, header: Header) -> None:
        self.header = header
        self.timestamps: list[Timestamp] = []
        self._call = call
        self._summary: Summary | None = None

    @property
    def summary(self) -> Summary:
        """What the speech was and cost. RuntimeError before the last chunk has been read."""
        if self._summary is None:
            raise RuntimeError("The summary comes after the last chunk.")
        return self._summary

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Chunk:
        while (event := await read_event(self._call)) is not None:
            match event.WhichOneof("event"):
                case "audio":
                    return read_chunk(event.audio)
                case "timestamp":
                    self.timestamps.append(read_timestamp(event.timestamp))
                case "summary":
                    self._summary = read_summary(event.summary)
        if self._summary is None:
            raise StreamCutError("The stream ended before its summary.", request_id=self.header.request_id)
        raise StopAsyncIteration


async def open_stream(call: Call) -> AsyncStream:
    """Waits for the header, which comes with the first audio."""
    event = await read_event(call)
    if event is None or not event.HasField("header"):
        raise StreamCutError("The stream ended before its header.")
    return AsyncStream(call, read_header(event.header))


async def read_event(call: Call) -> speech_pb2.SynthesizeStreamResponse | None:
    """The next event, None after the last. Raises SpeechError."""
    with translated():
        event = await call.read()
    return event if isinstance(event, speech_pb2.SynthesizeStreamResponse) else None
