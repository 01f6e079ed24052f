import io
import random
import struct

import av
import numpy as np
import pytest
import soundfile

from service.audio import Encoding, decode_clip, decoding, encode_whole
from service.errors import Reason, ServiceError

CONTAINERS = [Encoding.WAV, Encoding.FLAC, Encoding.OGG_OPUS, Encoding.MP3, Encoding.AAC]


def refused(data, max_seconds=30.0):
    with pytest.raises(ServiceError) as caught:
        decode_clip(data, max_seconds=max_seconds)
    assert caught.value.reason is Reason.BAD_REFERENCE_AUDIO
    assert caught.value.__cause__ is None
    return caught.value


def decode_or_refuse(data):
    """Nothing, at 1 Hz, for what is refused with the right reason; any other error is raised."""
    try:
        return decode_clip(data, max_seconds=30)
    except ServiceError as error:
        if error.reason is not Reason.BAD_REFERENCE_AUDIO:
            raise
        return np.zeros(0, np.float32), 1


def write(samples, container, subtype, rate=24_000):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=container, subtype=subtype)
    return file.getvalue()


def mux(samples, container, codec, sample_format, rate=48_000, options=None):
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.codec_context.layout = "mono"
        stream.codec_context.format = sample_format
        output.start_encoding()
        size = stream.codec_context.frame_size or 1024
        for start in range(0, len(samples), size):
            block = samples[start : start + size]
            plane = np.rint(block * 32767).astype(np.int16) if sample_format.startswith("s16") else block
            frame = av.AudioFrame.from_ndarray(plane[None], format=sample_format, layout="mono")
            frame.sample_rate, frame.pts = rate, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def riff(rate=24_000, channels=1, bits=16, data=bytes(48_000), tag=1):
    width = channels * bits // 8
    shape = struct.pack("<HHIIHH", tag, channels, rate, rate * width & 0xFFFFFFFF, width & 0xFFFF, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + shape + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("encoding", CONTAINERS)
def test_what_we_encode_we_can_read(lab, encoding):
    samples = lab.sine(48_000, 24_000)
    decoded, rate = decode_clip(encode_whole(samples, lab.settle(encoding)), max_seconds=30)
    assert rate == (48_000 if encoding is Encoding.OGG_OPUS else 24_000)
    assert decoded.dtype == np.float32
    assert decoded.ndim == 1
    assert 0 <= len(decoded) * 24_000 / rate - 48_000 <= 3 * 1024
    assert lab.hertz(decoded, rate) == pytest.approx(440, rel=0.002)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_24"),
        ("WAV", "PCM_32"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("WAV", "ULAW"),
        ("WAVEX", "PCM_16"),
        ("RF64", "PCM_16"),
        ("W64", "PCM_16"),
        ("AIFF", "PCM_16"),
        ("AU", "PCM_16"),
        ("CAF", "PCM_16"),
        ("CAF", "ALAC_16"),
        ("FLAC", "PCM_24"),
        ("OGG", "VORBIS"),
    ],
)
def test_what_libsndfile_writes_we_can_read(lab, container, subtype):
    samples = lab.sine(48_000, 24_000)
    decoded, rate = decode_clip(write(samples, container, subtype), max_seconds=30)
    slack = 1200 if subtype in ("ALAC_16", "VORBIS") else 0  # ffmpeg cuts the last packet of these
    assert rate == 24_000
    assert 0 <= 48_000 - len(decoded) <= slack
    assert np.corrcoef(decoded, samples[: len(decoded)])[0, 1] > 0.999


@pytest.mark.parametrize(
    ("container", "codec", "sample_format"),
    [
        ("ipod", "aac", "fltp"),
        ("mp4", "aac", "fltp"),
        ("ipod", "alac", "s16p"),
        ("mov", "pcm_s16le", "s16"),
        ("webm", "libopus", "flt"),
        ("matroska", "flac", "s16"),
    ],
)
def test_what_phones_and_browsers_record_we_can_read(lab, container, codec, sample_format):
    samples = lab.sine(96_000, 48_000)
    decoded, rate = decode_clip(mux(samples, container, codec, sample_format), max_seconds=30)
    assert rate == 48_000
    assert 0 <= len(decoded) - 96_000 <= 3 * 1024
    assert lab.hertz(decoded, rate) == pytest.approx(440, rel=0.002)


def test_fragmented_mp4_can_be_read(lab):
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    decoded, _ = decode_clip(mux(lab.sine(96_000, 48_000), "mp4", "aac", "fltp", options=options), max_seconds=30)
    assert 0 <= len(decoded) - 96_000 <= 3 * 1024


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_channels_are_averaged(lab, channels):
    samples = lab.sine(24_000, 24_000)
    same, _ = decode_clip(write(np.stack([samples] * channels, axis=1), "WAV", "FLOAT"), max_seconds=30)
    assert np.allclose(same, samples, atol=1e-6)


def test_opposite_channels_cancel(lab):
    samples = lab.sine(24_000, 24_000)
    mixed, _ = decode_clip(write(np.stack([samples, -samples], axis=1), "WAV", "FLOAT"), max_seconds=30)
    assert np.abs(mixed).max() < 1e-6


def test_floats_beyond_full_scale_are_clipped(lab):
    decoded, _ = decode_clip(write(lab.sine(24_000, 24_000) * 3, "WAV", "FLOAT"), max_seconds=30)
    assert np.abs(decoded).max() == 1


def test_the_limit_is_on_seconds(lab):
    data = encode_whole(lab.sine(72_000, 24_000), lab.settle(Encoding.WAV))
    assert len(decode_clip(data, max_seconds=3.0)[0]) == 72_000
    error = refused(data, max_seconds=2.9)
    assert "2.9" in error.en
    assert "2.9" in error.es


def test_a_bomb_is_not_decoded_past_the_limit(monkeypatch):
    hours = 2
    bomb = write(np.zeros(hours * 3600 * 8000, np.int16), "FLAC", "PCM_16", 8000)
    assert len(bomb) < hours * 3600 * 8000 / 40
    decoded = []

    def mix(frame):
        decoded.append(frame.samples)
        return mixed(frame)

    mixed = decoding._mix
    monkeypatch.setattr(decoding, "_mix", mix)
    refused(bomb)
    assert 30 * 8000 < sum(decoded) < 31 * 8000


@pytest.mark.parametrize("data", [b"", b"RIFF", bytes(50_000), b"hola " * 1000, random.Random(3).randbytes(50_000)])
def test_what_is_no_recording_is_refused(data):
    refused(data)


@pytest.mark.parametrize("encoding", CONTAINERS)
@pytest.mark.parametrize("share", [0.0005, 0.01, 0.5, 0.999])
def test_a_file_cut_short_gives_its_beginning(lab, encoding, share):
    data = encode_whole(lab.sine(96_000, 24_000), lab.settle(encoding))
    decoded, rate = decode_or_refuse(data[: int(share * len(data))])
    assert len(decoded) / rate == pytest.approx(4 * share, abs=0.3)


@pytest.mark.parametrize("encoding", CONTAINERS)
def test_damage_gives_audio_or_a_clear_error(lab, encoding):
    data = encode_whole(lab.babble(48_000, 24_000), lab.settle(encoding))
    for seed in range(20):
        chance = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 10, 100])):
            damaged[chance.randrange(chance.choice([200, len(data)]))] = chance.randrange(256)
        decoded, rate = decode_or_refuse(bytes(damaged))
        assert len(decoded) <= 30 * rate
        assert np.isfinite(decoded).all()


@pytest.mark.parametrize("rate", [0, 1, 7999, 192_001, 2**31 - 1, 2**32 - 1])
def test_odd_rates_are_refused(rate):
    refused(riff(rate=rate))


@pytest.mark.parametrize(("channels", "bits"), [(0, 16), (7, 16), (8, 16), (9, 16), (65_535, 16), (1, 0), (1, 65_535)])
def test_odd_shapes_are_refused(channels, bits):
    refused(riff(channels=channels, bits=bits))


def test_no_samples_is_refused():
    refused(riff(data=b""))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(lab, value):
    samples = lab.sine(24_000, 24_000)
    samples[12_345] = value
    refused(write(samples, "WAV", "FLOAT"))


def test_a_video_without_sound_is_refused():
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        output.mux(stream.encode(None))
    refused(file.getvalue())


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{path}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {path}\n",
        "ffconcat version 1.0\nfile 'file:{path}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        ";FFMETADATA1\ntitle={path}\n",
    ],
)
def test_a_playlist_opens_no_file(lab, tmp_path, playlist):
    secret = tmp_path / "secret.wav"
    secret.write_bytes(encode_whole(lab.sine(24_000, 24_000), lab.settle(Encoding.WAV)))
    text = playlist.format(path=secret)
    error = refused(text.encode())
    assert str(tmp_path) not in error.en + error.es
