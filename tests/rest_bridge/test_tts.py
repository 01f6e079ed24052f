import grpc
import pytest
from eslatam.tts.v1.audio_pb2 import AudioEncoding as E

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED_REQUEST = {
    "text": "Texto a sintetizar en español latinoamericano.",
    "voice_mode": "predefined",
    "predefined_voice_id": "default.wav",
    "temperature": 0.8,
    "exaggeration": 1.0,
    "cfg_weight": 0.5,
    "speed_factor": 1.0,
    "output_format": "wav",
    "split_text": True,
    "chunk_size": 120,
    "language": "es",
}


async def test_the_documented_request_gives_a_wav_file(http, service, tone_of, count_samples):
    reply = await http.post("/tts", json=SEED_REQUEST)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "audio/wav"
    assert reply.headers["content-length"] == str(len(reply.content))
    assert reply.headers["content-disposition"] == 'attachment; filename="tts_default_1234.wav"'
    assert reply.headers["x-tts-model"] == "kokoro-es"
    assert reply.headers["x-tts-chunk-size"] == str(service.utterance.options.segmentation.target_characters)
    assert reply.content == tone_of(E.AUDIO_ENCODING_WAV)
    assert count_samples(reply.content) == 24_000
    options = service.utterance.options
    assert options.voice.name == "voices/default"
    assert options.language_code == "es"
    assert options.segmentation.split is True
    assert service.calls[-1].method == "Synthesize"


async def test_text_alone_has_the_documented_defaults(http, service):
    assert (await http.post("/tts", json={"text": "Hola"})).status_code == 200
    options = service.utterance.options
    assert options.generation.exaggeration == 1.0
    assert options.segmentation.target_characters == 120
    assert options.audio_format.encoding == E.AUDIO_ENCODING_WAV
    assert not options.HasField("voice")
    assert not options.generation.HasField("seed")
    assert not options.generation.HasField("temperature")


async def test_what_sillytavern_sends_is_taken(http, service):
    body = {"text": "Hola", "exaggeration": 0, "seed": -1, "language": "es", "output_format": "opus", "temperature": 0}
    reply = await http.post("/tts", json=body)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "audio/opus"
    assert service.utterance.options.generation.exaggeration == 0.25
    assert service.utterance.options.generation.temperature == pytest.approx(0.05)


@pytest.mark.parametrize("name", ["wav", "mp3", "opus", "flac", "aac", "pcm"])
async def test_every_format_can_be_streamed(http, service, name):
    whole = await http.post("/tts", json={"text": "Hola", "output_format": name})
    streamed = await http.post("/tts", json={"text": "Hola", "output_format": name, "stream": True})
    assert streamed.content == whole.content
    assert "content-length" not in streamed.headers
    assert streamed.headers["content-type"] == whole.headers["content-type"]
    assert streamed.headers["content-disposition"].endswith(f'.{name}"')


async def test_a_cloned_voice_is_named_by_its_file(http, service):
    service.add_clone("mi-voz")
    body = {"text": "Hola", "voice_mode": "clone", "reference_audio_filename": "Mi-Voz.wav"}
    assert (await http.post("/tts", json=body)).status_code == 200
    assert service.utterance.options.voice.name == "voices/mi-voz"


async def test_cloning_without_a_file_is_refused(http, service):
    reply = await http.post("/tts", json={"text": "Hola", "voice_mode": "clone"})
    assert reply.status_code == 400
    assert "reference_audio_filename" in reply.json()["detail"]


@pytest.mark.parametrize("voice", ["nadie.wav", "../default.wav", "/etc/passwd", "..%2fdefault"])
async def test_every_unknown_voice_gets_the_same_answer(http, service, voice):
    reply = await http.post("/tts", json={"text": "Hola", "predefined_voice_id": voice})
    assert reply.status_code == 404
    assert reply.json() == {"detail": "No existe esa voz. Voces: alex, default, santa."}


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("text", None, "string_type"),
        ("text", "", "string_too_short"),
        ("text", ["a"], "string_type"),
        ("temperature", 1.6, "less_than_equal"),
        ("temperature", "0.8", "float_type"),
        ("exaggeration", 2.5, "less_than_equal"),
        ("cfg_weight", -0.1, "greater_than_equal"),
        ("speed_factor", 0, "greater_than_equal"),
        ("speed_factor", True, "float_type"),
        ("seed", "7", "int_type"),
        ("seed", -2, "greater_than_equal"),
        ("chunk_size", 501, "less_than_equal"),
        ("split_text", 1, "bool_type"),
        ("output_format", "ogg", "literal_error"),
        ("voice_mode", "random", "literal_error"),
        ("predefined_voice_id", 3, "string_type"),
    ],
)
async def test_a_wrong_field_is_listed(http, service, field, value, rule):
    reply = await http.post("/tts", json={"text": "Hola", field: value})
    assert reply.status_code == 422
    (violation,) = reply.json()["detail"]
    assert violation["loc"] == ["body", field]
    assert violation["type"] == rule
    assert violation["msg"].startswith(("debe ", "no debe "))
    assert not service.calls


async def test_every_wrong_field_is_listed_at_once(http):
    reply = await http.post("/tts", json={"speed_factor": 9, "seed": "x"}, headers={"Accept-Language": "en-US"})
    assert reply.json()["detail"] == [
        {"loc": ["body", "seed"], "msg": "must be a whole number", "type": "int_type"},
        {"loc": ["body", "text"], "msg": "is required", "type": "missing"},
        {"loc": ["body", "speed_factor"], "msg": "must be at most 4", "type": "less_than_equal"},
    ]


async def test_10000_characters_are_spoken_and_one_more_is_refused(http, service):
    assert (await http.post("/tts", json={"text": "ñ" * 10_000})).status_code == 200
    reply = await http.post("/tts", json={"text": "ñ" * 10_001})
    assert reply.status_code == 400
    assert "10001" in reply.json()["detail"]


async def test_only_spaces_are_no_text(http, service):
    reply = await http.post("/tts", json={"text": "  \n "})
    assert reply.status_code == 400
    assert reply.json()["detail"] == "El texto está vacío. Enviar al menos una palabra."
    assert not service.calls


async def test_the_services_own_words_are_passed_on(http, service, fail):
    service.failure = fail(grpc.StatusCode.INVALID_ARGUMENT, "UNSUPPORTED_OPTION", "No French.", "No hay francés.")
    reply = await http.post("/tts", json={"text": "Hola", "language": "fr"})
    assert (reply.status_code, reply.json()) == (400, {"detail": "No hay francés."})


async def test_a_model_that_is_not_installed_is_a_bad_request(http, service, fail):
    service.failure = fail(grpc.StatusCode.FAILED_PRECONDITION, "MODEL_NOT_INSTALLED")
    assert (await http.post("/tts", json={"text": "Hola"})).status_code == 400
