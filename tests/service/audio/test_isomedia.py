import struct

import pytest

from service.audio import decode_clip
from service.audio.isomedia import promises_too_much
from service.errors import ServiceError


def box(name, *contents):
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), name) + body


def table(*numbers):
    return struct.pack(f">{len(numbers)}I", *numbers)


def movie(codec=b"sowt", samples=100, per_chunk=100, chunks=1, duration=1, media=bytes(1000)):
    entry = box(codec, bytes(6), struct.pack(">H8xHHHHI", 1, 1, 16, 0, 0, 24_000 << 16))
    tables = box(
        b"stbl",
        box(b"stsd", table(0, 1), entry),
        box(b"stts", table(0, 1, 0xFFFFFFFF, duration)),
        box(b"stsc", table(0, 1, 1, per_chunk, 1)),
        box(b"stsz", table(0, 2, samples)),
        box(b"stco", table(0, chunks), table(*[32] * chunks)),
    )
    references = box(b"dinf", box(b"dref", table(0, 1), box(b"url ", table(1))))
    information = box(b"minf", box(b"smhd", bytes(8)), references, tables)
    header = box(b"mdhd", table(0, 0, 0, 24_000, 1, 0))
    track = box(b"trak", box(b"tkhd", table(1, 0, 0, 1, 0, 1), bytes(60)))
    track = box(
        b"trak",
        box(b"tkhd", table(1, 0, 0, 1, 0, 1), bytes(60)),
        box(b"mdia", header, box(b"hdlr", bytes(8), b"soun", bytes(13)), information),
    )
    head = box(b"mvhd", table(0, 0, 0, 1000, 1000), bytes(80))
    return box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(b"mdat", media) + box(b"moov", head, track)


def test_an_honest_file_is_let_through_and_decodes():
    data = movie()
    assert not promises_too_much(data)
    samples, rate = decode_clip(data, max_seconds=30)
    assert (len(samples), rate) == (100, 24_000)


@pytest.mark.parametrize(
    "bomb",
    [
        movie(codec=b"mp4a", samples=50_000_000, per_chunk=50_000_000, duration=1024),
        movie(per_chunk=1 << 30, chunks=16),
        movie(samples=1 << 31),
        movie() + box(b"moof", box(b"traf", box(b"trun", table(0, 100_000_000)))),
        movie() + box(b"moov", box(b"cmov", b"compressed")),
        movie() + b"".join(box(b"moof", box(b"traf", box(b"trun", table(0, 1500)))) for _ in range(50)),
    ],
)
def test_a_file_that_promises_more_than_it_holds_is_refused(bomb):
    assert len(bomb) < 10_000
    assert promises_too_much(bomb)
    with pytest.raises(ServiceError):
        decode_clip(bomb, max_seconds=30)


def test_media_that_looks_like_a_table_is_not_read_as_one():
    media = b"stsz" + table(0, 2, 0xFFFFFFFF) + b"cmov" + bytes(1000)
    assert not promises_too_much(movie(media=media))
    assert not promises_too_much(b"RIFF" + media)


def test_a_file_cut_short_is_read_as_far_as_it_goes():
    data = movie()
    for end in range(0, len(data), 7):
        assert not promises_too_much(data[:end])
