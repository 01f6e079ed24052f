"""Channels to the service, set up as the service wants them."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import MethodOptions

from eslatam._api_key import ApiKey
from eslatam.tts.v1 import models_pb2, speech_pb2, voices_pb2

PEM = bytes | str | os.PathLike[str]
"""Certificates or a key in PEM: the bytes themselves, or the path of the file that holds them."""

_HOST = r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?"
_LOOPBACK = re.compile(rf"unix(-abstract)?:.+|((dns|ipv4|ipv6):/{{0,3}})?{_HOST}(,{_HOST})*")


@dataclass(frozen=True, slots=True)
class TLS:
    """An encrypted connection. Without root certificates gRPC's own are trusted.

    `certificate` and `private_key` are the client's, for servers that ask for them.
    """

    root_certificates: PEM | None = None
    certificate: PEM | None = None
    private_key: PEM | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("A client certificate and its private key go together.")


def open_channel(target: str, *, tls: bool | TLS = False, api_key: str | None = None) -> grpc.aio.Channel:
    """A channel for the generated stubs, with the retries, keepalive and limits the service expects.

    Call it in a running event loop. The key goes as `authorization: Bearer`, unless a call brings its own.
    Raises ValueError where the key would leave this machine unencrypted.
    """
    check_key(api_key, target, tls=tls)
    interceptors = None if api_key is None else ApiKey(api_key).interceptors()
    if not tls:
        return grpc.aio.insecure_channel(target, _options(target), interceptors=interceptors)
    credentials = _credentials(tls if isinstance(tls, TLS) else TLS())
    return grpc.aio.secure_channel(target, credentials, _options(target), interceptors=interceptors)


def check_key(api_key: str | None, target: str, *, tls: bool | TLS) -> None:
    """Raises ValueError where the key cannot be sent, or would leave this machine unencrypted."""
    if api_key is None:
        return
    if not (api_key.isascii() and api_key.isprintable() and api_key.strip() == api_key != ""):
        raise ValueError("The API key has characters that a header cannot carry; look for a stray line end.")
    if not tls and not _LOOPBACK.fullmatch(target):
        raise ValueError(f"An API key is only sent to {target} over TLS: pass tls=True.")


def _credentials(tls: TLS) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        _read(tls.root_certificates), private_key=_read(tls.private_key), certificate_chain=_read(tls.certificate)
    )


def _read(pem: PEM | None) -> bytes | None:
    return pem if pem is None or isinstance(pem, bytes) else Path(pem).read_bytes()


def _options(target: str) -> list[tuple[str, Any]]:
    return [
        # The probe widens the window until a reader that stalls has swallowed minutes of audio.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.max_receive_message_length", 128 * 1024 * 1024),
        ("grpc.service_config", json.dumps(_service_config(target))),
        # A proxy's "localhost" is another machine.
        ("grpc.enable_http_proxy", 0 if _LOOPBACK.fullmatch(target) else 1),
    ]


def _service_config(target: str) -> dict[str, Any]:
    retry = {
        "maxAttempts": 4,
        "initialBackoff": "0.2s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    policy = "round_robin" if target.startswith("dns:///") else "pick_first"
    return {
        "loadBalancingConfig": [{policy: {}}],
        "methodConfig": [{"name": _safe_methods(), "retryPolicy": retry}],
    }


def _safe_methods() -> list[dict[str, str]]:
    """The methods that the contract says may be repeated without harm."""
    return [
        {"service": service.full_name, "method": method.name}
        for file in (speech_pb2, voices_pb2, models_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    ]
