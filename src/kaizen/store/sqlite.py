"""SQLite: one writer thread that commits in groups, and readers that never wait for it."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Lock, Thread, current_thread, local
from typing import Any, Final, TypeVar

import apsw

from kaizen.model.catalog import Catalog
from kaizen.model.claim import Claim
from kaizen.model.people import Organisation, User
from kaizen.store import sqlite_functions
from kaizen.store.dialect import SQLITE, SqlDialect
from kaizen.store.errors import CannotWriteError, LockedError, NoRoomError, ReadTooLongError, StoreError
from kaizen.store.migrations import LEDGER, MIGRATIONS, Migration, migrate
from kaizen.store.private_files import create_private, make_private
from kaizen.store.read_limits import READ_LIMITS, SHORT, Deadline, Gone, LongReads, ReadLimits, stand_back
from kaizen.store.serving_lock import ServingLock
from kaizen.store.session import Insertion, Row
from kaizen.store.snapshots import Snapshots
from kaizen.store.sqlite_interrupts import Haste, Watch
from kaizen.store.unit_of_work import Unit, open_unit
from kaizen.store.unit_settings import StoreContext

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)
Work = Callable[[Unit], Any]

#: How long a connection waits for another process that writes, in milliseconds. Those of ours never write for so long,
#: and what waits here waits for each commit anew.
_PATIENCE: Final = 5_000
#: Statements kept ready by each connection.
_STATEMENTS: Final = 512
#: How many requests one commit carries at most, so that the first of them does not wait for ever.
_GROUP: Final = 512
#: More of them only keep each other, and the event loop, from the interpreter.
_READER_THREADS: Final = 2
#: What the writer keeps of the file, in KiB: indexes are written all over, and their pages should be at hand.
_WRITER_CACHE: Final = 65_536
#: How many pages the log holds before they go into the file: a page that is written again and again goes there once.
#: From 16 MB on a longer log gains nothing, and on a small disk it leaves no room for the file.
_LOG_PAGES: Final = 4_000


class SqliteSession:
    """One connection inside a transaction."""

    dialect: SqlDialect = SQLITE
    shard = 0

    def __init__(self, connection: apsw.Connection, *, writable: bool) -> None:
        self._connection = connection
        self._execute = connection.execute
        self.writable = writable
        self._ran = False  #: whether a statement was carried out that may have changed something

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a statement."""
        return self._execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it touched."""
        self._ran = True
        self._execute(statement, values)
        return self._connection.changes()

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out a statement once for each row of values."""
        self._connection.executemany(statement, rows)

    def load(self, insertion: Insertion, rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows."""
        self._connection.executemany(insertion.text, rows)

    def changed_since(self, changes: int) -> bool:
        """Return whether this session changed anything; `changes` is the connection's count from before it."""
        return self._ran or self._connection.total_changes() != changes

    def create_counter(self, name: str, start: int, step: int = 1) -> None:
        """Create a counter whose first value is `start`."""
        self._execute(
            "CREATE TABLE IF NOT EXISTS kz_counter "
            "(name TEXT PRIMARY KEY, next INTEGER NOT NULL, step INTEGER NOT NULL) STRICT"
        )
        self._execute("INSERT INTO kz_counter (name, next, step) VALUES (?, ?, ?)", (name, start, step))

    def advance(self, name: str) -> int:
        """Return a counter's value and move it one step on."""
        rows = self.rows("UPDATE kz_counter SET next = next + step WHERE name = ? RETURNING next - step", (name,))
        return int(rows[0][0])

    def prove_writable(self) -> None:
        """Write the row of versions as it is: there is only one writer."""
        self.run("UPDATE kz_state SET organisation = organisation")

    def lock_structure(self) -> None:
        """Do nothing: there is only one writer."""

    def claim(self, claims: Iterable[Claim]) -> None:
        """Do nothing: there is only one writer."""

    def share(self, claim: Claim) -> None:
        """Do nothing: whoever writes is alone."""


@dataclass(slots=True)
class _Request:
    """One piece of work for the writer, and who waits for it."""

    work: Work
    waiting: "Future[Any] | asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    value: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.waiting.done():  # whoever waited has gone
            return
        if self.error is not None:
            self.waiting.set_exception(self.error)
        else:
            self.waiting.set_result(self.value)


class SqliteStore:
    """A store in one SQLite file (records.ports.Store).

    Work must not keep state of its own between calls: a read that turns out to be long is run a second time.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], int],
        shared: StoreContext,
        migrations: Sequence[Migration] = MIGRATIONS,
        limits: ReadLimits = READ_LIMITS,
        serving: bool = False,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._shared = shared
        self._snapshots = Snapshots()
        self._directory = TemporaryDirectory(prefix="kaizen-", ignore_cleanup_errors=True) if path is None else None
        self._path = str(path) if path is not None else str(Path(self._directory.name, "ephemeral.db"))  # type: ignore[union-attr]  # one of the two is there
        self._serving = ServingLock(path) if serving and path is not None else None
        self._connections: list[apsw.Connection] = []
        self._lock = Lock()
        self._closed = False
        self._readers = local()
        self._pool = ThreadPoolExecutor(_READER_THREADS, "kaizen-read", initializer=stand_back)
        self._long = LongReads(limits, "kaizen-long")
        self._requests: SimpleQueue[list[_Request] | None] = SimpleQueue()
        #: What was asked for in the present turn of an event loop.
        self._coming: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
        try:
            create_private(self._path)
            self._writer = self._connect(writable=True)
            with _Transaction(self._writer):
                migrate(SqliteSession(self._writer, writable=True), clock(), migrations)
        except BaseException:
            self._let_go()
            raise
        self._thread = Thread(target=self._write_on, name="kaizen-write", daemon=True)
        self._thread.start()

    @property
    def is_new(self) -> bool:
        """Whether the database holds no organisation yet."""
        return self.read_now(lambda unit: not unit.is_created)

    def create(self, organisation: Organisation, users: Iterable[User], catalog: Catalog) -> None:
        """Write a new organisation into an empty database."""
        self.write_now(lambda unit: unit.create(organisation, users, catalog))

    async def read(self, work: Callable[[Unit], T], gone: Gone | None = None) -> T:
        """Run work that only reads, on one state of the database; see `Database.read`.

        It runs on the event loop, where a point read costs a tenth of what a thread costs, until it takes long;
        then it begins again in a thread, and if it takes very long, among others that do.
        """
        connection, haste = self._hasty()
        try:
            return self._read(connection, haste.limit(work))
        except apsw.InterruptError:
            pass
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read_short, work)
        except ReadTooLongError:
            return await self._long.read(self._read_until, work, gone)

    def read_now(self, work: Callable[[Unit], T]) -> T:
        """Run work that only reads, in the calling thread."""
        connection = getattr(self._readers, "plain", None)
        if connection is None:
            connection = self._readers.plain = self._connect(writable=False)
        return self._read(connection, work)

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and return after the commit; an exception rolls it back whole."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        coming = self._coming.get(loop)
        if coming is None:
            # The writer gets all of one turn at once: woken by the first, it would hold up the loop.
            coming = self._coming[loop] = []
            loop.call_soon(self._hand_over, loop)
        coming.append(_Request(work, future, loop))
        return await future

    def write_now(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and wait for the commit."""
        if current_thread() is self._thread:
            raise StoreError("a unit of work cannot begin another one")
        future: Future[T] = Future()
        self._ask([_Request(work, future)])
        return future.result()

    async def prove_writable(self) -> None:
        """Return once a commit reached the disk; RefusedByStoreError says why none can."""
        await self.write(lambda unit: unit.session.prove_writable())

    def close(self) -> None:
        """Finish the writes that were asked for and close the file."""
        for loop in list(self._coming):
            self._hand_over(loop)
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._requests.put(None)
        self._thread.join()
        self._pool.shutdown()
        self._long.close()
        with suppress(apsw.Error):
            self._writer.execute("PRAGMA optimize")
        self._let_go()

    # -- reading

    def _hasty(self) -> tuple[apsw.Connection, Haste]:
        known: tuple[apsw.Connection, Haste] | None = getattr(self._readers, "hasty", None)
        if known is None:
            connection = self._connect(writable=False)
            known = self._readers.hasty = connection, Haste(connection)
        return known

    def _watched(self) -> tuple[apsw.Connection, Watch]:
        known: tuple[apsw.Connection, Watch] | None = getattr(self._readers, "watched", None)
        if known is None:
            connection = self._connect(writable=False)
            known = self._readers.watched = connection, Watch(connection)
        return known

    def _read_short(self, work: Callable[[Unit], T]) -> T:
        return self._read_until(work, Deadline(SHORT, self._limits.now))

    def _read_until(self, work: Callable[[Unit], T], deadline: Deadline) -> T:
        """Read in the calling thread; ReadTooLongError: the deadline was over first."""
        connection, watch = self._watched()
        try:
            return self._read(connection, watch.limit(work, deadline))
        except apsw.InterruptError as error:
            raise deadline.error() from error

    def _read(self, connection: apsw.Connection, work: Callable[[Unit], T]) -> T:
        if connection.in_transaction:
            raise StoreError("a unit of work cannot begin another one")
        connection.execute("BEGIN")
        try:
            return work(
                open_unit(SqliteSession(connection, writable=False), self._snapshots, self._clock(), self._shared)
            )
        except apsw.Error as error:
            told = self._told(error)
            if told is error:
                raise
            raise told from error
        finally:
            _abandon(connection)

    # -- writing

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        requests = self._coming.pop(loop, [])
        try:
            self._ask(requests)
        except StoreError as error:
            for request in requests:
                request.error = error
                request.settle()

    def _ask(self, requests: list[_Request]) -> None:
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed")
            self._requests.put(requests)

    def _write_on(self) -> None:
        """Carry out requests until the store closes; runs in the writer thread."""
        get, more = self._requests.get, self._requests.get_nowait
        open_ = True
        while open_:
            group: list[_Request] = []
            requests = get()
            with suppress(Empty):
                while requests is not None:
                    group += requests
                    if len(group) >= _GROUP:
                        break
                    requests = more()
                else:
                    open_ = False
            if group:
                self._commit(group)

    def _commit(self, group: list[_Request]) -> None:
        """Carry out a group of requests in one transaction and tell who waits."""
        ids = self._shared.ids.mark()
        snapshots = self._snapshots.layer()
        try:
            try:
                with _Transaction(self._writer):
                    self._carry_out_together(group, snapshots)
            except _TogetherError:
                self._shared.ids.rewind(ids)
                snapshots = self._snapshots.layer()
                for request in group:
                    request.error = None
                with _Transaction(self._writer):
                    for request in group:
                        self._carry_out_apart(request, snapshots)
        except BaseException as error:  # whoever waits must hear of it, and the writer must go on
            self._shared.ids.rewind(ids)
            for request in group:
                request.error = request.error or error
        else:
            snapshots.settle()
        loops: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
        for request in group:
            request.error = self._told(request.error) if request.error else None
            if request.loop is None:
                request.settle()
            else:
                loops.setdefault(request.loop, []).append(request)
        for loop, requests in loops.items():
            with suppress(RuntimeError):  # the loop was closed while its requests ran
                loop.call_soon_threadsafe(_settle, requests)

    def _carry_out_together(self, group: list[_Request], snapshots: Snapshots) -> None:
        """Carry out requests without savepoints, which would copy each page before it is written.

        One that is refused before it changed anything does not hurt the others. _TogetherError: one failed later.
        """
        connection, versions = self._writer, None
        for request in group:
            changes, ids = connection.total_changes(), self._shared.ids.mark()
            session = SqliteSession(connection, writable=True)
            try:
                versions = self._work(request, session, snapshots, versions)
            except BaseException as error:
                if len(group) == 1:
                    raise
                if not connection.in_transaction or session.changed_since(changes):
                    raise _TogetherError from error
                request.error = error
                self._shared.ids.rewind(ids)

    def _carry_out_apart(self, request: _Request, snapshots: Snapshots) -> None:
        """Carry out one request in a savepoint of its own."""
        connection = self._writer
        ids = self._shared.ids.mark()
        layer = snapshots.layer()
        connection.execute("SAVEPOINT request")
        try:
            self._work(request, SqliteSession(connection, writable=True), layer)
        except BaseException as error:
            request.error = error
            if not connection.in_transaction:  # SQLite gave up the whole group: the disk is full, say
                raise
            connection.execute("ROLLBACK TO request")
            connection.execute("RELEASE request")
            self._shared.ids.rewind(ids)
        else:
            connection.execute("RELEASE request")
            layer.settle()

    def _told(self, error: E) -> E | CannotWriteError:
        """Return the error for a problem of the file or its disk, with what to do."""
        told: CannotWriteError
        match error:
            case apsw.FullError():
                told = NoRoomError(f"no room is left for {self._path}; nothing was written: make room and try again")
            case apsw.BusyError() | apsw.LockedError():
                told = LockedError(f"another process holds {self._path} ({error}); find out which, and end it")
            case apsw.ReadOnlyError():
                told = CannotWriteError(f"{self._path} cannot be written ({error}); look at its mode and its disk")
            case apsw.IOError() | apsw.CantOpenError():
                told = NoRoomError(f"{self._path} cannot be written ({error}); look at its disk and try again")
            case _:
                return error
        told.__cause__ = error
        return told

    def _work(
        self, request: _Request, session: SqliteSession, snapshots: Snapshots, versions: Row | None = None
    ) -> Row:
        """Carry out one request; returns the versions of the settings, which begin another unit without being read."""
        unit = open_unit(session, snapshots, self._clock(), self._shared, versions)
        request.value = request.work(unit)
        unit.flush()
        return unit.versions

    # -- connections

    def _connect(self, *, writable: bool) -> apsw.Connection:
        connection = apsw.Connection(self._path, statementcachesize=_STATEMENTS)
        with self._lock:
            if self._closed:
                connection.close()
                raise StoreError("the store is closed")
            self._connections.append(connection)
        connection.set_busy_timeout(_PATIENCE)
        sqlite_functions.register(connection)
        if writable:
            self._refuse_others(connection)
            make_private(self._path)
        connection.pragma("journal_mode", "WAL")
        connection.pragma("synchronous", "OFF" if self._directory is not None else "FULL")
        connection.pragma("temp_store", "MEMORY")
        if writable:
            connection.pragma("cache_size", -_WRITER_CACHE)
            connection.pragma("wal_autocheckpoint", _LOG_PAGES)
        else:
            connection.pragma("query_only", True)
        return connection

    def _refuse_others(self, connection: apsw.Connection) -> None:
        """Leave a database alone that is not ours, before anything is written to it."""
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if tables and LEDGER not in tables:
            raise StoreError(f"{self._path} is a database of another program; name another file")

    def _let_go(self) -> None:
        for connection in self._connections:
            connection.close()
        if self._serving is not None:
            self._serving.release()
        if self._directory is not None:
            self._directory.cleanup()


class _TogetherError(Exception):
    """Requests cannot be carried out without savepoints: one of them failed after it had changed something."""


class _Transaction:
    """A write transaction of one connection: committed, or rolled back when something is raised."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *rest: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            _abandon(self._connection)


def _abandon(connection: apsw.Connection) -> None:
    """End a transaction without a commit; some errors have ended it already."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _settle(requests: list[_Request]) -> None:
    for request in requests:
        request.settle()
