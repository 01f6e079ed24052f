import protovalidate
import pytest
from eslatam.tts.v1 import speech_pb2

from service.api.validation import check
from service.errors import ServiceError

VALIDATOR = protovalidate.Validator()


def refuse(request: speech_pb2.SynthesizeRequest) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        check(VALIDATOR, request)
    return caught.value


def test_every_broken_field_is_named_by_its_path() -> None:
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="x" * 10_001))
    request.utterance.options.generation.top_k = 0
    request.utterance.options.lexicon.add(word="a", replacement="b")
    request.utterance.options.lexicon.add(word="c")
    error = refuse(request)
    assert [field.field for field in error.fields] == [
        "utterance.text",
        "utterance.options.generation.top_k",
        "utterance.options.lexicon[1].spoken",
    ]


@pytest.mark.parametrize(
    ("text", "es"), [("", "no puede estar vacío"), ("x" * 10_001, "es demasiado largo (máximo 10000 caracteres)")]
)
def test_rules_are_told_in_spanish(text: str, es: str) -> None:
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text=text))
    assert refuse(request).es == f"utterance.text {es}"


def test_a_range_is_told_in_spanish() -> None:
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola"))
    request.utterance.options.generation.speaking_rate = 9
    request.utterance.options.audio_format.sample_rate_hertz = 9
    rate, speed = refuse(request).es.split("; ")
    assert rate.endswith("sample_rate_hertz debe ser uno de [8000, 16000, 22050, 24000, 32000, 44100, 48000]")
    assert speed.endswith("speaking_rate debe ser mayor o igual que 0.25 y menor o igual que 4")


def test_a_good_request_passes() -> None:
    check(VALIDATOR, speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola")))
