"""Who a caller is: the client certificate it shows, else its address; or whom a trusted peer calls for."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import unquote

from service.api.interception import Context

PASSED_ON = "x-eslatam-caller"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}|::[A-Fa-f0-9:.]{0,37}")
_PREFIX = 64
"""Bits of an IPv6 address that one caller cannot change at will."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Callers:
    """Names callers. `trusted` holds networks, and common names of client certificates.

    Only who is in it may call for others. What anyone else says of itself is not heard: a caller that chose its own
    name would have as many limits as names.
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        networks = {entry: _network(entry) for entry in trusted}
        self._networks = [network for network in networks.values() if network is not None]
        self._names = {entry for entry, network in networks.items() if network is None}

    def name(self, context: Context) -> str:
        """The name of who sent an RPC."""
        passed_on = dict(context.invocation_metadata() or ()).get(PASSED_ON)
        host, certificate = read_host(context.peer()), _common_name(context)
        if isinstance(passed_on, str) and _NAME.fullmatch(passed_on) and self._trusts(host, certificate):
            return shorten(passed_on)
        return certificate or shorten(host)

    def _trusts(self, host: str, certificate: str) -> bool:
        address = _address(host)
        return certificate in self._names or any(address in network for network in self._networks if address)


def read_host(peer: str) -> str:
    """The host of gRPC's "ipv4:10.0.0.7:50123" and "ipv6:%5B::1%5D:50123"; the kind alone for other sockets."""
    kind, _, rest = peer.partition(":")
    return unquote(rest).rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else kind


def shorten(host: str) -> str:
    """A host as one caller: an IPv6 address counts by its network."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((address, _PREFIX), strict=False))
    return host if address is None else str(address)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        return None


def _common_name(context: Context) -> str:
    """Of the client certificate, which gRPC has checked; "" without one."""
    names = context.auth_context().get("x509_common_name", ())
    return next((name.decode(errors="replace") for name in names), "")
