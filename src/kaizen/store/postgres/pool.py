"""Connections to a PostgreSQL server that may be away for a while."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from kaizen.store.errors import StoreError, UnavailableError
from kaizen.store.postgres.session import Connection

#: How the server lists our connections, unless the address says otherwise.
APPLICATION: Final = "kaizen"
#: Seconds that a request waits for a connection; while the server is away, it is refused sooner.
PATIENCE: Final = 2.5
PATIENCE_IN_OUTAGE: Final = 0.2
#: For so many seconds the pool tries again by itself; from then on each request makes it try.
RECONNECT: Final = 1.0
#: How a connection notices that nobody is there any more, unless the address says otherwise: seconds, and milliseconds.
_WATCHED: Final = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class PostgresPool:
    """Some connections to one server."""

    def __init__(self, url: str, most: int, configure: Callable[[Connection], None], *, least: int = 1) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=least,
            max_size=most,
            kwargs={"autocommit": True, "fallback_application_name": APPLICATION, **watched(url)},
            configure=configure,
            open=True,
            name="kaizen",
            reconnect_timeout=RECONNECT,
        )
        self._away = False  #: whether the last request found no server

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Take a connection; UnavailableError: there is none."""
        if self._pool.closed:
            raise StoreError("the store is closed")
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self._pool.connection(PATIENCE_IN_OUTAGE if self._away else PATIENCE))
            except PoolTimeout as error:
                self._away = True
                raise unavailable(error) from error
            self._away = False
            yield connection

    def numbers(self) -> Mapping[str, int]:
        """Return how many connections there are, how many of them are idle, and how many requests wait for one."""
        stats = self._pool.get_stats()
        return {
            "open": stats.get("pool_size", 0),
            "idle": stats.get("pool_available", 0),
            "waited_for": stats.get("requests_waiting", 0),
        }

    def check(self) -> None:
        """Replace the connections that were lost."""
        self._pool.check()

    def close(self) -> None:
        """Let go of the server."""
        self._pool.close()


def watched(url: str) -> dict[str, Any]:
    """Return the parameters by which connections notice that nobody is there, but for those that the address has."""
    given = conninfo_to_dict(url)
    return {name: value for name, value in _WATCHED.items() if name not in given}


def unavailable(error: Exception) -> UnavailableError:
    """Return the error for a server that is away."""
    said = " ".join(str(error).split())  # libpq writes several lines
    return UnavailableError(f"the database server does not answer ({said})")
