"""Each client of the bridge is a caller of its own to the service behind it."""

from collections.abc import Iterator

import grpc
import httpx
import pytest
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc

from benchmarks.running import FAKE, Service, serve

pytestmark = pytest.mark.slow

LIMITS = {
    "ESLATAM_LIMITS__CHARACTERS_PER_MINUTE": "20",
    "ESLATAM_BRIDGE__TRUSTED_PROXIES": '["127.0.0.1/32"]',
}


@pytest.fixture(scope="module")
def limited() -> Iterator[Service]:
    with serve({**FAKE, **LIMITS}) as service:
        yield service


def speak(service: Service, caller: str) -> httpx.Response:
    body = {"model": "tts-1", "voice": "default", "input": "Hola a todos.", "response_format": "pcm"}
    headers = {"X-Forwarded-For": caller, "Accept-Language": "es"}
    return httpx.post(f"{service.url}/v1/audio/speech", json=body, headers=headers, trust_env=False, timeout=60)


def test_a_caller_past_its_limit_is_told_when_to_come_back_and_others_are_served(limited: Service) -> None:
    assert speak(limited, "192.0.2.1").status_code == 200
    refused = speak(limited, "192.0.2.1")
    assert refused.status_code == 429
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 120
    error = refused.json()["error"]
    assert error["code"] == "rate_limit_exceeded"
    assert error["message"] == f"Ya usó sus 20 caracteres por minuto. Intente de nuevo en {wait} s."
    assert speak(limited, "192.0.2.2").status_code == 200


def test_the_bridges_clients_are_not_one_with_those_of_grpc(limited: Service) -> None:
    assert speak(limited, "192.0.2.3").status_code == 200
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola a todos."))
    with grpc.insecure_channel(limited.target) as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)
        assert stub.Synthesize(request).audio
        with pytest.raises(grpc.RpcError):
            stub.Synthesize(request)
        assert stub.Synthesize(request, metadata=(("x-eslatam-caller", "192.0.2.4"),)).audio
