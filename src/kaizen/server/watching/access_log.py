"""A log line for each request: which operation, who, how long; never values, tokens or bodies."""

from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from kaizen.server.logs import Tell
from kaizen.server.public_address import PublicAddress
from kaizen.server.watching.exchange import Exchange

_LONGEST: Final = 200  #: characters of a fact that a stranger chose


@dataclass(frozen=True)
class AccessLog:
    """Writes the lines."""

    tell: Tell
    address: PublicAddress

    def answered(self, scope: Scope, exchange: Exchange) -> None:
        """Write the line of one request."""
        facts: dict[str, object] = {
            "request_id": exchange.request_id,
            "method": scope["method"][:_LONGEST],
            "path": _path(scope),
            "route": exchange.route,
            "status": exchange.status,
            "ms": round(exchange.seconds * 1000, 2),
            "bytes": exchange.sent,
            "client": self._client(scope),
        }
        if exchange.user_id:
            facts["user_id"] = exchange.user_id
            facts["client_id"] = exchange.client_id
        if scope["query_string"]:
            facts["query"] = _names(scope["query_string"])
        self.tell("request", facts)

    def _client(self, scope: Scope) -> str:
        peer = str(scope["client"][0]) if scope.get("client") else ""
        if not self.address.proxies:
            return peer
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return self.address.caller(headers, peer)


def _path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw[:_LONGEST].decode("latin-1")


def _names(query: bytes) -> str:
    """Return the names of the parameters; their values may be what somebody searches for."""
    return ",".join(part.partition(b"=")[0].decode("latin-1") for part in query[:4096].split(b"&"))[:_LONGEST]
