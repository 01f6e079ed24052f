"""The client, for code without asyncio: the same one, on an event loop of its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self, Unpack

from eslatam._async_client import AsyncClient
from eslatam._channel import TLS
from eslatam._errors import ClosedError
from eslatam._loop import LoopThread
from eslatam._options import Options, StreamOptions, TextOptions
from eslatam._stream import AsyncStream
from eslatam._values import Chunk, Header, Model, Normalized, Speech, Summary, Timestamp, Voice


class Client:
    """Speaks to one service, from any number of threads. Close it, or use it in a `with` block.

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
        self._client = AsyncClient(target, api_key=api_key, tls=tls, timeout=timeout, stream_timeout=stream_timeout)
        self._loop = LoopThread()

    def synthesize(
        self, text: str, *, timeout: float | None = None, request_id: str | None = None, **options: Unpack[Options]
    ) -> Speech:
        """Speaks a text and returns the whole recording."""
        return self._loop.run(self._client.synthesize(text, timeout=timeout, request_id=request_id, **options))

    @contextmanager
    def stream(
        self,
        text: str,
        *,
        timeout: float | None = None,
        request_id: str | None = None,
        **options: Unpack[StreamOptions],
    ) -> Iterator["Stream"]:
        """Speaks a text and gives the audio as it is made. Leaving the block early ends the work at once."""
        streaming = self._client.stream(text, timeout=timeout, request_id=request_id, **options)
        stream = self._loop.run(streaming.__aenter__())
        try:
            yield Stream(stream, self._loop)
        finally:
            # Not waited for: a generator left open may get here when the program ends and no thread runs any more.
            with suppress(ClosedError):
                self._loop.start(streaming.__aexit__(None, None, None))

    def normalize(self, text: str, *, timeout: float | None = None, **options: Unpack[TextOptions]) -> Normalized:
        """Shows how a text would be read, without speaking it."""
        return self._loop.run(self._client.normalize(text, timeout=timeout, **options))

    def voices(self, *, language: str | None = None, timeout: float | None = None) -> list[Voice]:
        """The stored voices, or those that speak a BCP-47 language."""
        return self._loop.run(self._client.voices(language=language, timeout=timeout))

    def models(self, *, timeout: float | None = None) -> list[Model]:
        """The models the service knows, installed or not, the default first."""
        return self._loop.run(self._client.models(timeout=timeout))

    def close(self) -> None:
        """Ends the calls under way, the channel and the thread."""
        with suppress(ClosedError):
            self._loop.run(self._client.close())
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class Stream:
    """The chunks of a speech, in order. `timestamps` grows as they arrive."""

    def __init__(self, stream: AsyncStream, loop: LoopThread) -> None:
        self._stream = stream
        self._loop = loop

    @property
    def header(self) -> Header:
        """What was settled on before the first sample."""
        return self._stream.header

    @property
    def timestamps(self) -> list[Timestamp]:
        """The timestamps that have arrived."""
        return self._stream.timestamps

    @property
    def summary(self) -> Summary:
        """What the speech was and cost. RuntimeError before the last chunk has been read."""
        return self._stream.summary

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Chunk:
        chunk = self._loop.run(self._read())
        if chunk is None:
            raise StopIteration
        return chunk

    async def _read(self) -> Chunk | None:
        # StopAsyncIteration cannot leave a coroutine.
        return await anext(self._stream, None)
