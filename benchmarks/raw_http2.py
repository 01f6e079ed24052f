"""HTTP/2 by hand (RFC 9113), for clients that no library would let misbehave."""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0x0, 0x1, 0x3, 0x4, 0x6
END_STREAM = ACK = 0x1
END_HEADERS = 0x4


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it is sent."""

    kind: int
    flags: int
    stream: int
    payload: bytes = b""

    def pack(self) -> bytes:
        return (
            struct.pack(">I", len(self.payload))[1:]
            + struct.pack(">BBI", self.kind, self.flags, self.stream)
            + self.payload
        )

    @property
    def ends_stream(self) -> bool:
        return self.kind == RST_STREAM or (self.kind in (DATA, HEADERS) and bool(self.flags & END_STREAM))


class Connection:
    """A connection whose preface and settings are sent. Streams are numbered 1, 3, 5 and so on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._next = 1

    @classmethod
    @asynccontextmanager
    async def open(cls, target: str) -> AsyncIterator[Self]:
        """To "HOST:PORT"."""
        host, _, port = target.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(PREFACE + Frame(SETTINGS, 0, 0).pack())
            yield cls(reader, writer)
        finally:
            writer.close()

    def start_call(self, path: str, metadata: Mapping[str, str] | None = None) -> int:
        """Sends the headers of an RPC, and returns the number of its stream."""
        stream, self._next = self._next, self._next + 2
        fields = {
            ":method": "POST",
            ":scheme": "http",
            ":path": path,
            ":authority": "localhost",
            "te": "trailers",
            "content-type": "application/grpc",
            **(metadata or {}),
        }
        block = b"".join(b"\0" + _string(name) + _string(value) for name, value in fields.items())
        self._writer.write(Frame(HEADERS, END_HEADERS, stream, block).pack())
        return stream

    async def send(self, stream: int, data: bytes) -> None:
        """Sends some bytes of a request, which stays open."""
        self._writer.write(Frame(DATA, 0, stream, data).pack())
        await self._writer.drain()

    async def read(self) -> Frame:
        """The next frame, those of the connection itself answered and left out. IncompleteReadError at the end."""
        while True:
            head = await self._reader.readexactly(9)
            length, kind, flags, stream = int.from_bytes(head[:3]), head[3], head[4], int.from_bytes(head[5:])
            frame = Frame(kind, flags, stream, await self._reader.readexactly(length))
            if kind in (SETTINGS, PING) and not flags & ACK:
                self._writer.write(Frame(kind, ACK, 0, frame.payload if kind == PING else b"").pack())
            if stream:
                return frame

    async def until_end(self, stream: int) -> bytes:
        """What a stream replied, once it has ended."""
        data = b""
        while True:
            frame = await self.read()
            if frame.stream == stream:
                data += frame.payload if frame.kind == DATA else b""
                if frame.ends_stream:
                    return data


def pack_message(message: bytes) -> bytes:
    """A message as gRPC frames it: not compressed."""
    return struct.pack(">BI", 0, len(message)) + message


def _string(text: str) -> bytes:
    """A string of HPACK, without Huffman's code; at most 126 bytes."""
    return bytes([len(text)]) + text.encode("ascii")
