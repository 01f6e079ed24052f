import base64

import pytest
from eslatam.tts.v1.audio_pb2 import AudioEncoding as E

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "Hola, mundo."
ROUTES = {
    "/tts": {"text": TEXT, "output_format": "mp3"},
    "/v1/audio/speech": {"model": "tts-1", "input": TEXT},
}


@pytest.mark.parametrize("route", ROUTES)
async def test_word_times_come_with_the_whole_recording(http, tone_of, route):
    reply = await http.post(route, json={**ROUTES[route], "timestamps": "word"})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-tts-voice"] == "default"
    content = reply.json()
    assert content.keys() == {"audio", "media_type", "duration", "timestamps"}
    assert base64.b64decode(content["audio"]) == tone_of(E.AUDIO_ENCODING_MP3)
    assert (content["media_type"], content["duration"]) == ("audio/mpeg", 1.0)
    hello, world = content["timestamps"]
    assert hello == {
        "text": "Hola", "spoken_text": "Hola", "offset": 0, "length": 4,
        "start": 0.0, "end": pytest.approx(4 / 12, abs=1e-6), "segment_index": 0,
    }  # fmt: skip
    assert (world["text"], world["offset"]) == ("mundo", 6)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("form", "start"), [("srt", "1\n00:00:00,000 --> 00:00:00,917\n"), ("vtt", "WEBVTT\n\n00:00:00.000 --> ")]
)
async def test_subtitles_come_with_the_whole_recording(http, route, form, start):
    content = (await http.post(route, json={**ROUTES[route], "subtitles": form})).json()
    assert content.keys() == {"audio", "media_type", "duration", "subtitles"}
    assert content["subtitles"].startswith(start)
    assert TEXT in content["subtitles"]


async def test_both_may_be_asked_for(http):
    content = (await http.post("/tts", json={"text": TEXT, "timestamps": "segment", "subtitles": "vtt"})).json()
    assert [stamp["text"] for stamp in content["timestamps"]] == [TEXT]
    assert content["subtitles"].startswith("WEBVTT")


async def test_subtitles_do_without_words_where_the_model_does_not_time_them(http, service):
    service.times_words = False
    content = (await http.post("/tts", json={"text": TEXT, "subtitles": "srt"})).json()
    assert content["subtitles"] == f"1\n00:00:00,000 --> 00:00:01,000\n{TEXT}\n\n"
    refused = await http.post("/tts", json={"text": TEXT, "timestamps": "word", "subtitles": "srt"})
    assert refused.status_code == 400


@pytest.mark.parametrize("how", [{"stream": True}, {"stream_format": "sse"}])
async def test_times_are_not_streamed(http, service, how):
    reply = await http.post("/v1/audio/speech", json={**ROUTES["/v1/audio/speech"], "timestamps": "word", **how})
    assert reply.status_code == 400
    assert next(iter(how)) in reply.text
    assert service.calls == []


@pytest.mark.parametrize("wrong", [{"timestamps": "letter"}, {"timestamps": ["word"]}, {"subtitles": "ass"}])
async def test_what_there_is_not_is_refused(http, wrong):
    reply = await http.post("/tts", json={"text": TEXT, **wrong})
    assert reply.status_code == 422
    assert next(iter(wrong)) in reply.text
