"""One request and its answer, as those see them who watch the server."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from starlette.types import Message, Scope, Send

from kaizen.server.logs import REQUEST_ID

#: The status of an answer that nobody waited for.
CLIENT_GONE: Final = 499

_HEADER: Final = b"x-request-id"
_ACCEPTED: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")


@dataclass(slots=True)
class Exchange:
    """One request; who answers it fills in what it learns."""

    request_id: str
    began: float
    route: str = ""  #: pattern of the operation; empty for an address that is none
    user_id: int = 0
    client_id: str = ""
    status: int = CLIENT_GONE
    sent: int = 0  #: bytes of the answer's body
    seconds: float = 0.0


class Watcher(Protocol):
    """Somebody to be told of each request when it is answered."""

    def answered(self, scope: Scope, exchange: Exchange) -> None:
        """Take note of it."""


@dataclass(frozen=True)
class Watch:
    """Numbers the requests, and tells those who watch of each."""

    now: Callable[[], float]
    prefix: str  #: of request ids; another one for each start
    watchers: Sequence[Watcher] = ()
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def begin(self, scope: Scope) -> Exchange:
        """Begin to watch a request; one that a client or proxy numbered keeps its number."""
        given = b""
        for name, value in scope["headers"]:
            if name == _HEADER:
                given = value
        known = given.decode() if _ACCEPTED.fullmatch(given) else f"{self.prefix}-{next(self._numbers):x}"
        REQUEST_ID.set(known)
        return Exchange(known, self.now())

    def end(self, scope: Scope, exchange: Exchange) -> None:
        """Tell of a request that was answered, or whose client has gone."""
        exchange.seconds = self.now() - exchange.began
        for watcher in self.watchers:
            watcher.answered(scope, exchange)


def watched(send: Send, exchange: Exchange) -> Send:
    """Return a `send` that notes what was answered, and puts the number of the request beside it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (_HEADER, exchange.request_id.encode())]
        else:
            exchange.sent += len(message.get("body", b""))
        await send(message)

    return sending
