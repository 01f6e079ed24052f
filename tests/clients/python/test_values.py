import eslatam
from eslatam._values import read_header, read_summary
from eslatam.tts.v1 import audio_pb2, speech_pb2


def test_values_newer_than_this_client_are_numbers() -> None:
    header = speech_pb2.SynthesisHeader(audio_format=audio_pb2.AudioFormat(encoding=99))  # type: ignore[arg-type]
    assert read_header(header).encoding == "99"
    assert read_summary(speech_pb2.SynthesisSummary(finish_reason=99)).finish_reason == "99"  # type: ignore[arg-type]


def test_audio_is_not_shown() -> None:
    chunk = eslatam.Chunk(b"\x00" * 9600, start_sample=0, sample_count=4800, segment_index=0)
    assert repr(chunk) == "Chunk(start_sample=0, sample_count=4800, segment_index=0)"


def test_voices_can_be_kept_in_sets() -> None:
    voice = eslatam.Voice("ana", "Ana", "", ("es-MX",), ("kokoro-es",), "built_in", {"a": "b"})
    assert len({voice, voice}) == 1
