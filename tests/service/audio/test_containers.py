import struct

from service.audio import Encoding, encode_whole


def ogg_pages(data):
    """Flags, clock, serial, number and packets' sizes of each page."""
    start = 0
    while start < len(data):
        magic, _, flags, clock, serial, number, _, count = struct.unpack_from("<4sBBqIIIB", data, start)
        assert magic == b"OggS"
        laces = data[start + 27 : start + 27 + count]
        start += 27 + count + sum(laces)
        yield flags, clock, serial, number, sum(lace < 255 for lace in laces)


def test_ogg_pages_are_in_order_and_the_last_clock_is_the_end(lab):
    data = encode_whole(lab.babble(24_000, 24_000), lab.settle(Encoding.OGG_OPUS))
    flags, clocks, serials, numbers, counts = zip(*ogg_pages(data), strict=True)
    pre_skip = int.from_bytes(data[38:40], "little")
    assert flags == (2, *[0] * (len(flags) - 2), 4)
    assert len(set(serials)) == 1
    assert numbers == tuple(range(len(numbers)))
    assert clocks[-1] == 48_000 + pre_skip
    assert clocks[2:-1] == tuple(3840 * page for page in range(1, len(clocks) - 2))
    assert max(counts) == 4


def test_packets_beyond_one_lace_are_whole(lab):
    audio_format = lab.settle(Encoding.OGG_OPUS, 48_000, 256_000)
    data = encode_whole(lab.babble(48_000, 48_000), audio_format)
    assert len(data) > 25_000
    assert len(lab.sndfile(data, audio_format)) == 48_000


def test_adts_headers_chain_to_the_end(lab):
    for rate in (8000, 22_050, 48_000):
        data = encode_whole(lab.babble(rate, rate), lab.settle(Encoding.AAC, rate))
        start = 0
        while start < len(data):
            header = int.from_bytes(data[start : start + 7])
            assert header >> 44 == 0xFFF
            start += header >> 13 & 0x1FFF
        assert start == len(data)
