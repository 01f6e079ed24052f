import typing

from eslatam.tts.v1.audio_pb2 import AudioEncoding, AudioFormat

from rest_bridge.formats import FormatName, choose_format, find_media_type


def test_only_pcm_has_a_rate_of_its_own():
    formats = {name: choose_format(name) for name in typing.get_args(FormatName)}
    assert {name: each.sample_rate_hertz for name, each in formats.items() if each.sample_rate_hertz} == {"pcm": 24_000}
    assert len({each.encoding for each in formats.values()}) == 6


def test_every_encoding_of_the_contract_has_a_media_type():
    for name, number in AudioEncoding.items():
        kind = find_media_type(AudioFormat(encoding=number))
        assert kind.startswith("audio/") or name in {"AUDIO_ENCODING_UNSPECIFIED", "AUDIO_ENCODING_PCM_F32LE"}
