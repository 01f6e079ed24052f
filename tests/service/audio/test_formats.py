import pytest

from service.audio import AudioFormat, Encoding, settle_format
from service.errors import Reason, ServiceError

PROTO_RATES = [8000, 16000, 22050, 24000, 32000, 44100, 48000]


@pytest.mark.parametrize("encoding", Encoding)
def test_unset_fields_are_settled(encoding):
    settled = settle_format(encoding, 0, 0, model_rate=24_000)
    telephone = encoding in (Encoding.MULAW, Encoding.ALAW)
    assert settled.sample_rate == (8000 if telephone else 24_000)
    lossy = {Encoding.MP3: 128_000, Encoding.OGG_OPUS: 48_000, Encoding.AAC: 96_000}
    assert settled.bit_rate == lossy.get(encoding, 0)


def test_an_unset_rate_that_the_encoding_lacks_goes_to_the_next_it_has():
    assert settle_format(Encoding.OGG_OPUS, 0, 0, model_rate=22_050).sample_rate == 24_000
    assert settle_format(Encoding.WAV, 0, 0, model_rate=96_000).sample_rate == 48_000


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("rate", [*PROTO_RATES, 1, 11_025, 96_000, -8000])
def test_a_rate_is_kept_or_refused(encoding, rate):
    allowed = {
        Encoding.MULAW: [8000],
        Encoding.ALAW: [8000],
        Encoding.OGG_OPUS: [8000, 16000, 24000, 48000],
    }.get(encoding, PROTO_RATES)
    if rate in allowed:
        assert settle_format(encoding, rate, 0, model_rate=24_000).sample_rate == rate
        return
    with pytest.raises(ServiceError) as caught:
        settle_format(encoding, rate, 0, model_rate=24_000)
    assert caught.value.reason is Reason.UNSUPPORTED_OPTION
    assert [violation.field for violation in caught.value.fields] == ["audio_format.sample_rate_hertz"]
    assert str(rate) in caught.value.en
    assert str(rate) in caught.value.es


@pytest.mark.parametrize(
    ("encoding", "rate", "bit_rate"),
    [
        (Encoding.WAV, 24_000, 64_000),
        (Encoding.FLAC, 24_000, 64_000),
        (Encoding.MULAW, 8000, 64_000),
        (Encoding.MP3, 8000, 128_000),
        (Encoding.MP3, 24_000, 192_000),
        (Encoding.MP3, 48_000, 16_000),
        (Encoding.AAC, 8000, 64_000),
        (Encoding.AAC, 24_000, 6_000),
        (Encoding.OGG_OPUS, 48_000, 320_000),
    ],
)
def test_a_bit_rate_that_the_encoder_cannot_do_is_refused(encoding, rate, bit_rate):
    with pytest.raises(ServiceError) as caught:
        settle_format(encoding, rate, bit_rate, model_rate=24_000)
    assert caught.value.reason is Reason.UNSUPPORTED_OPTION
    assert [violation.field for violation in caught.value.fields] == ["audio_format.bit_rate_bps"]


@pytest.mark.parametrize(
    ("encoding", "rate", "bit_rate", "settled"),
    [
        (Encoding.MP3, 8000, 0, 64_000),
        (Encoding.AAC, 8000, 0, 48_000),
        (Encoding.MP3, 44_100, 320_000, 320_000),
        (Encoding.MP3, 24_000, 100_000, 96_000),
        (Encoding.OGG_OPUS, 16_000, 6_000, 6_000),
        (Encoding.AAC, 48_000, 288_000, 288_000),
    ],
)
def test_a_bit_rate_is_settled_to_one_the_encoder_has(encoding, rate, bit_rate, settled):
    expected = AudioFormat(encoding, rate, settled)
    assert settle_format(encoding, rate, bit_rate, model_rate=24_000) == expected
