import base64
import json

import grpc
import pytest
from eslatam.tts.v1.audio_pb2 import AudioEncoding as E

from rest_bridge.transcoding import read_bindings

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = {"utterance": {"text": "Hola", "options": {"audioFormat": {"encoding": "AUDIO_ENCODING_FLAC"}}}}


async def test_every_rule_of_the_contract_is_served():
    rules = {(binding.verb, binding.path, binding.method.name) for binding in read_bindings()}
    assert rules == {
        ("POST", "/api/v1/speech:synthesize", "Synthesize"),
        ("POST", "/api/v1/speech:synthesizeStream", "SynthesizeStream"),
        ("POST", "/api/v1/text:normalize", "NormalizeText"),
        ("GET", "/api/v1/voices", "ListVoices"),
        ("GET", "/api/v1/voices/{name}", "GetVoice"),
        ("PATCH", "/api/v1/voices/{voice_name}", "UpdateVoice"),
        ("DELETE", "/api/v1/voices/{name}", "DeleteVoice"),
        ("GET", "/api/v1/models", "ListModels"),
        ("GET", "/api/v1/models/{name}", "GetModel"),
    }


async def test_a_path_fills_a_field(http, service):
    reply = await http.get("/api/v1/voices/alex")
    assert reply.status_code == 200
    assert reply.json()["voice"]["name"] == "voices/alex"
    assert reply.json()["voice"]["displayName"] == "Álex"


async def test_a_query_fills_fields_under_either_name(http, service):
    for query in ({"pageSize": "1", "languageCode": "es"}, {"page_size": "1", "language_code": "es"}):
        reply = await http.get("/api/v1/voices", params=query)
        assert [voice["name"] for voice in reply.json()["voices"]] == ["voices/alex"]
        assert service.calls[-1].request.language_code == "es"


async def test_empty_lists_are_written(http, service):
    service.voices.clear()
    assert (await http.get("/api/v1/voices")).json() == {"voices": [], "nextPageToken": ""}


async def test_a_body_fills_one_field_and_the_path_another(http, service):
    reply = await http.patch("/api/v1/voices/alex?updateMask=displayName,labels", json={"displayName": "Alejandro"})
    assert reply.json()["voice"]["displayName"] == "Alejandro"
    request = service.calls[-1].request
    assert request.voice.name == "voices/alex"
    assert list(request.update_mask.paths) == ["display_name", "labels"]


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("POST", "/api/v1/text:normalize", {"json": {"text": "Hola"}}),
        ("DELETE", "/api/v1/voices/alex", {}),
    ],
)
async def test_what_is_not_built_is_not_implemented(http, service, method, path, more):
    reply = await http.request(method, path, **more)
    assert reply.status_code == 501
    error = reply.json()["error"]
    assert (error["code"], error["status"]) == (501, "UNIMPLEMENTED")
    assert error["message"] == "Este servicio todavía no hace eso."


async def test_what_is_not_found_is_said_in_the_services_words(http, service):
    reply = await http.get("/api/v1/voices/nadie")
    assert reply.status_code == 404
    assert reply.json()["error"] == {
        "code": 404,
        "status": "NOT_FOUND",
        "message": "Algo en español.",
        "reason": "VOICE_NOT_FOUND",
        "field": "",
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"utterance": {"text": 3}}, "utterance.text"),
        ({"utterance": {"text": "a", "options": {"generation": {"seed": -1}}}}, "utterance.options.generation.seed"),
        ({"utterance": {"txt": "a"}}, "utterance.txt"),
        ({"utterance": {"text": "a", "options": {"timestamps": ["X"]}}}, "utterance.options.timestamps"),
        ({"utterance": ["a"]}, "utterance.a"),
        ({"utterance": 3}, "utterance"),
        ({"nothing": 1}, "nothing"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(http, service, body, field):
    reply = await http.post("/api/v1/speech:synthesize", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == field
    assert not service.calls


async def test_nesting_without_end_is_refused(http, service):
    body = b'{"utterance": ' * 500 + b"{}" + b"}" * 500
    assert (await http.post("/api/v1/speech:synthesize", content=body)).status_code == 400


async def test_speech_is_json_unless_audio_is_asked_for(http, service, tone_of):
    reply = await http.post("/api/v1/speech:synthesize", json=TEXT, headers={"Accept": "*/*"})
    assert base64.b64decode(reply.json()["audio"]) == tone_of(E.AUDIO_ENCODING_FLAC)
    assert reply.json()["header"]["model"] == "models/kokoro-es"
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accept", ["audio/flac", "audio/*;q=0.9, text/plain", "Audio/*"])
@pytest.mark.parametrize("path", ["/api/v1/speech:synthesize", "/api/v1/speech:synthesizeStream"])
async def test_speech_is_raw_audio_where_that_is_asked_for(http, service, tone_of, path, accept):
    reply = await http.post(path, json=TEXT, headers={"Accept": accept})
    assert reply.content == tone_of(E.AUDIO_ENCODING_FLAC)
    assert reply.headers["content-type"] == "audio/flac"
    assert reply.headers["x-tts-voice"] == "default"
    assert ("content-length" in reply.headers) is path.endswith("synthesize")


async def test_a_stream_is_one_event_a_line(http, service, tone_of):
    reply = await http.post("/api/v1/speech:synthesizeStream", json=TEXT)
    assert reply.headers["content-type"] == "application/x-ndjson"
    events = [json.loads(line) for line in reply.text.splitlines()]
    assert [next(iter(event)) for event in events] == ["header", *["audio"] * 5, "summary"]
    audio = b"".join(base64.b64decode(event["audio"]["data"]) for event in events[1:-1])
    assert audio == tone_of(E.AUDIO_ENCODING_FLAC)
    assert events[-1]["summary"]["speechTokenCount"] == 25


async def test_a_stream_that_fails_later_ends_with_the_error(http, service, fail):
    service.failure, service.break_after = fail(grpc.StatusCode.UNAVAILABLE, "NOT_READY"), 1
    reply = await http.post("/api/v1/speech:synthesizeStream", json=TEXT)
    assert reply.status_code == 200
    assert json.loads(reply.text.splitlines()[-1])["error"]["status"] == "UNAVAILABLE"


async def test_a_stream_that_fails_at_once_keeps_its_status(http, service, fail):
    service.failure = fail(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", retry=3)
    reply = await http.post("/api/v1/speech:synthesizeStream", json=TEXT)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "3")


async def test_a_reference_clip_larger_than_a_text_is_taken(http, service):
    clip = base64.b64encode(b"\0" * 2_000_000).decode()
    body = {"utterance": {"text": "Hola", "options": {"voice": {"referenceAudio": clip}}}}
    assert (await http.post("/api/v1/speech:synthesize", json=body)).status_code != 413
