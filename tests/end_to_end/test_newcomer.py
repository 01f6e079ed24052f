"""What a newcomer does first, on the embedded voice."""

import io
from collections.abc import Mapping

import av
import httpx
import pytest
from eslatam import Client

from benchmarks.running import Service

OPENAI = {
    "model": "chatterbox-es-latam",
    "input": "Hola, bienvenido al sistema TTS.",
    "voice": "default.wav",
    "response_format": "mp3",
    "speed": 1.0,
}
CUSTOM = {
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


@pytest.mark.parametrize(
    ("path", "body", "media"), [("/v1/audio/speech", OPENAI, "audio/mpeg"), ("/tts", CUSTOM, "audio/wav")]
)
def test_the_first_requests_speak(embedded: Service, path: str, body: Mapping[str, object], media: str) -> None:
    reply = httpx.post(embedded.url + path, json=body, timeout=60)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == media
    assert reply.headers["x-tts-model"] == "kokoro-es"
    assert reply.headers["x-tts-voice"] == "default"
    assert reply.headers["x-tts-fallback"] == "chatterbox-es-latam is not installed"
    assert reply.headers["x-request-id"]
    with av.open(io.BytesIO(reply.content)) as audio:
        frames = [frame.to_ndarray() for frame in audio.decode(audio=0)]
        seconds = sum(frame.shape[-1] for frame in frames) / audio.streams.audio[0].rate
    assert 1.5 < seconds < 5
    assert max(abs(frame.astype(float)).max() for frame in frames) > 0


@pytest.mark.slow
def test_the_voice_repeats_itself_exactly(embedded: Service) -> None:
    with Client(embedded.target) as client:
        first, second = (client.synthesize("Buenas tardes, Bogotá.", encoding="pcm").audio for _ in range(2))
        other = client.synthesize("Buenas tardes, Bogotá.", encoding="pcm", voice="alex").audio
    assert first == second
    assert first != other


@pytest.mark.slow
def test_speed_and_country_change_the_speech(embedded: Service) -> None:
    text = "Yo me llamo Guillermo y soy de Rosario."
    with Client(embedded.target) as client:
        natural = client.synthesize(text, encoding="pcm", language="es-MX")
        fast = client.synthesize(text, encoding="pcm", speaking_rate=2.0)
        argentine = client.synthesize(text, encoding="pcm", language="es-AR")
    assert fast.summary.audio_duration == pytest.approx(natural.summary.audio_duration / 2, rel=0.01)
    assert argentine.audio != natural.audio
