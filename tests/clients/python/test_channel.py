from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import eslatam
import grpc
import pytest
from eslatam import TLS, AsyncClient, open_channel
from eslatam._channel import _service_config
from eslatam.tts.v1 import models_pb2, models_pb2_grpc, voices_pb2, voices_pb2_grpc

Serve = Callable[[grpc.ServerCredentials], AbstractContextManager[Any]]


async def stream(client: AsyncClient) -> int:
    async with client.stream("Hola") as stream:
        return sum([chunk.sample_count async for chunk in stream])


@pytest.mark.slow
async def test_a_server_that_is_not_ready_is_tried_four_times(speech_server: Any) -> None:
    behaviour = speech_server.behaviour
    async with AsyncClient(speech_server.target) as client:
        behaviour.fail(grpc.StatusCode.UNAVAILABLE, times=3)
        assert (await client.synthesize("Hola")).audio
        assert len(behaviour.requests) == 4
        behaviour.fail(grpc.StatusCode.UNAVAILABLE, times=4)
        with pytest.raises(eslatam.UnavailableError):
            await client.synthesize("Hola")
    assert len(behaviour.requests) == 8


@pytest.mark.parametrize("api_key", [None, "secret"])
async def test_a_stream_is_tried_again_before_its_first_message(speech_server: Any, api_key: str | None) -> None:
    speech_server.behaviour.fail(grpc.StatusCode.UNAVAILABLE, times=2)
    async with AsyncClient(speech_server.target, api_key=api_key) as client:
        assert await stream(client) == 24_000
    assert len(speech_server.behaviour.requests) == 3


async def test_a_stream_is_not_tried_again_after_its_first_message(speech_server: Any) -> None:
    speech_server.behaviour.fail_midway(grpc.StatusCode.UNAVAILABLE)
    async with AsyncClient(speech_server.target) as client:
        with pytest.raises(eslatam.UnavailableError):
            await stream(client)
    assert len(speech_server.behaviour.requests) == 1


async def test_a_server_that_has_sent_metadata_is_not_tried_again(speech_server: Any) -> None:
    speech_server.behaviour.fail(grpc.StatusCode.UNAVAILABLE, after_metadata=True)
    async with AsyncClient(speech_server.target) as client:
        with pytest.raises(eslatam.UnavailableError):
            await client.synthesize("Hola")
    assert len(speech_server.behaviour.requests) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INTERNAL])
async def test_other_failures_are_not_tried_again(speech_server: Any, code: grpc.StatusCode) -> None:
    speech_server.behaviour.fail(code)
    async with AsyncClient(speech_server.target) as client:
        with pytest.raises(eslatam.SpeechError):
            await client.synthesize("Hola")
    assert len(speech_server.behaviour.requests) == 1


async def test_a_method_with_effects_is_not_tried_again(speech_server: Any) -> None:
    speech_server.behaviour.fail(grpc.StatusCode.UNAVAILABLE)
    async with open_channel(speech_server.target) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await voices_pb2_grpc.VoiceServiceStub(channel).DeleteVoice(voices_pb2.DeleteVoiceRequest())
    assert len(speech_server.behaviour.requests) == 1


@pytest.mark.slow
async def test_nobody_there_is_unavailable() -> None:
    async with AsyncClient("127.0.0.1:1") as client:
        with pytest.raises(eslatam.UnavailableError):
            await client.models()


async def test_only_a_dns_name_is_balanced_over_its_addresses(speech_server: Any) -> None:
    async with AsyncClient(f"dns:///{speech_server.target}") as client:
        assert await client.models()
    policies = [_service_config(target)["loadBalancingConfig"] for target in ("dns:///tts:1", "tts:1")]
    assert policies == [[{"round_robin": {}}], [{"pick_first": {}}]]


async def test_the_key_goes_with_every_call(speech_server: Any) -> None:
    async with AsyncClient(speech_server.target, api_key="secret") as client:
        await client.synthesize("Hola", request_id="mine")
        await stream(client)
        await client.voices()
        await client.models()
    assert [metadata["authorization"] for metadata in speech_server.behaviour.metadata] == ["Bearer secret"] * 4
    assert speech_server.behaviour.metadata[0]["x-request-id"] == "mine"


async def test_a_call_may_bring_its_own_key(speech_server: Any) -> None:
    async with open_channel(speech_server.target, api_key="ours") as channel:
        stub = models_pb2_grpc.ModelServiceStub(channel)
        await stub.ListModels(models_pb2.ListModelsRequest(), metadata=(("authorization", "Bearer theirs"),))
    assert speech_server.behaviour.metadata[0]["authorization"] == "Bearer theirs"


@pytest.mark.parametrize(
    "target",
    [
        "tts.example.com:443",
        "dns:///10.0.0.1:50051",
        "ipv4:127.0.0.1:1,10.0.0.1:1",
        "localhost.example.com:1",
        "[::2]:1",
    ],
)
def test_a_key_does_not_leave_the_machine_unencrypted(target: str) -> None:
    with pytest.raises(ValueError, match="over TLS"):
        AsyncClient(target, api_key="secret")
    AsyncClient(target, api_key="secret", tls=True)
    AsyncClient(target)


@pytest.mark.parametrize(
    "target", ["localhost:50051", "127.0.0.1:1", "[::1]:1", "dns:///localhost:1", "ipv6:[::1]:1", "unix:/run/tts.sock"]
)
def test_a_key_stays_on_this_machine(target: str) -> None:
    AsyncClient(target, api_key="secret")


@pytest.mark.parametrize("api_key", ["", "secret\n", "clave-ñ", " secret"])
def test_a_key_that_no_header_carries_is_refused_without_repeating_it(api_key: str) -> None:
    with pytest.raises(ValueError, match="line end") as caught:
        AsyncClient(api_key=api_key)
    assert "clave" not in str(caught.value)


async def test_tls_with_roots_as_bytes_or_path(serve: Serve, certificates: Any) -> None:
    with serve(server_credentials(certificates)) as server:
        for roots in (certificates.authority, str(certificates.authority), certificates.authority.read_bytes()):
            async with AsyncClient(server.target, tls=TLS(roots), api_key="secret") as client:
                assert await client.models()
        assert server.behaviour.metadata[0]["authorization"] == "Bearer secret"
        async with AsyncClient(server.target, tls=True) as client:
            with pytest.raises(eslatam.UnavailableError):
                await client.models()


async def test_mutual_tls(serve: Serve, certificates: Any) -> None:
    roots, own = certificates.authority, (certificates.client, certificates.client_key)
    with serve(server_credentials(certificates, require_client_auth=True)) as server:
        async with AsyncClient(server.target, tls=TLS(roots, *own)) as client:
            assert await client.models()
        async with AsyncClient(server.target, tls=TLS(roots)) as client:
            with pytest.raises(eslatam.UnavailableError):
                await client.models()


def server_credentials(certificates: Any, *, require_client_auth: bool = False) -> grpc.ServerCredentials:
    pair = (certificates.server_key.read_bytes(), certificates.server.read_bytes())
    return grpc.ssl_server_credentials(
        [pair],
        root_certificates=certificates.authority.read_bytes(),
        require_client_auth=require_client_auth,
    )


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(ValueError, match="together"):
        TLS(certificate=b"...")


def test_a_private_key_is_not_shown(tmp_path: Path) -> None:
    assert "hidden" not in repr(TLS(certificate=b"seen", private_key=b"hidden"))


async def test_a_local_server_is_reached_past_a_proxy(speech_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    async with AsyncClient(speech_server.target) as client:
        assert await client.models()
