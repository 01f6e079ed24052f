import asyncio
import base64
import json

import grpc
import openai
import pytest
import pytest_asyncio
from eslatam.tts.v1.audio_pb2 import AudioEncoding as E

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORMATS = {
    "mp3": (E.AUDIO_ENCODING_MP3, "audio/mpeg"),
    "opus": (E.AUDIO_ENCODING_OGG_OPUS, "audio/opus"),
    "aac": (E.AUDIO_ENCODING_AAC, "audio/aac"),
    "flac": (E.AUDIO_ENCODING_FLAC, "audio/flac"),
    "wav": (E.AUDIO_ENCODING_WAV, "audio/wav"),
    "pcm": (E.AUDIO_ENCODING_PCM_S16LE, "audio/pcm"),
}


@pytest_asyncio.fixture(loop_scope="module")
async def sdk(service, bridge):
    """OpenAI's own client. It retries as it does for its users."""
    async with openai.AsyncOpenAI(base_url=f"{bridge}/v1", api_key="sk-test") as client:
        yield client


def body(**more):
    return {"model": "tts-1", "input": "Hola", "voice": "alloy", **more}


async def test_official_client_gets_a_playable_mp3_by_default(sdk, service, count_samples):
    async with sdk.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input="Hola") as reply:
        audio = await reply.read()
        assert reply.request_id
    assert count_samples(audio) >= 24_000
    assert service.utterance.options.audio_format.encoding == E.AUDIO_ENCODING_MP3
    assert service.utterance.options.voice.name == "voices/default"
    assert service.utterance.options.model == ""


async def test_blocking_official_client_works_too(bridge, service, tone_of):
    with openai.OpenAI(base_url=f"{bridge}/v1", api_key="sk-test") as client:
        reply = await asyncio.to_thread(client.audio.speech.create, model="tts-1-hd", voice="onyx", input="Hola")
    assert reply.content == tone_of(E.AUDIO_ENCODING_MP3)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("stream", [True, False])
async def test_every_format_arrives_as_the_service_made_it(sdk, service, tone_of, name, stream):
    encoding, media_type = FORMATS[name]
    async with sdk.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input="Hola", response_format=name, extra_body={"stream": stream}
    ) as reply:
        audio = await reply.read()
        headers = reply.headers
    assert audio == tone_of(encoding)
    assert headers["content-type"] == media_type
    assert ("content-length" in headers) is not stream
    assert service.calls[-1].method == ("SynthesizeStream" if stream else "Synthesize")
    assert service.utterance.options.audio_format.sample_rate_hertz == (24_000 if name == "pcm" else 0)


@pytest.mark.parametrize("headers", [{}, {"accept-language": "en"}])
async def test_events_are_deltas_then_one_done_with_usage(http, service, tone_of, headers):
    reply = await http.post("/v1/audio/speech", json=body(stream_format="sse", response_format="opus"), headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    blocks = reply.text.split("\n\n")
    assert blocks.pop() == ""
    events = []
    for block in blocks:
        kind, data = block.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert kind == f"event: {events[-1]['type']}"
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == tone_of(E.AUDIO_ENCODING_OGG_OPUS)
    assert done == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 4, "output_tokens": 25, "total_tokens": 29},
    }


@pytest.mark.parametrize(
    ("voice", "name"),
    [
        ("default", "default"),
        ("default.wav", "default"),
        ("Default.WAV", "default"),
        ("alex", "alex"),
        ({"id": "santa"}, "santa"),
        ({"id": "santa.mp3"}, "santa"),
        ("onyx", "santa"),
        ("Nova", "default"),
        (" default\n", "default"),
    ],
)
async def test_a_voice_has_many_names(http, service, voice, name):
    reply = await http.post("/v1/audio/speech", json=body(voice=voice))
    assert reply.status_code == 200
    assert service.utterance.options.voice.name == f"voices/{name}"


async def test_no_voice_means_the_servers_own(http, service):
    request = body()
    del request["voice"]
    assert (await http.post("/v1/audio/speech", json=request)).status_code == 200
    assert not service.utterance.options.HasField("voice")


async def test_an_unknown_voice_is_refused_once_with_those_there_are(sdk, service):
    with pytest.raises(openai.NotFoundError) as caught:
        await sdk.audio.speech.create(model="tts-1", voice="nadie", input="Hola")
    assert caught.value.param == "voice"
    assert caught.value.code == "voice_not_found"
    assert "alex, default, santa" in caught.value.message
    assert [call.method for call in service.calls].count("SynthesizeStream") == 1


@pytest.mark.parametrize(
    "voice",
    [
        "../../etc/passwd",
        "..",
        "/etc/passwd",
        "a/b",
        "..\\..\\x.wav",
        "voices/default",
        "a\x00b",
        "ｄefault",
        "default․wav",
        "-x",
        ".wav",
        "",
        "a" * 64,
    ],
)
async def test_a_name_that_cannot_be_a_voice_never_reaches_the_service(http, service, voice):
    reply = await http.post("/v1/audio/speech", json=body(voice=voice))
    assert reply.status_code == 404
    unknown = await http.post("/v1/audio/speech", json=body(voice="nadie"))
    assert reply.json() == unknown.json()
    spoken = [call.request.utterance.options.voice.name for call in service.calls if call.method != "ListVoices"]
    assert spoken == ["voices/nadie"]


async def test_the_voice_error_needs_no_list(http, service, fail):
    service.voices_failure = fail(grpc.StatusCode.UNAVAILABLE)
    reply = await http.post("/v1/audio/speech", json=body(voice="nadie"))
    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("chatterbox-es-latam", "models/chatterbox-es-latam"),
        ("Kokoro-ES", "models/kokoro-es"),
        ("gpt-4o-mini-tts", ""),
        ("gpt-4o-mini-tts-2025-12-15", ""),
        ("tts-1-hd", ""),
    ],
)
async def test_a_models_name_or_alias(http, service, model, name):
    assert (await http.post("/v1/audio/speech", json=body(model=model))).status_code == 200
    assert service.utterance.options.model == name


@pytest.mark.parametrize("model", ["gpt-5", "../models/x", "", "a b"])
async def test_an_unknown_model_is_not_found(http, service, model):
    reply = await http.post("/v1/audio/speech", json=body(model=model))
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "model_not_found"
    assert reply.json()["error"]["param"] == "model"


async def test_a_model_that_is_not_installed_is_not_found(http, service, fail):
    service.failure = fail(grpc.StatusCode.FAILED_PRECONDITION, "MODEL_NOT_INSTALLED", es="No está instalado.")
    reply = await http.post("/v1/audio/speech", json=body())
    assert reply.status_code == 404
    assert reply.json()["error"] == {
        "message": "No está instalado.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


async def test_4096_characters_are_spoken_and_one_more_is_refused(http, service):
    assert (await http.post("/v1/audio/speech", json=body(input="ñ" * 4096))).status_code == 200
    reply = await http.post("/v1/audio/speech", json=body(input="ñ" * 4097))
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert (error["param"], error["code"]) == ("input", "string_above_max_length")
    assert "4097" in error["message"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_an_empty_text_is_refused(http, service, text):
    reply = await http.post("/v1/audio/speech", json=body(input=text))
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "input"
    assert not service.calls


@pytest.mark.parametrize("text", ["¿?", "😀", "palabra " * 300])
async def test_what_can_be_said_is_the_services_to_decide(http, service, fail, text):
    assert (await http.post("/v1/audio/speech", json=body(input=text))).status_code == 200
    assert service.utterance.text == text.strip()
    service.failure = fail(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", field="utterance.text")
    reply = await http.post("/v1/audio/speech", json=body(input=text))
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "input"


async def test_unknown_fields_and_instructions_are_taken_and_ignored(http, service):
    request = body(instructions="Con calma.", lang_code="e", volume=3, nested={"a": [1]})
    assert (await http.post("/v1/audio/speech", json=request)).status_code == 200


async def test_null_leaves_a_field_to_its_default(http, service):
    fields = ("voice", "response_format", "speed", "stream_format", "seed", "temperature", "stream", "language")
    assert (await http.post("/v1/audio/speech", json=body(**dict.fromkeys(fields)))).status_code == 200
    assert service.utterance.options.audio_format.encoding == E.AUDIO_ENCODING_MP3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input", 3),
        ("input", None),
        ("model", None),
        ("model", ["tts-1"]),
        ("voice", 3),
        ("voice", {"id": 3}),
        ("voice", {"name": "alex"}),
        ("voice", True),
        ("response_format", "ogg"),
        ("response_format", 1),
        ("speed", "1.0"),
        ("speed", True),
        ("speed", 0),
        ("speed", 0.2),
        ("speed", 4.1),
        ("speed", 10**400),
        ("stream_format", "websocket"),
        ("stream", "yes"),
        ("stream", 1),
        ("seed", 1.5),
        ("seed", True),
        ("seed", -2),
        ("seed", 2**64),
        ("temperature", 1.6),
        ("temperature", -0.1),
        ("exaggeration", 2.1),
        ("cfg_weight", 1.1),
        ("chunk_size", 49),
        ("language", 5),
        ("instructions", {}),
    ],
)
@pytest.mark.parametrize("language", ["es", "en"])
async def test_a_wrong_field_is_named(http, service, field, value, language):
    reply = await http.post("/v1/audio/speech", json=body(**{field: value}), headers={"Accept-Language": language})
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert sorted(error) == ["code", "message", "param", "type"]
    assert error["type"] == "invalid_request_error"
    assert error["param"] == field
    assert error["message"].startswith(f"'{field}' ")
    assert (" must " in error["message"]) is (language == "en")
    assert not service.calls


@pytest.mark.parametrize("field", ["model", "input"])
async def test_a_missing_field_is_named(http, field):
    request = body()
    del request[field]
    reply = await http.post("/v1/audio/speech", json=request)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"] == f"'{field}' es obligatorio."


@pytest.mark.parametrize(
    ("reason", "code"), [("OVERLOADED", "rate_limit_exceeded"), ("OUT_OF_MEMORY", "out_of_memory")]
)
async def test_a_full_service_is_a_rate_limit(bridge, service, fail, reason, code):
    service.failure = fail(grpc.StatusCode.RESOURCE_EXHAUSTED, reason, retry=1.2)
    async with openai.AsyncOpenAI(base_url=f"{bridge}/v1", api_key="sk-test", max_retries=0) as client:
        with pytest.raises(openai.RateLimitError) as caught:
            await client.audio.speech.create(model="tts-1", voice="alloy", input="Hola")
    assert caught.value.response.headers["retry-after"] == "2"
    assert (caught.value.type, caught.value.code) == ("rate_limit_error", code)


async def test_a_service_that_is_loading_is_unavailable(http, service, fail):
    service.failure = fail(grpc.StatusCode.UNAVAILABLE, "NOT_READY", retry=0.2)
    reply = await http.post("/v1/audio/speech", json=body(stream=False))
    assert reply.status_code == 503
    assert reply.headers["retry-after"] == "1"
    assert reply.json()["error"]["type"] == "server_error"


async def test_a_missing_key_is_an_authentication_error(bridge, service, fail):
    service.failure = fail(grpc.StatusCode.UNAUTHENTICATED, "BAD_KEY")
    async with openai.AsyncOpenAI(base_url=f"{bridge}/v1", api_key="sk-bad") as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.audio.speech.create(model="tts-1", voice="alloy", input="Hola")
    assert caught.value.code == "invalid_api_key"
    assert service.calls[-1].metadata["authorization"] == "Bearer sk-bad"
