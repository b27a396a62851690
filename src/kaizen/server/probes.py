"""What those ask who look after a server: is it alive, can it write, what does it count."""

import hmac
import logging
from asyncio import Lock
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaizen.server.accounts_api import json_response
from kaizen.server.http.kernel import headers_of, peer_of
from kaizen.server.watching.metrics import CONTENT_TYPE, Metrics
from kaizen.store import Database
from kaizen.store.errors import RefusedByStoreError

log = logging.getLogger("kaizen.server")

#: Seconds for which an answer to "can it write" holds, so that asking often writes no more often.
_FRESH: Final = 1.0
_FORWARDING: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


@dataclass
class Probes:
    """The operations; none of them needs an access token."""

    store: Database
    metrics: Metrics
    metrics_token: str  #: empty: only programs on this machine read the metrics
    now: Callable[[], float]
    _turn: Lock = field(default_factory=Lock)
    _asked: float | None = None
    _why_not: str = ""  #: why the database cannot be written; empty: it can

    def routes(self) -> list[Route]:
        """Return the operations."""
        return [
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
            Route("/metrics", self.counts),
        ]

    async def alive(self, _: Request) -> Response:
        """Answer, which is all there is to say: the process serves requests."""
        return json_response({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Answer whether the database can be written, or why not."""
        async with self._turn:
            if self._asked is None or self.now() - self._asked >= _FRESH:
                self._why_not = await self._prove()
                self._asked = self.now()
        if self._why_not:
            return json_response({"status": "unavailable", "reason": self._why_not}, 503)
        return json_response({"status": "ok"})

    async def _prove(self) -> str:
        try:
            await self.store.prove_writable()
        except RefusedByStoreError as error:
            log.warning("server.not_ready", extra={"reason": str(error)})
            return error.public.partition(";")[0]
        return ""

    async def counts(self, request: Request) -> Response:
        """Answer the metrics to who may read them."""
        headers = headers_of(request.scope)
        if self.metrics_token:
            given = headers.get("authorization", "").removeprefix("Bearer ").strip()
            if not hmac.compare_digest(given.encode(), self.metrics_token.encode()):
                return json_response({"status": "error", "reason": "send metrics.token as a bearer token"}, 401)
        elif not _is_near(peer_of(request.scope)) or any(name in headers for name in _FORWARDING):
            reason = "only programs on the server's machine read the metrics, unless metrics.token is set"
            return json_response({"status": "error", "reason": reason}, 403)
        return Response(await self.metrics.shown(), media_type=CONTENT_TYPE)


def _is_near(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False
