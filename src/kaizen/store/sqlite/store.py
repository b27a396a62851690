"""SQLite: one file with one writer, and readers that never wait for it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, local
from typing import Final, TypeVar

import apsw

from kaizen.model.catalog import Catalog
from kaizen.model.people import Organisation, User
from kaizen.store.errors import CannotWriteError, LockedError, NoRoomError, ReadTooLongError, StoreError
from kaizen.store.migrations import LEDGER, MIGRATIONS, Migration, migrate
from kaizen.store.read_limits import READ_LIMITS, SHORT, Deadline, Gone, LongReads, ReadLimits, stand_back
from kaizen.store.session import Row
from kaizen.store.snapshots import Snapshots
from kaizen.store.sqlite import functions
from kaizen.store.sqlite.interrupts import Haste, Watch
from kaizen.store.sqlite.journal import JournalWatch, mark_in_use, mark_whole, tell_missing_journal
from kaizen.store.sqlite.private_files import create_private, make_private
from kaizen.store.sqlite.serving_lock import ServedError, ServingLock
from kaizen.store.sqlite.session import SqliteSession, Transaction, abandon
from kaizen.store.sqlite.writer import SqliteWriter
from kaizen.store.unit_of_work import Unit, open_unit
from kaizen.store.unit_settings import StoreContext

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

#: How long a connection waits for another process that writes, in milliseconds. Those of ours never write for so long,
#: and what waits here waits for each commit anew.
_PATIENCE: Final = 5_000
#: Statements kept ready by each connection.
_STATEMENTS: Final = 512
#: More of them only keep each other, and the event loop, from the interpreter.
_READER_THREADS: Final = 2
#: What the writer keeps of the file, in KiB: indexes are written all over, and their pages should be at hand.
_WRITER_CACHE: Final = 65_536
#: How many pages the log holds before they go into the file: a page that is written again and again goes there once.
#: From 16 MB on a longer log gains nothing, and on a small disk it leaves no room for the file.
_LOG_PAGES: Final = 4_000
#: A log that holds more pages although all of them could be in the file is one that somebody keeps from being emptied.
_LONG_LOG: Final = 4 * _LOG_PAGES


class SqliteStore:
    """A store in one SQLite file.

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
        self.journal = JournalWatch(self._path, _LONG_LOG)
        self._connections: list[apsw.Connection] = []
        self._lock = Lock()
        self._closed = False
        self._readers = local()
        self._pool = ThreadPoolExecutor(_READER_THREADS, "kaizen-read", initializer=stand_back)
        self._long = LongReads(limits, "kaizen-long")
        try:
            tell_missing_journal(self._path)
            create_private(self._path)
            self._writing = self._connect(writable=True)
            with Transaction(self._writing):
                migrate(SqliteSession(self._writing, writable=True), clock(), migrations)
            if self._serving is not None:
                mark_in_use(self._writing)
        except BaseException:
            self._let_go()
            raise
        self._writer = SqliteWriter(self._writing, self._begin, self._snapshots, shared.ids, self._told, self.journal)

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
        return await self._writer.write(work)

    def write_now(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and wait for the commit."""
        return self._writer.write_now(work)

    async def prove_writable(self) -> None:
        """Return once a commit reached the disk; RefusedByStoreError says why none can."""
        await self.write(lambda unit: unit.session.prove_writable())

    def connections(self) -> Mapping[str, int]:
        """Return how many connections there are; each thread has its own, so that none waits for one."""
        return {"open": len(self._connections)}

    def close(self) -> None:
        """Finish the writes that were asked for and close the file."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._writer.close()
        self._pool.shutdown()
        self._long.close()
        with suppress(apsw.Error):
            self._writing.execute("PRAGMA optimize")
            self._mark_whole()
        self._let_go()

    def _begin(self, session: SqliteSession, snapshots: Snapshots, versions: Row | None = None) -> Unit:
        return open_unit(session, snapshots, self._clock(), self._shared, versions)

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
            return work(self._begin(SqliteSession(connection, writable=False), self._snapshots))
        except apsw.Error as error:
            told = self._told(error)
            if told is error:
                raise
            raise told from error
        finally:
            abandon(connection)

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

    # -- connections

    def _connect(self, *, writable: bool) -> apsw.Connection:
        connection = apsw.Connection(self._path, statementcachesize=_STATEMENTS)
        with self._lock:
            if self._closed:
                connection.close()
                raise StoreError("the store is closed")
            self._connections.append(connection)
        connection.set_busy_timeout(_PATIENCE)
        functions.register(connection)
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

    def _mark_whole(self) -> None:
        """Say in the file that it is whole, unless another process goes on serving it."""
        if self._serving is not None:
            mark_whole(self._writing)
        elif self._directory is None:
            with suppress(ServedError):
                lock = ServingLock(Path(self._path))
                # A server was killed, and what it left is in the file, which was opened since.
                try:
                    mark_whole(self._writing)
                finally:
                    lock.release()

    def _let_go(self) -> None:
        for connection in self._connections:
            connection.close()
        if self._serving is not None:
            self._serving.release()
        if self._directory is not None:
            self._directory.cleanup()
