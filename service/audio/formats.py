"""The forms audio can leave in, and which rates each of them has."""

from dataclasses import dataclass
from enum import Enum

from service.errors import Reason, ServiceError, invalid


class Encoding(Enum):
    """How bytes are encoded, named as in `eslatam.tts.v1.AudioEncoding`."""

    PCM_S16LE = "pcm_s16le"
    PCM_F32LE = "pcm_f32le"
    MULAW = "mulaw"
    ALAW = "alaw"
    WAV = "wav"
    FLAC = "flac"
    OGG_OPUS = "ogg_opus"
    MP3 = "mp3"
    AAC = "aac"


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A form with every field settled: samples per second, bits per second (0 where nothing is lost)."""

    encoding: Encoding
    sample_rate: int
    bit_rate: int


_ALL_RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
_TELEPHONE = (8000,)
_OPUS_RATES = (8000, 16000, 24000, 48000)
_RATES = {Encoding.MULAW: _TELEPHONE, Encoding.ALAW: _TELEPHONE, Encoding.OGG_OPUS: _OPUS_RATES}
_DEFAULT_BIT_RATES = {Encoding.MP3: 128_000, Encoding.OGG_OPUS: 48_000, Encoding.AAC: 96_000}

# MPEG-1, MPEG-2 and MPEG-2.5 layer III each have their own table of bit rates (ISO 11172-3, 13818-3), in kbit/s.
_MP3_LOW = (8, 16, 24, 32, 40, 48, 56, 64)
_MP3_MIDDLE = (*_MP3_LOW, 80, 96, 112, 128, 144, 160)
_MP3_HIGH = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_OPUS_BIT_RATES = (6_000, 256_000)
_AAC_LEAST = 8_000
_AAC_BITS_PER_SAMPLE = 6  # a frame of 1024 samples of one channel holds at most 6144 bits (ISO 14496-3)


def settle_format(encoding: Encoding, sample_rate: int, bit_rate: int, *, model_rate: int) -> AudioFormat:
    """Fills what is unset (0) and refuses what the encoding cannot have. Raises ServiceError UNSUPPORTED_OPTION."""
    rate = _settle_rate(encoding, sample_rate, model_rate)
    if encoding not in _DEFAULT_BIT_RATES:
        _refuse_bit_rate(encoding, bit_rate)
        return AudioFormat(encoding, rate, 0)
    least, most = _bit_rate_bounds(encoding, rate)
    if bit_rate and not least <= bit_rate <= most:
        raise _unsupported_bit_rate(encoding, rate, least, most)
    wanted = bit_rate or min(_DEFAULT_BIT_RATES[encoding], most)
    return AudioFormat(encoding, rate, _nearest_mp3(rate, wanted) if encoding is Encoding.MP3 else wanted)


def _settle_rate(encoding: Encoding, sample_rate: int, model_rate: int) -> int:
    rates = _RATES.get(encoding, _ALL_RATES)
    if sample_rate in rates:
        return sample_rate
    if sample_rate == 0:
        return next((rate for rate in rates if rate >= model_rate), rates[-1])
    name, listed = encoding.value, ", ".join(map(str, rates))
    raise invalid(
        Reason.UNSUPPORTED_OPTION,
        "audio_format.sample_rate_hertz",
        rule="encoding.sample_rate",
        en=f"The encoding {name} cannot have {sample_rate} Hz; it can have: {listed}.",
        es=f"La codificación {name} no admite {sample_rate} Hz; admite: {listed}.",
    )


def _mp3_table(rate: int) -> tuple[int, ...]:
    if rate >= 32_000:
        return _MP3_HIGH
    return _MP3_MIDDLE if rate >= 16_000 else _MP3_LOW


def _nearest_mp3(rate: int, wanted: int) -> int:
    return min((1000 * kilobits for kilobits in _mp3_table(rate)), key=lambda bits: abs(bits - wanted))


def _bit_rate_bounds(encoding: Encoding, rate: int) -> tuple[int, int]:
    if encoding is Encoding.MP3:
        table = _mp3_table(rate)
        return 1000 * table[0], 1000 * table[-1]
    if encoding is Encoding.AAC:
        return _AAC_LEAST, _AAC_BITS_PER_SAMPLE * rate
    return _OPUS_BIT_RATES


def _refuse_bit_rate(encoding: Encoding, bit_rate: int) -> None:
    if bit_rate:
        raise invalid(
            Reason.UNSUPPORTED_OPTION,
            "audio_format.bit_rate_bps",
            rule="encoding.bit_rate",
            en=f"The encoding {encoding.value} has no bit rate to choose; leave it unset.",
            es=f"La codificación {encoding.value} no permite elegir la tasa de bits; hay que dejarla sin valor.",
        )


def _unsupported_bit_rate(encoding: Encoding, rate: int, least: int, most: int) -> ServiceError:
    name = encoding.value
    return invalid(
        Reason.UNSUPPORTED_OPTION,
        "audio_format.bit_rate_bps",
        rule="encoding.bit_rate",
        en=f"At {rate} Hz the encoding {name} takes from {least} to {most} bits per second.",
        es=f"A {rate} Hz la codificación {name} admite de {least} a {most} bits por segundo.",
    )
