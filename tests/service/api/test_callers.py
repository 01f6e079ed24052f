from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from eslatam.tts.v1 import speech_pb2, speech_pb2_grpc

from service.api.callers import Callers
from service.models.fake import FakeModel
from tests.service.api.test_speech import until_active
from tests.service.conftest import StartServer
from tests.service.engine.test_local import Gate

LOOPBACK = ("127.0.0.0/8", "::1/128")


def make_context(peer: str, passed_on: Any = None, certificate: bytes = b"") -> Any:
    metadata = () if passed_on is None else (("x-eslatam-caller", passed_on),)
    names = {"x509_common_name": [certificate]} if certificate else {}
    return SimpleNamespace(invocation_metadata=lambda: metadata, peer=lambda: peer, auth_context=lambda: names)


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        ("ipv4:10.0.0.7:50123", "10.0.0.7"),
        ("ipv6:%5B::1%5D:50123", "::1"),
        ("ipv6:%5B2001:db8::aa:1%5D:50123", "2001:db8::/64"),
        ("ipv6:[2001:db8::bb:2]:50123", "2001:db8::/64"),
        ("ipv6:%5B::ffff:10.0.0.7%5D:50123", "10.0.0.7"),
        ("ipv6:%5Bfe80::1%25eth0%5D:50123", "fe80::/64"),
        ("unix:", "unix"),
        ("unix:/run/tts.sock", "unix"),
    ],
)
def test_a_caller_is_its_host_without_the_port(peer: str, name: str) -> None:
    assert Callers(()).name(make_context(peer)) == name


def test_a_client_certificate_names_its_caller() -> None:
    assert Callers(LOOPBACK).name(make_context("ipv4:10.0.0.7:1", certificate=b"agents")) == "agents"


@pytest.mark.parametrize(
    ("peer", "certificate"), [("ipv4:127.0.0.1:1", b""), ("ipv6:%5B::1%5D:1", b""), ("ipv4:10.0.0.7:1", b"bridge")]
)
def test_who_is_trusted_calls_for_others(peer: str, certificate: bytes) -> None:
    callers = Callers((*LOOPBACK, "bridge"))
    assert callers.name(make_context(peer, "192.0.2.9", certificate)) == "192.0.2.9"
    assert callers.name(make_context(peer, "2001:db8::9", certificate)) == "2001:db8::/64"
    assert callers.name(make_context(peer, None, certificate)) == (
        certificate.decode() or peer.split(":", 1)[1][:-2].replace("%5B", "").replace("%5D", "")
    )


@pytest.mark.parametrize("certificate", [b"", b"127.0.0.1", b"agents"])
def test_who_is_not_keeps_its_own_name_whatever_it_says(certificate: bytes) -> None:
    own = certificate.decode() or "10.0.0.7"
    callers = Callers((*LOOPBACK, "bridge"))
    assert callers.name(make_context("ipv4:10.0.0.7:1", "somebody-else", certificate)) == own


@pytest.mark.parametrize("passed_on", ["", "a b", "x" * 129, "ñ", b"raw", "a\nb"])
def test_a_name_that_is_none_is_not_heard(passed_on: str | bytes) -> None:
    assert Callers(LOOPBACK).name(make_context("ipv4:127.0.0.1:1", passed_on)) == "127.0.0.1"


@pytest.mark.parametrize(("trusted", "served"), [(LOOPBACK, True), ((), False)])
async def test_a_made_up_name_escapes_no_limit(
    start_server: StartServer, trusted: tuple[str, ...], served: bool
) -> None:
    gate = Gate()
    limits = {"concurrent_streams": 1, "trusted_callers": trusted}
    server = await start_server(FakeModel(before_unit=gate), limits=limits)
    request = speech_pb2.SynthesizeRequest(utterance=speech_pb2.Utterance(text="Hola."))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = speech_pb2_grpc.SpeechServiceStub(channel)
        first = stub.Synthesize(request, metadata=(("x-eslatam-caller", "ana"),))
        await until_active(1)
        second = stub.Synthesize(request, metadata=(("x-eslatam-caller", "beto"),))
        if served:
            await until_active(2)
        else:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await second
            assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        gate.open.set()
        assert (await first).audio
        assert not served or (await second).audio
