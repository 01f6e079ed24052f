"""What goes around packets: Ogg, ADTS, native FLAC, or nothing. Only ever appends."""

import struct
import zlib
from typing import Protocol

from service.audio.formats import AudioFormat, Encoding

_OPUS_RATE = 48_000
_OPUS_PACKET = 960
_PAGE_PACKETS = 4  # 80 ms: the first page leaves within 200 ms, and headers stay below 3 kbit/s
_FIRST_PAGE, _LAST_PAGE = 2, 4
_SERIAL = 1
_VENDOR = b"Chatterbox ES-LATAM"
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

# ISO/IEC 14496-3, table 1.18.
_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)


class Container(Protocol):
    """Wraps one stream's packets."""

    def start(self) -> bytes:
        """The bytes before any packet."""
        ...

    def wrap(self, packets: list[bytes]) -> bytes:
        """Every byte that can go out with these packets, in order."""
        ...

    def finish(self, sample_count: int) -> bytes:
        """The last bytes, once the length is known."""
        ...


def open_container(audio_format: AudioFormat, head: bytes) -> Container:
    """The container of an encoding, for packets of a codec whose header is `head`."""
    match audio_format.encoding:
        case Encoding.OGG_OPUS:
            return _OggOpus(head, audio_format.sample_rate)
        case Encoding.AAC:
            return _Adts(audio_format.sample_rate)
        case Encoding.FLAC:
            return _Bare(flac_head(head))
        case _:
            return _Bare(b"")


def flac_head(stream_info: bytes, sample_count: int = 0, digest: bytes = bytes(16)) -> bytes:
    """The bytes before the first frame (RFC 9639, 8.2). 0 samples and a zero MD5 mean unknown."""
    shape = int.from_bytes(stream_info[10:18]) & ~(2**36 - 1)
    last_block = struct.pack(">I", 0x80000000 | 34)
    return b"fLaC" + last_block + stream_info[:10] + (shape | sample_count).to_bytes(8) + digest


class _Bare:
    """Packets that find each other."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def start(self) -> bytes:
        return self._head

    def wrap(self, packets: list[bytes]) -> bytes:
        return b"".join(packets)

    def finish(self, sample_count: int) -> bytes:
        return b""


class _Adts:
    """AAC-LC, one channel, a header of 7 bytes before each packet (ISO/IEC 14496-3, 1.A.2)."""

    def __init__(self, sample_rate: int) -> None:
        sync, profile, channels = 0xFFF1, 1, 1
        fixed = (sync << 12) | (profile << 10) | (_ADTS_RATES.index(sample_rate) << 6) | (channels << 2)
        self._fixed = fixed << 28

    def start(self) -> bytes:
        return b""

    def wrap(self, packets: list[bytes]) -> bytes:
        return b"".join(self._header(len(packet)) + packet for packet in packets)

    def finish(self, sample_count: int) -> bytes:
        return b""

    def _header(self, size: int) -> bytes:
        variable_rate = 0x7FF
        return (self._fixed | ((size + 7) << 13) | (variable_rate << 2)).to_bytes(7)


class _OggOpus:
    """RFC 7845 in RFC 3533. The last page is held back, for only its clock says where the sound ends."""

    def __init__(self, head: bytes, sample_rate: int) -> None:
        self._head = head
        self._sample_rate = sample_rate
        self._pages = 0
        self._clock = 0
        self._held: list[bytes] = []

    def start(self) -> bytes:
        tags = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR + struct.pack("<I", 0)
        return self._page([self._head], 0, _FIRST_PAGE) + self._page([tags], 0, 0)

    def wrap(self, packets: list[bytes]) -> bytes:
        self._held += packets
        pages = []
        while len(self._held) > _PAGE_PACKETS:
            self._clock += _PAGE_PACKETS * _OPUS_PACKET
            pages.append(self._page(self._held[:_PAGE_PACKETS], self._clock, 0))
            del self._held[:_PAGE_PACKETS]
        return b"".join(pages)

    def finish(self, sample_count: int) -> bytes:
        pre_skip = int.from_bytes(self._head[10:12], "little")
        return self._page(self._held, pre_skip + sample_count * _OPUS_RATE // self._sample_rate, _LAST_PAGE)

    def _page(self, packets: list[bytes], clock: int, flags: int) -> bytes:
        laces = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
        before = struct.pack("<4sBBqII", b"OggS", 0, flags, clock, _SERIAL, self._pages)
        after = bytes([len(laces)]) + laces + b"".join(packets)
        self._pages += 1
        return before + struct.pack("<I", _checksum(before + bytes(4) + after)) + after


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32 is zlib's with the bits the other way round and no inversion."""
    crc = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_REVERSED))
