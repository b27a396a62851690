"""A database that is away, locked or full: what is refused, with what words, and what still works."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from kaizen.store import Database, open_store
from kaizen.store.errors import LockedError, NoRoomError, OutcomeUnknownError, UnavailableError
from kaizen.store.postgres import pool as postgres_pool
from kaizen.store.postgres.session import PostgresSession
from kaizen.store.sqlite import store as sqlite
from kaizen.store.unit_of_work import Unit
from tests.store.working import add, added
from tests.support.services import POSTGRES_URL
from tests.support.stores import Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: the contract of records.ports")


def count(store: Database) -> int:
    return store.read_now(lambda unit: unit.count("Deals", None))


# -- PostgreSQL


@pytest.fixture
def away(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Database, "Server"]]:
    """A store, and the server that it connects to."""
    monkeypatch.setattr(postgres_pool, "PATIENCE", 0.3)
    monkeypatch.setattr(postgres_pool, "PATIENCE_IN_OUTAGE", 0.1)
    monkeypatch.setattr(postgres_pool, "RECONNECT", 0.0)
    store = created(open_store(postgres_url, clock=Clock(), build_book=stub_book))
    try:
        yield store, Server(postgres_url.rpartition("/")[2])
    finally:
        store.close()


class Server:
    """What its operator does to one database."""

    def __init__(self, database: str) -> None:
        self._database = database

    def hang_up(self) -> None:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (self._database,)
            )

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self._let_in(False)
        self.hang_up()
        try:
            yield
        finally:
            self._let_in(True)

    def _let_in(self, allowed: bool) -> None:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as admin:
            word = SQL("true" if allowed else "false")
            admin.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(Identifier(self._database), word))


def test_a_server_that_came_back_is_used_by_the_next_request_on_every_connection(
    away: tuple[Database, Server],
) -> None:
    store, server = away

    async def many() -> list[list[int]]:
        return await asyncio.gather(*(store.write(lambda unit: add(unit, "Deals", {})) for _ in range(16)))

    asyncio.run(many())
    server.hang_up()

    assert len(asyncio.run(many())) == 16
    assert count(store) == 32


def test_a_server_that_is_away_is_named_and_used_once_it_is_back(away: tuple[Database, Server]) -> None:
    store, server = away
    with server.stopped():
        with pytest.raises(UnavailableError, match="does not answer"):
            added(store, "Deals", {})
        with pytest.raises(UnavailableError, match="does not answer"):
            count(store)
        with pytest.raises(UnavailableError):
            asyncio.run(store.prove_writable())

    assert _once_there(lambda: count(store)) == 0
    asyncio.run(store.prove_writable())
    assert len(added(store, "Deals", {})) == 1


def _once_there(ask: Callable[[], int]) -> int:
    """Ask until the pool has a connection again, which it begins to make when it is asked."""
    for _ in range(100):
        try:
            return ask()
        except UnavailableError:
            continue
    return ask()


def test_a_commit_without_an_answer_is_not_tried_again(
    away: tuple[Database, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, server = away
    runs: list[int] = []
    commit = PostgresSession.commit

    def lost(session: PostgresSession) -> None:
        server.hang_up()
        commit(session)

    def work(unit: Unit) -> None:
        runs.append(len(runs))
        add(unit, "Deals", {})

    with monkeypatch.context() as patch:
        patch.setattr(PostgresSession, "commit", lost)
        with pytest.raises(OutcomeUnknownError):
            store.write_now(work)

    assert runs == [0]


def test_a_connection_notices_that_nobody_is_there_unless_its_address_says_otherwise() -> None:
    watched = postgres_pool.watched("postgresql://h/d?connect_timeout=7")
    assert watched["tcp_user_timeout"] == 10_000
    assert "connect_timeout" not in watched


# -- SQLite


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Database, Path]]:
    """A store that does not wait for others, and its file."""
    monkeypatch.setattr(sqlite, "_PATIENCE", 0)
    path = tmp_path / "kaizen.db"
    store = created(open_store(str(path), clock=Clock(), build_book=stub_book))
    try:
        yield store, path
    finally:
        store.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file as another program does that writes."""
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_a_file_that_another_process_holds_is_named_and_can_be_read(file: tuple[Database, Path]) -> None:
    store, path = file
    added(store, "Deals", {})
    with locked(path):
        with pytest.raises(LockedError, match="another process holds"):
            added(store, "Deals", {})
        with pytest.raises(LockedError):
            asyncio.run(store.prove_writable())
        assert count(store) == 1

    asyncio.run(store.prove_writable())
    added(store, "Deals", {})
    assert count(store) == 2


def test_a_full_disk_is_noticed_by_the_proof(file: tuple[Database, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = file

    def full(self: sqlite.SqliteSession) -> None:
        raise apsw.FullError

    monkeypatch.setattr(sqlite.SqliteSession, "prove_writable", full)

    with pytest.raises(NoRoomError, match="make room"):
        asyncio.run(store.prove_writable())
