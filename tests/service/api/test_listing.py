import grpc
import pytest
from eslatam import AsyncClient, InvalidRequestError
from eslatam.tts.v1 import models_pb2, models_pb2_grpc, voices_pb2, voices_pb2_grpc

from tests.service.conftest import StartServer


async def test_voices_say_which_models_speak_with_them(start_server: StartServer) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        voices = await client.voices()
    assert {voice.id: voice.models for voice in voices} == {
        "alex": ("fake",),
        "base-en": (),
        "default": ("fake",),
        "santa": ("fake",),
    }


async def test_a_voice_that_no_model_speaks_with_is_refused_by_its_name(start_server: StartServer) -> None:
    server = await start_server()
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        with pytest.raises(InvalidRequestError) as caught:
            await client.synthesize("Hola.", voice="base-en")
    assert caught.value.reason == "UNSUPPORTED_OPTION"
    assert [violation.field for violation in caught.value.violations] == ["utterance.options.voice.name"]


async def test_voices_come_in_pages(start_server: StartServer) -> None:
    server = await start_server()
    names, token = [], ""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = voices_pb2_grpc.VoiceServiceStub(channel)
        while True:
            page = await stub.ListVoices(voices_pb2.ListVoicesRequest(page_size=2, page_token=token))
            names.append([voice.name for voice in page.voices])
            if not (token := page.next_page_token):
                break
    assert names == [["voices/alex", "voices/base-en"], ["voices/default", "voices/santa"]]


async def test_voices_can_be_asked_by_language(start_server: StartServer) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = voices_pb2_grpc.VoiceServiceStub(channel)
        mexican = await stub.ListVoices(voices_pb2.ListVoicesRequest(language_code="es-mx"))
        german = await stub.ListVoices(voices_pb2.ListVoicesRequest(language_code="de"))
    assert len(mexican.voices) == 3
    assert not german.voices


async def test_a_voice_is_found_by_id_and_by_alias(start_server: StartServer) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = voices_pb2_grpc.VoiceServiceStub(channel)
        for name in ("voices/default", "voices/dora"):
            reply = await stub.GetVoice(voices_pb2.GetVoiceRequest(name=name))
            assert reply.voice.name == "voices/default"
            assert reply.voice.reference_duration.seconds >= 10


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("voices/nobody", grpc.StatusCode.NOT_FOUND),
        ("voices/../default", grpc.StatusCode.INVALID_ARGUMENT),
        ("voices/DEFAULT", grpc.StatusCode.INVALID_ARGUMENT),
        ("default", grpc.StatusCode.INVALID_ARGUMENT),
        ("", grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_other_names_find_nothing(start_server: StartServer, name: str, code: grpc.StatusCode) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = voices_pb2_grpc.VoiceServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetVoice(voices_pb2.GetVoiceRequest(name=name))
    assert caught.value.code() is code


async def test_a_strange_page_token_is_refused(start_server: StartServer) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = voices_pb2_grpc.VoiceServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ListVoices(voices_pb2.ListVoicesRequest(page_token="ñ"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_models_tell_what_is_installed_and_why_not(start_server: StartServer) -> None:
    server = await start_server(models={"default": "chatterbox-es-latam", "fallback": "fake"})
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        missing, fake = await client.models()
    assert (missing.id, missing.installed, missing.is_default) == ("chatterbox-es-latam", False, True)
    assert missing.fallback == "fake"
    assert missing.unavailable_reason
    assert (fake.id, fake.installed, fake.state, fake.device) == ("fake", True, "ready", "cpu")
    assert fake.sample_rate == 24_000
    assert fake.can_clone


async def test_a_model_is_found_by_name(start_server: StartServer) -> None:
    server = await start_server()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = models_pb2_grpc.ModelServiceStub(channel)
        reply = await stub.GetModel(models_pb2.GetModelRequest(name="models/fake"))
        assert reply.model.state == models_pb2.MODEL_STATE_READY
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetModel(models_pb2.GetModelRequest(name="models/none"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
