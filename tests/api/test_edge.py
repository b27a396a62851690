"""What a connection may cost: real sockets against uvicorn's protocol with our limits, on a clock that is turned."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from kaizen.server.edge import Edge
from kaizen.server.settings import HttpLimits
from tests.support.server import KaizenProcess

LIMITS = HttpLimits(connections=3, header_bytes=4096, header_seconds=20, body_seconds=30, write_seconds=60)
MORE_THAN_ANY_BUFFER = b"x" * (64 * 1024 * 1024)


@dataclass
class Served:
    """A server with limits, its clock, and what its application saw."""

    port: int
    edge: Edge
    state: ServerState
    clock: list[float]
    bodies: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    clients: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.clients.append(writer)
        return reader, writer

    def later(self, seconds: float) -> None:
        self.clock[0] += seconds
        self.edge.look(self.state.connections)


@asynccontextmanager
async def served(answer: bytes = b"ok") -> AsyncIterator[Served]:
    clock = [0.0]
    edge, state = Edge(LIMITS, lambda: clock[0]), ServerState()
    loop = asyncio.get_running_loop()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                found.gone.append(body)
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        found.bodies.append(body)
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    config = Config(app, log_config=None, lifespan="off")
    server = await loop.create_server(lambda: edge.protocol(config, state, {}, loop), "127.0.0.1", 0)
    found = Served(server.sockets[0].getsockname()[1], edge, state, clock)
    try:
        yield found
    finally:
        server.close()
        for client in found.clients:
            client.close()
        for connection in list(state.connections):
            connection.transport.abort()  # type: ignore[union-attr]  # ours is no websocket


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until something is true; the test's own limit of time ends what never is."""
    while not holds():
        await asyncio.sleep(0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]  # a coroutine function


def test_a_request_within_the_limits_is_answered_and_the_next_on_the_same_connection() -> None:
    async def test() -> None:
        async with served() as server:
            reader, writer = await server.connect()
            for body in (b"one", b"another"):
                writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            assert server.bodies == [b"one", b"another"]

    run(test)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 5000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"y" * 5000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 1000 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n", b"400"),
    ],
    ids=["one long header", "a long address", "many headers", "two hosts", "the same host twice"],
)
def test_headers_beyond_the_limits_are_refused_before_the_application_hears_of_them(head: bytes, status: bytes) -> None:
    async def test() -> None:
        async with served() as server:
            reader, writer = await server.connect()
            writer.write(head)
            answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 " + status)
            assert not server.bodies

    run(test)


def test_headers_without_end_are_refused_when_the_limit_is_reached() -> None:
    async def test() -> None:
        async with served() as server:
            reader, writer = await server.connect()
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nx: ")
            answer, sent = asyncio.create_task(reader.read()), 0
            while not answer.done() and sent < 10_000_000:
                writer.write(b"y" * 65536)
                await writer.drain()
                sent += 65536
                await asyncio.sleep(0)
            assert (await answer).startswith(b"HTTP/1.1 431")
            assert sent < 2_000_000

    run(test)


def test_what_comes_too_late_is_refused_and_told_in_one_line_for_each_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        async with served() as server:
            slow, half = await server.connect(), await server.connect()
            slow[1].write(b"GET / HTTP/1.1\r\nhost")
            half[1].write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n" + b"b" * 5000)
            await until(lambda: any(getattr(each, "_body", 0) == 5000 for each in server.state.connections))

            server.later(21)
            assert (await slow[0].read()).startswith(b"HTTP/1.1 408")

            server.later(13)
            assert not half[0].at_eof()  # 5,000 bytes earned five seconds more
            server.later(2)
            assert (await half[0].read()).startswith(b"HTTP/1.1 408")
            await until(lambda: bool(server.gone))
            assert not server.bodies

            server.later(3)
            await until(lambda: not server.state.connections)

    with caplog.at_level(logging.WARNING, "kaizen.server"):
        run(test)

    told = [(each.reason, each.count) for each in caplog.records if each.message == "connection.ended"]  # type: ignore[attr-defined]
    assert told == [("the headers did not come in time", 1), ("the body did not come in time", 1)]


def test_an_answer_that_nobody_reads_is_not_kept_for_ever() -> None:
    async def test() -> None:
        async with served(MORE_THAN_ANY_BUFFER) as server:
            client = socket.create_connection(("127.0.0.1", server.port))
            client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            await until(lambda: any(each._unread_since is not None for each in server.state.connections))  # type: ignore[union-attr]
            server.later(59)
            assert server.state.connections
            server.later(2)
            await until(lambda: not server.state.connections)
            client.close()

    run(test)


def test_more_connections_than_allowed_are_refused_with_503() -> None:
    async def test() -> None:
        async with served() as server:
            kept = [await server.connect() for _ in range(3)]
            await until(lambda: len(server.state.connections) == 3)
            reader, _ = await server.connect()
            assert (await reader.read()).startswith(b"HTTP/1.1 503")
            kept[0][1].write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert (await kept[0][0].readuntil(b"ok")).startswith(b"HTTP/1.1 200")

    run(test)


def test_a_server_asked_to_end_ends_quietly_with_half_a_body_on_the_way(tmp_path: Path) -> None:
    server = KaizenProcess(tmp_path, "--ephemeral")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as api, socket.create_connection((host, int(port))) as accounts:
        half = b"host: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 900\r\n\r\n{"
        api.sendall(b"POST /crm/v8/Leads HTTP/1.1\r\n" + half)
        accounts.sendall(b"POST /oauth/v2/token HTTP/1.1\r\n" + half)
        with socket.create_connection((host, int(port))) as whole:
            whole.sendall(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            assert whole.recv(100).startswith(b"HTTP/1.1 200")
        server._process.terminate()
        said, _ = server._process.communicate(timeout=60)

    assert server._process.returncode == 0
    assert "Traceback" not in said
    assert "error" not in said.lower()
