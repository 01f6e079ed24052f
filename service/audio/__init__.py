"""Samples in, bytes out and back: encode, decode, stretch, resample. Mono everywhere."""

from service.audio.conversion import Conversion, Converter
from service.audio.decoding import decode_clip
from service.audio.encoding import Encoder, encode_whole, open_encoder
from service.audio.formats import AudioFormat, Encoding, settle_format
from service.audio.reference import check_reference
from service.audio.samples import Samples

__all__ = [
    "AudioFormat",
    "Conversion",
    "Converter",
    "Encoder",
    "Encoding",
    "Samples",
    "check_reference",
    "decode_clip",
    "encode_whole",
    "open_encoder",
    "settle_format",
]
