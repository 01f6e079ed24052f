"""The client, for asyncio."""

# A deadline travels to the server, which a timeout of asyncio does not.
# ruff: noqa: ASYNC109

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, Unpack

import grpc

from eslatam._channel import TLS, check_key, open_channel
from eslatam._errors import ClosedError, translated
from eslatam._options import (
    Options,
    StreamOptions,
    TextOptions,
    write_normalize_request,
    write_request,
    write_stream_request,
)
from eslatam._stream import AsyncStream, open_stream
from eslatam._values import Model, Normalized, Speech, Voice, read_model, read_normalized, read_speech, read_voice
from eslatam.tts.v1 import models_pb2, models_pb2_grpc, speech_pb2_grpc, voices_pb2, voices_pb2_grpc


class AsyncClient:
    """Speaks to one service. Its channel opens with the first call and belongs to that call's event loop.

    `timeout` is for calls with one reply, `stream_timeout` for a whole stream, in seconds; a call may bring its
    own. A server that is not there, or not ready, is tried four times. Failures are a SpeechError.
    """

    def __init__(
        self,
        target: str = "localhost:50051",
        *,
        api_key: str | None = None,
        tls: bool | TLS = False,
        timeout: float = 60.0,
        stream_timeout: float = 600.0,
    ) -> None:
        check_key(api_key, target, tls=tls)
        self._target = target
        self._api_key = api_key
        self._tls = tls
        self._timeout = timeout
        self._stream_timeout = stream_timeout
        self._channel: grpc.aio.Channel | None = None
        self._closed = False

    async def synthesize(
        self, text: str, *, timeout: float | None = None, request_id: str | None = None, **options: Unpack[Options]
    ) -> Speech:
        """Speaks a text and returns the whole recording."""
        request = write_request(text, options)
        stub = speech_pb2_grpc.SpeechServiceStub(self._open())
        with translated():
            response = await stub.Synthesize(
                request, timeout=_choose(timeout, self._timeout), metadata=_metadata(request_id)
            )
        return read_speech(response)

    @asynccontextmanager
    async def stream(
        self,
        text: str,
        *,
        timeout: float | None = None,
        request_id: str | None = None,
        **options: Unpack[StreamOptions],
    ) -> AsyncIterator[AsyncStream]:
        """Speaks a text and gives the audio as it is made. Leaving the block early ends the work at once."""
        request = write_stream_request(text, options)
        stub = speech_pb2_grpc.SpeechServiceStub(self._open())
        call = stub.SynthesizeStream(
            request, timeout=_choose(timeout, self._stream_timeout), metadata=_metadata(request_id)
        )
        try:
            yield await open_stream(call)
        finally:
            call.cancel()

    async def normalize(self, text: str, *, timeout: float | None = None, **options: Unpack[TextOptions]) -> Normalized:
        """Shows how a text would be read, without speaking it."""
        request = write_normalize_request(text, options)
        stub = speech_pb2_grpc.SpeechServiceStub(self._open())
        with translated():
            response = await stub.NormalizeText(request, timeout=_choose(timeout, self._timeout))
        return read_normalized(response)

    async def voices(self, *, language: str | None = None, timeout: float | None = None) -> list[Voice]:
        """The stored voices, or those that speak a BCP-47 language."""
        request = voices_pb2.ListVoicesRequest(page_size=1000, language_code=language or "")
        stub = voices_pb2_grpc.VoiceServiceStub(self._open())
        voices: list[Voice] = []
        while True:
            with translated():
                response = await stub.ListVoices(request, timeout=_choose(timeout, self._timeout))
            voices += map(read_voice, response.voices)
            if not response.next_page_token:
                return voices
            request.page_token = response.next_page_token

    async def models(self, *, timeout: float | None = None) -> list[Model]:
        """The models the service knows, installed or not, the default first."""
        stub = models_pb2_grpc.ModelServiceStub(self._open())
        with translated():
            response = await stub.ListModels(models_pb2.ListModelsRequest(), timeout=_choose(timeout, self._timeout))
        return [read_model(model) for model in response.models]

    async def close(self) -> None:
        """Ends the calls under way and closes the channel."""
        self._closed = True
        if self._channel is not None:
            await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def _open(self) -> grpc.aio.Channel:
        if self._closed:
            raise ClosedError
        if self._channel is None:
            self._channel = open_channel(self._target, tls=self._tls, api_key=self._api_key)
        return self._channel


def _choose(timeout: float | None, default: float) -> float:
    return default if timeout is None else timeout


def _metadata(request_id: str | None) -> tuple[tuple[str, str], ...]:
    return () if request_id is None else (("x-request-id", request_id),)
