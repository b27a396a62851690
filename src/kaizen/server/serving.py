"""The HTTP server process: a socket, uvicorn on it, and a clean end."""

import asyncio
import errno
import gc
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

import uvicorn

from kaizen.server.app import Server
from kaizen.server.edge import Edge
from kaizen.server.settings import HttpLimits

#: Seconds that requests get to finish when the server is asked to stop.
_GRACE: Final = 5
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)
#: How many more objects must have come than gone before Python looks for circles among the young ones. A call of a
#: hundred records makes some thousands at once, and lets go of all of them; Python's own 700 has them looked through
#: several times in vain.
_YOUNG: Final = 20_000


class AddressError(Exception):
    """The server cannot listen where it was asked to; the message says where and why."""


def listen(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes any free one. Raises AddressError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise AddressError(f"{host}: {error.strerror}; use an address of this machine, like 127.0.0.1") from error
    family, kind, _, _, address = found[0]
    taken = socket.socket(family, kind)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise AddressError(f"{host}:{port}: {_refused(error)}") from error
    return taken


def _refused(error: OSError) -> str:
    match error.errno:
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address; use one that it has with --host, 0.0.0.0 for all of them"
        case errno.EACCES:
            return f"{error.strerror}; ports below 1024 take a privileged user, choose another with --port"
        case _:
            return f"{error.strerror}; choose another with --port, 0 takes any free one"


def address_of(taken: socket.socket, host: str) -> str:
    """Return the address under which clients on this machine reach a socket."""
    port = taken.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"http://{name}:{port}"


def run(server: Server, taken: socket.socket, ready: Callable[[], None], limits: HttpLimits) -> None:
    """Serve until the process is asked to end; `ready` is called once the server answers."""
    edge = Edge(limits, time.monotonic)
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    config = uvicorn.Config(
        server.app,
        http=cast(Any, edge.protocol),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        # Which proxies are believed is a setting of ours; uvicorn believes all that come from this machine.
        proxy_headers=False,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=_GRACE,
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_Uvicorn(config, ready, edge).serve([taken]))


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], edge: Edge) -> None:
        super().__init__(config)
        self._ready = ready
        self._edge = edge

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        # Uvicorn ticks ten times a second.
        if counter % 10 == 0:
            self._edge.look(self.server_state.connections)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Whoever still sends may finish in half of the time; what is cut off after the whole of it leaves a traceback.
        loop = asyncio.get_running_loop()
        loop.call_later(_GRACE / 2, self._edge.end_half_sent, self.server_state.connections)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn raises the signal again after its shutdown, and the process would end with its number.
        loop = asyncio.get_running_loop()
        for ending in _ENDINGS:
            with suppress(NotImplementedError):
                loop.add_signal_handler(ending, self.handle_exit, ending, None)
        yield
