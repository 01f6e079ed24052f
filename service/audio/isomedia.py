"""A guard for MP4 and MOV files, whose tables can promise millions of samples in a few bytes.

ffmpeg builds an index of all that is promised before it decodes anything. Tables: ISO/IEC 14496-12, 8.6 to 8.8.
"""

import struct
from collections.abc import Iterator

_TOP_LEVEL = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof", b"sidx")
_COUNTS = {b"stsz": 8, b"stz2": 8, b"trun": 4}  # bytes from the name to the sample count
_CHUNK_COUNTS = {b"stco": 4, b"co64": 4}
_MOST_PER_BYTE = 4


def promises_too_much(data: bytes) -> bool:
    """Whether the tables of an MP4 or MOV file speak of more samples than its bytes could hold."""
    if data[4:8] not in _TOP_LEVEL:
        return False
    tables = _without_media(data)
    samples = sum(_counts(tables, _COUNTS))
    chunks = sum(_counts(tables, _CHUNK_COUNTS))
    per_chunk = max(_chunk_sizes(tables), default=0)
    # A compressed header (cmov) could hide any table.
    return samples > len(data) or chunks * per_chunk > _MOST_PER_BYTE * len(data) or b"cmov" in tables


def _without_media(data: bytes) -> bytes:
    """All but the payload of `mdat`, in which any bytes may look like a table. What is odd is kept."""
    kept = []
    start = 0
    while start + 8 <= len(data):
        size = int.from_bytes(data[start : start + 4])
        if size < 8 or start + size > len(data):
            break
        if data[start + 4 : start + 8] != b"mdat":
            kept.append(data[start : start + size])
        start += size
    return b"".join([*kept, data[start:]])


def _counts(tables: bytes, names: dict[bytes, int]) -> Iterator[int]:
    for name, gap in names.items():
        for start in _places(tables, name):
            yield int.from_bytes(tables[start + gap : start + gap + 4])


def _chunk_sizes(tables: bytes) -> Iterator[int]:
    """The samples per chunk of every run of chunks."""
    for start in _places(tables, b"stsc"):
        count = int.from_bytes(tables[start + 4 : start + 8])
        runs = tables[start + 8 : start + 8 + 12 * count]
        for _first, samples, _description in struct.iter_unpack(">III", runs[: len(runs) - len(runs) % 12]):
            yield samples


def _places(tables: bytes, name: bytes) -> Iterator[int]:
    """Where the contents of each box of that name start."""
    found = tables.find(name)
    while found >= 0:
        yield found + len(name)
        found = tables.find(name, found + 1)
