import gc
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audio import Encoding, encode_whole, open_encoder

RAW = [Encoding.PCM_S16LE, Encoding.PCM_F32LE, Encoding.MULAW, Encoding.ALAW]
EXACT = [*RAW, Encoding.WAV, Encoding.FLAC, Encoding.OGG_OPUS]
PADDED = [Encoding.MP3, Encoding.AAC]
LENGTHS = [1, 100, 4799, 4800, 24_000, 100_001]
RATES = {
    Encoding.MULAW: [8000],
    Encoding.ALAW: [8000],
    Encoding.OGG_OPUS: [8000, 16_000, 24_000, 48_000],
}
ALL_RATES = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]


def cases(encodings):
    return [(encoding, rate) for encoding in encodings for rate in RATES.get(encoding, ALL_RATES)]


def both_ways(lab, samples, audio_format):
    return encode_whole(samples, audio_format), b"".join(lab.stream(samples, audio_format, [4800]))


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize(("encoding", "rate"), cases(EXACT))
def test_ffmpeg_gets_exactly_the_samples_put_in(lab, encoding, rate, count):
    audio_format = lab.settle(encoding, rate)
    clock = 48_000 if encoding is Encoding.OGG_OPUS else rate
    for data in both_ways(lab, lab.babble(count, rate), audio_format):
        assert len(lab.ffmpeg(data, audio_format)) == round(count * clock / rate)


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize(("encoding", "rate"), cases(EXACT))
def test_libsndfile_gets_exactly_the_samples_put_in(lab, encoding, rate, count):
    audio_format = lab.settle(encoding, rate)
    whole, stream = both_ways(lab, lab.babble(count, rate), audio_format)
    assert len(lab.sndfile(whole, audio_format)) == count
    if encoding is not Encoding.FLAC:  # soundfile reads no FLAC of unknown length
        assert len(lab.sndfile(stream, audio_format)) == count


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize(("encoding", "rate"), cases(PADDED))
def test_mp3_and_aac_have_up_to_three_frames_more_and_never_less(lab, encoding, rate, count):
    audio_format = lab.settle(encoding, rate)
    frame = 1024 if encoding is Encoding.AAC else 1152 if rate >= 32_000 else 576
    for data in both_ways(lab, lab.babble(count, rate), audio_format):
        assert 0 <= len(lab.ffmpeg(data, audio_format)) - count <= 3 * frame


@pytest.mark.parametrize("rate", ALL_RATES)
@pytest.mark.parametrize("count", [100, 24_000])
def test_libsndfile_agrees_on_mp3(lab, rate, count):
    audio_format = lab.settle(Encoding.MP3, rate)
    frame = 1152 if rate >= 32_000 else 576
    for data in both_ways(lab, lab.babble(count, rate), audio_format):
        assert 0 <= len(lab.sndfile(data, audio_format)) - count <= 3 * frame


@pytest.mark.parametrize("encoding", [Encoding.PCM_S16LE, Encoding.WAV, Encoding.FLAC])
def test_16_bits_are_kept_bit_by_bit(lab, encoding):
    samples = lab.babble(30_001, 24_000) * 2  # beyond full scale in places
    expected = np.rint(np.clip(samples, -1, 1) * 32767)
    audio_format = lab.settle(encoding)
    for data in both_ways(lab, samples, audio_format):
        assert np.array_equal(lab.ffmpeg(data, audio_format) * 32768, expected)


def test_floats_are_kept_bit_by_bit_within_full_scale(lab):
    samples = lab.babble(30_001, 24_000) * 2
    data = encode_whole(samples, lab.settle(Encoding.PCM_F32LE))
    assert np.array_equal(np.frombuffer(data, "<f4"), np.clip(samples, -1, 1))


@pytest.mark.parametrize("encoding", [Encoding.MULAW, Encoding.ALAW])
def test_g711_keeps_the_signal_37_decibels_above_its_noise(lab, encoding):
    samples = lab.sine(8000, 8000)
    audio_format = lab.settle(encoding)
    for decode in (lab.ffmpeg, lab.sndfile):
        noise = decode(encode_whole(samples, audio_format), audio_format) - samples
        assert 10 * np.log10(np.mean(samples**2) / np.mean(noise**2)) > 37


@pytest.mark.parametrize("encoding", Encoding)
def test_a_tone_keeps_its_pitch_and_its_level(lab, encoding):
    audio_format = lab.settle(encoding)
    for data in both_ways(lab, lab.sine(48_000, audio_format.sample_rate), audio_format):
        decoded = lab.ffmpeg(data, audio_format)
        clock = 48_000 if encoding is Encoding.OGG_OPUS else audio_format.sample_rate
        middle = decoded[len(decoded) // 4 : 3 * len(decoded) // 4]
        assert lab.hertz(middle, clock) == pytest.approx(440, rel=0.001)
        assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.5, rel=0.06)  # LAME scales by 0.95


@pytest.mark.parametrize("encoding", [Encoding.OGG_OPUS, *PADDED])
def test_lossy_encodings_resemble_what_went_in_to_the_last_sample(lab, encoding):
    samples = lab.babble(48_000, 48_000)
    audio_format = lab.settle(encoding, 48_000)
    decoded = lab.ffmpeg(encode_whole(samples, audio_format), audio_format)
    lags = range(len(decoded) - len(samples) + 1)
    likeness = [np.dot(decoded[lag : lag + 4800], samples[:4800]) for lag in lags]
    lag = int(np.argmax(likeness))
    tail = slice(-9600, None)
    assert np.corrcoef(decoded[lag : lag + len(samples)][tail], samples[tail])[0, 1] > 0.95


@settings(deadline=None, max_examples=25)
@given(sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=6), encoding=st.sampled_from(Encoding))
def test_the_bytes_do_not_depend_on_the_chunks(lab, sizes, encoding):
    audio_format = lab.settle(encoding)
    samples = lab.babble(12_345, audio_format.sample_rate)
    assert b"".join(lab.stream(samples, audio_format, sizes)) == b"".join(lab.stream(samples, audio_format, [12_345]))


@pytest.mark.parametrize("encoding", [*RAW, Encoding.OGG_OPUS, *PADDED])
def test_whole_and_stream_are_the_same_bytes(lab, encoding):
    audio_format = lab.settle(encoding)
    whole, stream = both_ways(lab, lab.babble(24_000, audio_format.sample_rate), audio_format)
    assert whole == stream


# At 8 kHz the first frames of MP3 and AAC alone last more than 200 ms.
@pytest.mark.parametrize(("encoding", "rate"), [case for case in cases(Encoding) if case[1] > 8000 or case[0] in EXACT])
def test_audio_leaves_with_the_first_200_ms(lab, encoding, rate):
    audio_format = lab.settle(encoding, rate)
    first, *_ = lab.stream(lab.babble(rate, rate), audio_format, [rate // 5])
    decoded = lab.ffmpeg(first, audio_format)
    assert len(decoded) > 0
    assert np.abs(decoded).max() > 0.01


@pytest.mark.parametrize("encoding", Encoding)
def test_a_stream_gives_its_bytes_as_it_goes(lab, encoding):
    audio_format = lab.settle(encoding)
    parts = lab.stream(lab.babble(48_000, audio_format.sample_rate), audio_format, [4800])
    assert all(parts[:-1])
    assert len(parts[-1]) < len(b"".join(parts)) / 4


def test_wav_headers_tell_the_size_or_that_it_is_unknown(lab):
    audio_format = lab.settle(Encoding.WAV, 16_000)
    whole, stream = both_ways(lab, lab.sine(1000, 16_000), audio_format)
    assert struct.unpack_from("<4sI4s", whole) == (b"RIFF", 2036, b"WAVE")
    assert struct.unpack_from("<4sI", whole, 36) == (b"data", 2000)
    assert struct.unpack_from("<4sI4s", stream) == (b"RIFF", 0xFFFFFFFF, b"WAVE")
    assert struct.unpack_from("<4sI", stream, 36) == (b"data", 0xFFFFFFFF)
    assert whole[44:] == stream[44:]


def test_a_whole_flac_tells_its_length_and_a_streamed_one_does_not(lab):
    whole, stream = both_ways(lab, lab.sine(30_001, 24_000), lab.settle(Encoding.FLAC))
    assert int.from_bytes(whole[18:26]) & (2**36 - 1) == 30_001
    assert int.from_bytes(stream[18:26]) & (2**36 - 1) == 0
    assert whole[42:] == stream[42:]


def test_mp3_has_a_constant_rate_and_no_header_frame(lab):
    data = encode_whole(lab.babble(24_000, 24_000), lab.settle(Encoding.MP3, 24_000, 96_000))
    assert data[:2] == b"\xff\xf3"
    assert b"Xing" not in data
    assert b"Info" not in data
    assert len(data) % 288 == 0
    assert all(data[start : start + 3] == data[:3] for start in range(0, len(data), 288))


@pytest.mark.parametrize("encoding", Encoding)
def test_nothing_said_is_no_error(lab, encoding):
    audio_format = lab.settle(encoding)
    empty = np.zeros(0, np.float32)
    whole, stream = both_ways(lab, empty, audio_format)
    assert bool(whole) == bool(stream) == (encoding not in (*RAW, *PADDED))
    assert lab.stream(lab.sine(1000, 8000), audio_format, [1000])[0] == b"".join(
        [(encoder := open_encoder(audio_format)).encode(empty), encoder.encode(lab.sine(1000, 8000))]
    )


@pytest.mark.parametrize("encoding", EXACT)
def test_silence_stays_silent(lab, encoding):
    audio_format = lab.settle(encoding)
    decoded = lab.ffmpeg(encode_whole(np.zeros(10_000, np.float32), audio_format), audio_format)
    assert np.abs(decoded).max() < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("encoding", Encoding)
def test_ten_minutes_in_one_chunk(lab, encoding):
    audio_format = lab.settle(encoding, 8000)
    minute = lab.babble(8000 * 60, 8000)
    data = encode_whole(np.tile(minute, 10), audio_format)
    decoded = lab.ffmpeg(data, audio_format)
    clock = 48_000 if encoding is Encoding.OGG_OPUS else 8000
    assert 0 <= len(decoded) - 600 * clock <= 3 * 1152


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux does")
@pytest.mark.parametrize("encoding", Encoding)
def test_streams_hold_no_thread_and_a_dropped_one_is_freed_at_once(lab, encoding):
    audio_format = lab.settle(encoding)
    samples = lab.babble(4800, audio_format.sample_rate)
    open_encoder(audio_format).encode(samples)
    gc.collect()
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - counts only
        encoders = [open_encoder(audio_format) for _ in range(20)]
        for encoder in encoders:
            encoder.encode(samples)
        assert len(os.listdir("/proc/self/task")) == before  # noqa: PTH208
        del encoders, encoder
        assert gc.collect() == 0
    finally:
        gc.enable()
