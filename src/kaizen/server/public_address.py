"""Under which address clients reach the server, and who they are, when proxies stand between.

What a proxy says of a request (`Forwarded`, or `X-Forwarded-For`, `-Proto` and `-Host`) is believed only of those that
the settings name: everybody else could write there what they like. Each proxy adds to the end, so the lists are read
from there for as long as the one before is a named proxy, too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PAIR: Final = re.compile(r'\s*([A-Za-z-]+)=(?:"([^"]*)"|([^\s;,"]*))\s*')


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy said about the client of a request."""

    client: str = ""
    scheme: str = ""
    host: str = ""


_NO_HOP: Final = Hop()


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Tells the address of the server as a client knows it, and the client's own."""

    public_url: str  #: set once for all; empty: as requests say
    at_home: str  #: host and port for a request that names none
    proxies: tuple[Network, ...] = ()

    def url(self, headers: Mapping[str, str], peer: str) -> str:
        """Return the server's address for a request that came from a peer; header names are lower-case."""
        if self.public_url:
            return self.public_url
        hop = self._outermost(headers, peer) if self.proxies else _NO_HOP
        scheme = hop.scheme if hop.scheme in ("http", "https") else "http"
        host = hop.host if _HOST.fullmatch(hop.host) else headers.get("host") or self.at_home
        return f"{scheme}://{host}"

    def caller(self, headers: Mapping[str, str], peer: str) -> str:
        """Return the address of the client, as far as known proxies tell it."""
        return self._outermost(headers, peer).client or peer

    def _outermost(self, headers: Mapping[str, str], peer: str) -> Hop:
        """Return the hop of the known proxy that is nearest to the client; an empty hop if there is none."""
        found = _NO_HOP
        if not self._is_known(peer):
            return found
        for hop in reversed(_hops(headers)):
            found = Hop(hop.client or found.client, hop.scheme or found.scheme, hop.host or found.host)
            if not self._is_known(hop.client):
                break
        return found

    def _is_known(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return any((mapped or found) in network for network in self.proxies)


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas between them; raises ValueError with a sentence."""
    found = []
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError as error:
            raise ValueError(f"{part!r} is not an address or network; write it like 127.0.0.1 or 10.0.0.0/8") from error
    return tuple(found)


def _hops(headers: Mapping[str, str]) -> list[Hop]:
    """Read the headers of proxies, the nearest last; the standard header comes before the others."""
    forwarded = headers.get("forwarded", "")
    if forwarded:
        return [_hop(element) for element in forwarded.split(",")]
    clients, schemes, hosts = (
        [part.strip() for part in headers.get(f"x-forwarded-{name}", "").split(",")]
        for name in ("for", "proto", "host")
    )
    count = max(map(len, (clients, schemes, hosts)))
    rows = zip(*(_padded(values, count) for values in (clients, schemes, hosts)), strict=True)
    return [Hop(_address_in(client), scheme.lower(), host) for client, scheme, host in rows]


def _padded(values: list[str], count: int) -> list[str]:
    return [""] * (count - len(values)) + values


def _hop(element: str) -> Hop:
    pairs = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(element)}
    return Hop(_address_in(pairs.get("for", "")), pairs.get("proto", "").lower(), pairs.get("host", ""))


def _address_in(text: str) -> str:
    """Return the address of `192.0.2.1`, `192.0.2.1:47011`, `[2001:db8::1]:47011` or `2001:db8::1`; else nothing."""
    bracketed = re.match(r"\[([0-9A-Fa-f:.]+)\]", text)
    candidate = bracketed[1] if bracketed else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        return str(ip_address(candidate))
    except ValueError:
        return ""
