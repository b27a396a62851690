"""What one connection may cost before a request is known: bytes and seconds, for headers, body and reading answers."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from kaizen.server.settings import HttpLimits

log = logging.getLogger("kaizen.server")

#: How much of one read may belong to the request before the headers that are being counted, in bytes.
_READ: Final = 256 * 1024
#: Seconds in which a refused client can read why, while what it still sends is thrown away.
_LINGER: Final = 2.0


class _Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()  #: the next request; uvicorn's own timer closes it
    HEADERS = auto()
    BODY = auto()
    ANSWER = auto()  #: the application, or the client that reads the answer
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection is closed; without a status nothing is sent to the client."""

    reason: str
    status: int = 0


_TOO_MANY: Final = Refusal("too many connections", 503)
_LARGE_HEADERS: Final = Refusal("the headers are too large", 431)
_TWO_HOSTS: Final = Refusal("there are two Host headers", 400)
_LATE_HEADERS: Final = Refusal("the headers did not come in time", 408)
_LATE_BODY: Final = Refusal("the body did not come in time", 408)
_UNREAD: Final = Refusal("the answer was not read in time")


class Edge:
    """The limits of all connections of one server.

    `look` is to be called every second or so: it ends the connections that are late, and says in one line for each
    reason how many were ended since the last look, so that a flood of connections does not flood the log.
    """

    def __init__(self, limits: HttpLimits, now: Callable[[], float]) -> None:
        self.limits = limits
        self.now = now
        self._ended: Counter[str] = Counter()
        self._last: dict[str, str] = {}

    def protocol(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None
    ) -> "BoundedProtocol":
        """Make the protocol of one connection, as uvicorn asks for it."""
        return BoundedProtocol(self, config, server_state, app_state, _loop)

    def look(self, connections: Iterable[object]) -> None:
        """End the connections that are late, and log what was ended."""
        now = self.now()
        for connection in list(connections):
            if isinstance(connection, BoundedProtocol):
                connection.end_if_late(now)
        for reason, count in self._ended.items():
            log.warning("connection.ended", extra={"reason": reason, "count": count, "last_client": self._last[reason]})
        self._ended.clear()

    def end_half_sent(self, connections: Iterable[object]) -> None:
        """Close the connections whose request is incomplete: no work on it has begun."""
        for connection in list(connections):
            if isinstance(connection, BoundedProtocol):
                connection.end_half_sent()

    def note(self, reason: str, client: str) -> None:
        """Note that a connection was ended."""
        self._ended[reason] += 1
        self._last[reason] = client


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with limits; what it cannot bound itself is counted here."""

    def __init__(
        self, edge: Edge, config: Config, server_state: ServerState, app_state: dict[str, Any], loop: Any
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._edge = edge
        self._phase = _Phase.IDLE
        self._since = 0.0
        self._head = 0  #: bytes of the headers so far, counted in whole reads
        self._begun = False  #: whether the present read holds the begin of a request
        self._body = 0  #: bytes of the body so far
        self._unread_since: float | None = None  #: since when the client reads nothing of what was written
        self._refusal: Refusal | None = None

    # -- what asyncio calls

    def connection_made(self, transport: Any) -> None:
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        self._enter(_Phase.HEADERS)
        if len(self.connections) > self._edge.limits.connections:
            self._refuse(_TOO_MANY)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request; what a refused client still sends is thrown away."""
        if self._phase is _Phase.REFUSED:
            return
        self._begun = False
        super().data_received(data)
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._phase is _Phase.HEADERS:
            self._head = len(data) if self._begun else self._head + len(data)
            if self._head > self._edge.limits.header_bytes + _READ:
                self._refuse(_LARGE_HEADERS)

    def eof_received(self) -> None:
        """Take the end of what the client sends."""
        if self._phase is _Phase.REFUSED:
            self.transport.close()
        super().eof_received()

    def pause_writing(self) -> None:
        """Note since when the client does not read."""
        self._unread_since = self._edge.now()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client reads."""
        self._unread_since = None
        super().resume_writing()

    # -- what the parser calls

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._begun = True
        self._enter(_Phase.HEADERS)

    def on_headers_complete(self) -> None:
        """Let the application have a request, unless its headers are refused."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._edge.limits.header_bytes:
            self._refusal = _LARGE_HEADERS
        elif sum(name == b"host" for name, _ in self.headers) > 1:
            self._refusal = _TWO_HOSTS
        else:
            self._body = 0
            self._enter(_Phase.BODY)
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._refusal is None:
            self._body += len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        if self._refusal is None:
            self._enter(_Phase.ANSWER)
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Take the end of an answer; the rest of a body that is not read is still bounded."""
        if self._phase is _Phase.ANSWER:
            self._enter(_Phase.IDLE)
        super().on_response_complete()

    # -- the limits

    def end_if_late(self, now: float) -> None:
        """End the connection when what it waits for did not come in time."""
        limits, waited = self._edge.limits, now - self._since
        if self._unread_since is not None and now - self._unread_since > limits.write_seconds:
            self._abort(_UNREAD)
            return
        match self._phase:
            case _Phase.HEADERS if waited > limits.header_seconds:
                self._refuse(_LATE_HEADERS)
            case _Phase.BODY if waited > limits.body_seconds + self._body / limits.body_bytes_per_second:
                self._refuse(_LATE_BODY)
            case _Phase.REFUSED if waited > _LINGER:
                self.transport.abort()
            case _:
                pass

    def end_half_sent(self) -> None:
        """End the connection when its request is not there whole."""
        if self._phase in (_Phase.HEADERS, _Phase.BODY):
            self.transport.abort()

    def _enter(self, phase: _Phase) -> None:
        self._phase, self._since = phase, self._edge.now()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with the reason, once, and close the connection when the client has had time to read it."""
        self._edge.note(refusal.reason, self._named())
        answered = self.cycle is not None and self.cycle.response_started
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._enter(_Phase.REFUSED)
        self._refusal = refusal
        if answered or self.transport.is_closing():
            self.transport.close()
            return
        text = refusal.reason.encode()
        headers = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        self.transport.write(STATUS_LINE[refusal.status] + headers % len(text) + text)
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _abort(self, refusal: Refusal) -> None:
        self._edge.note(refusal.reason, self._named())
        self._unread_since = None
        self.transport.abort()

    def _named(self) -> str:
        return f"{self.client[0]}:{self.client[1]}" if self.client else "unknown"
