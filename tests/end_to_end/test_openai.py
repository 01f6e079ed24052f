import base64
import io
import json
from fractions import Fraction
from typing import Literal, get_args

import av
import openai
import pytest
import soundfile

from benchmarks.running import Service

pytestmark = pytest.mark.slow

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
FORMATS: tuple[Format, ...] = get_args(Format)
TEXT = "Hola a todos. ¿Cómo están hoy? Esta frase es la última de las tres, y también la más larga."
RATE = 24_000
LOSSY_FRAME = {"mp3": 576, "aac": 1024}


@pytest.fixture
def client(fake: Service) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{fake.url}/v1", api_key="none", max_retries=0)


def count(audio: bytes, form: Format) -> Fraction:
    """Samples at 24 kHz that a player hears."""
    if form == "pcm":
        return Fraction(len(audio), 2)
    with av.open(io.BytesIO(audio), format={"opus": "ogg"}.get(form, form)) as container:
        rate = container.streams.audio[0].rate
        return Fraction(sum(frame.samples for frame in container.decode(audio=0)) * RATE, rate)


def create(client: openai.OpenAI, form: Format) -> bytes:
    return client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, response_format=form).content


def stream(client: openai.OpenAI, form: Format) -> bytes:
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=TEXT, response_format=form
    ) as response:
        assert response.request_id
        return b"".join(response.iter_bytes())


def events(client: openai.OpenAI, form: Format) -> bytes:
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=TEXT, response_format=form, stream_format="sse"
    ) as response:
        sent = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    *deltas, done = sent
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == done["usage"]["input_tokens"] + done["usage"]["output_tokens"] > 0
    return b"".join(base64.b64decode(event["audio"]) for event in deltas)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("way", [create, stream, events])
def test_every_format_holds_every_sample(client: openai.OpenAI, form: Format, way: object) -> None:
    natural = count(create(client, "pcm"), "pcm")
    heard = count(way(client, form), form)  # type: ignore[operator]
    if frame := LOSSY_FRAME.get(form):
        assert natural <= heard <= natural + 3 * frame
    else:
        assert heard == natural


def test_a_flac_file_opens_with_libsndfile_too(client: openai.OpenAI) -> None:
    samples, rate = soundfile.read(io.BytesIO(create(client, "flac")))
    assert (len(samples), rate) == (count(create(client, "pcm"), "pcm"), RATE)


def test_errors_are_the_sdks_own(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as model:
        client.audio.speech.create(model="gpt-9", voice="alloy", input=TEXT)
    with pytest.raises(openai.NotFoundError) as voice:
        client.audio.speech.create(model="tts-1", voice="nobody", input=TEXT)
    with pytest.raises(openai.BadRequestError) as speed:
        client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, speed=0)
    assert [caught.value.param for caught in (model, voice, speed)] == ["model", "voice", "speed"]


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert "fake" in {model.id for model in client.models.list()}
