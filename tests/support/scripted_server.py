"""A small HTTP server on the loopback that answers what a test tells it to: a peer for clients to talk to."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  #: names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Zoho-oauthtoken ")


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    status: int = 200
    body: object = None  #: sent as JSON; bytes are sent as they are
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HangUp:
    """Take the request and close the connection without an answer."""


@dataclass(frozen=True)
class Never:
    """Take the request and let the client wait until the server stops."""


Script = Reply | HangUp | Never | Callable[[Call], "Reply | HangUp | Never"]


class ScriptedServer:
    """Answers each (method, path) by its script; the last script of a path is repeated, an unknown path is a 404."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.connections = 0
        self._scripts: dict[tuple[str, str], deque[Script]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._http = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def on(self, method: str, path: str, *scripts: Script) -> None:
        """Say what is answered at a path, one script after the other."""
        with self._lock:
            self._scripts[method, path] = deque(scripts)

    def seen(self, method: str, path: str) -> list[Call]:
        """Give the requests that arrived at a path."""
        with self._lock:
            return [call for call in self.calls if (call.method, call.path) == (method, path)]

    def answer(self, call: Call) -> Reply | HangUp | Never:
        with self._lock:
            self.calls.append(call)
            scripts = self._scripts.get((call.method, call.path))
            if not scripts:
                script: Script = Reply(404, {"code": "INVALID_URL_PATTERN", "message": "no script", "status": "error"})
            else:
                script = scripts.popleft() if len(scripts) > 1 else scripts[0]
        return script(call) if callable(script) else script

    def wait_for_stop(self) -> None:
        self._stopping.wait()

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._http.shutdown()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):  # the client may have been faster
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()  # waits for the threads of the connections
        self._thread.join()


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Run a server for a while."""
    server = ScriptedServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


class TokenPeer:
    """An accounts server with one refresh token: counts refreshes and knows which access token is good."""

    def __init__(self, server: ScriptedServer, *, refresh_token: str = "1000.refresh", expires_in: int = 3600) -> None:
        self.refreshes = 0
        self.good: set[str] = set()
        self._server = server
        self._refresh_token = refresh_token
        self._expires_in = expires_in
        self._lock = threading.Lock()
        server.on("POST", "/oauth/v2/token", self._token)

    def guard(self, method: str, path: str, reply: Reply) -> None:
        """Answer at a path only to a good token."""

        def checked(call: Call) -> Reply:
            with self._lock:
                good = call.token in self.good
            return reply if good else INVALID_TOKEN

        self._server.on(method, path, checked)

    def withdraw(self) -> None:
        """Let every access token end."""
        with self._lock:
            self.good.clear()

    def _token(self, call: Call) -> Reply:
        with self._lock:
            if call.form.get("refresh_token") != self._refresh_token:
                return Reply(200, {"error": "invalid_code"})
            self.refreshes += 1
            token = f"1000.access{self.refreshes:08d}"
            self.good.add(token)
        return Reply(
            200,
            {
                "access_token": token,
                "api_domain": self._server.url,
                "token_type": "Bearer",
                "expires_in": self._expires_in,
            },
        )


INVALID_TOKEN = Reply(
    401, {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"}
)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Answers go out whole at once; without this the kernel waits for more.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            server.opened(self.connection)

        def finish(self) -> None:
            server.closed(self.connection)
            super().finish()

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client may go away when it likes
                super().handle()

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            length = int(self.headers.get("content-length") or 0)
            parts = urlsplit(self.path)
            call = Call(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            self._send(server.answer(call))

        def _send(self, reply: Reply | HangUp | Never) -> None:
            if isinstance(reply, Never):
                server.wait_for_stop()
            if not isinstance(reply, Reply):
                self.close_connection = True
                return
            content = reply.body if isinstance(reply.body, bytes) else b""
            if reply.body is not None and not isinstance(reply.body, bytes):
                content = json.dumps(reply.body).encode()
            head = [f"HTTP/1.1 {reply.status} scripted", f"Content-Length: {len(content)}"]
            if content:
                head.append("Content-Type: application/json;charset=UTF-8")
            head.extend(f"{name}: {value}" for name, value in reply.headers.items())
            bodiless = reply.status in {204, 304}
            self.wfile.write("\r\n".join([*head, "", ""]).encode() + (b"" if bodiless else content))

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
