"""PostgreSQL: a transaction for each request, retried when another one came between.

Units read one snapshot (REPEATABLE READ). A unit that loses to a concurrent one, or meets a unique value that a
concurrent one wrote, is run again from the start, so that its checks see what the other did.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import psycopg
from psycopg import errors, sql
from psycopg.abc import Buffer
from psycopg.abc import Query as Statement
from psycopg.adapt import Loader

from kaizen.model.catalog import Catalog
from kaizen.model.numbers import Number, read_number
from kaizen.model.passwords import without_password_of
from kaizen.model.people import Organisation, User
from kaizen.store.errors import (
    CannotWriteError,
    ConflictError,
    NoRoomError,
    OutcomeUnknownError,
    ReadTooLongError,
    StoreError,
)
from kaizen.store.migrations import MIGRATIONS, Migration, migrate
from kaizen.store.postgres.claims import Claims, ClaimsNeededError
from kaizen.store.postgres.pool import PostgresPool, unavailable, watched
from kaizen.store.postgres.session import LOCK, LOST, STRUCTURE, Connection, PostgresSession
from kaizen.store.read_limits import LONG_AT_ONCE, READ_LIMITS, SHORT, Deadline, Gone, LongReads, ReadLimits
from kaizen.store.session import Row
from kaizen.store.snapshots import Snapshots
from kaizen.store.unit_of_work import Unit, open_unit
from kaizen.store.unit_settings import READ_VERSIONS, StoreContext

T = TypeVar("T")

_CONNECTIONS: Final = 8
#: How often a unit is run at most before its error is the caller's.
_ATTEMPTS: Final = 30
#: After so many attempts a unit waits for the others that are retried, one at a time.
_PATIENT_FROM: Final = 3
#: Seconds that the server gets to take note that a read is cancelled.
_CANCEL: Final = 2.0
#: The second key of the advisory lock of those who are retried.
_TURNSTILE: Final = 2


class PostgresStore:
    """A store in one schema of a PostgreSQL database.

    Work must not keep state of its own between calls: it may be run several times.
    """

    session: type[PostgresSession] = PostgresSession

    def __init__(
        self,
        url: str,
        *,
        schema: str,
        clock: Callable[[], int],
        shared: StoreContext,
        migrations: Sequence[Migration] = MIGRATIONS,
        limits: ReadLimits = READ_LIMITS,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._shared = shared
        self._snapshots = Snapshots()
        self._name = schema
        self._schema = sql.Identifier(schema)
        self._claims = Claims(schema)
        try:
            self._prepare(url, schema, migrations)
        except psycopg.Error as error:
            said = without_password_of(url, " ".join(str(error).split()))  # libpq writes several lines
            raise StoreError(f"the PostgreSQL database cannot be opened: {said}; check its address") from None
        self._pool = PostgresPool(url, _CONNECTIONS, self._configure)
        self._long_pool = PostgresPool(url, LONG_AT_ONCE, self._configure, least=0)
        self._long = LongReads(limits, "kaizen-long")
        self._threads = ThreadPoolExecutor(_CONNECTIONS, "kaizen-postgres")
        self._closing = False

    @property
    def is_new(self) -> bool:
        """Whether the database holds no organisation yet."""
        return self.read_now(lambda unit: not unit.is_created)

    def create(self, organisation: Organisation, users: Iterable[User], catalog: Catalog) -> None:
        """Write a new organisation into an empty database."""
        people = tuple(users)
        self.write_now(lambda unit: unit.create(organisation, people, catalog))

    async def read(self, work: Callable[[Unit], T], gone: Gone | None = None) -> T:
        """Run work that only reads, on one state of the database; see `Database.read`.

        What takes long is stopped and begins again on a connection of its own.
        """
        try:
            return await self._in_thread(self._read_short, work)
        except ReadTooLongError:
            return await self._long.read(self._read_long, work, gone)

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and return after the commit; an exception rolls it back whole."""
        return await self._in_thread(self.write_now, work)

    def read_now(self, work: Callable[[Unit], T]) -> T:
        """Run work that only reads, in the calling thread."""
        return self._attempts(work, _Mode())

    def write_now(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and wait for the commit."""
        return self._attempts(work, _Mode(writable=True))

    async def prove_writable(self) -> None:
        """Return once a commit reached the disk; RefusedByStoreError says why none can."""
        await self.write(lambda unit: unit.session.prove_writable())

    def connections(self) -> Mapping[str, int]:
        """Return how many connections there are, by what they do, and how many requests wait for one."""
        short, long = self._pool.numbers(), self._long_pool.numbers()
        return {name: short[name] + long[name] for name in short}

    def close(self) -> None:
        """Finish what was asked for and let go of the database."""
        self._closing = True
        self._threads.shutdown()
        self._long.close()
        self._pool.close()
        self._long_pool.close()

    # -- private

    def _read_short(self, work: Callable[[Unit], T]) -> T:
        return self._attempts(work, _Mode(deadline=Deadline(SHORT, self._limits.now)))

    def _read_long(self, work: Callable[[Unit], T], deadline: Deadline) -> T:
        return self._attempts(work, _Mode(deadline=deadline), self._long_pool)

    async def _in_thread(self, run: Callable[[Callable[[Unit], T]], T], work: Callable[[Unit], T]) -> T:
        if self._closing:
            raise StoreError("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, work)

    def _attempts(self, work: Callable[[Unit], T], mode: "_Mode", pool: PostgresPool | None = None) -> T:
        pool = pool or self._pool
        attempt, begun, claims = 1, 1, frozenset[int]()
        while True:
            try:
                with pool.connected() as connection, _bounded(connection, mode.deadline):
                    return self._once(connection, work, mode, claims, alone=attempt >= _PATIENT_FROM)
            except ClaimsNeededError as needed:
                begun += 1
                if begun == _ATTEMPTS:
                    raise StoreError("a unit of work asks for other claims each time it is run") from needed
                claims = needed.keys
                continue
            except errors.UniqueViolation:
                if attempt == _ATTEMPTS:
                    raise
            except LOST as error:
                if attempt == _ATTEMPTS:
                    raise ConflictError(f"others write the same all the time ({error}); try again") from error
            except errors.DiskFull as error:
                raise NoRoomError(f"the database server has no room left ({error}); nothing was written") from error
            except (errors.ReadOnlySqlTransaction, errors.IoError) as error:
                raise CannotWriteError(f"the database server does not write ({error})") from error
            except _BrokenError as broken:
                # The server hung up before anything was committed, and perhaps on other connections, too.
                if attempt == _PATIENT_FROM:
                    raise unavailable(broken.error) from broken
                pool.check()
            attempt += 1

    def _once(
        self, connection: Connection, work: Callable[[Unit], T], mode: "_Mode", claims: frozenset[int], *, alone: bool
    ) -> T:
        try:
            with self._locked(connection, claims, alone=alone):
                return self._attempt(connection, work, mode, claims)
        except psycopg.OperationalError as error:
            if connection.closed:
                raise _BrokenError(error) from error
            raise

    @contextmanager
    def _locked(self, connection: Connection, claims: frozenset[int], *, alone: bool) -> Iterator[None]:
        """Hold claims; `alone`: while no other unit that lost is retried."""
        if not claims and not alone:
            yield
            return
        # Before the transaction, whose snapshot must not be older than the wait.
        try:
            if alone:
                connection.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK, _TURNSTILE))
            if claims:
                self._claims.take_before(connection, claims)
            yield
        finally:
            if not connection.closed:
                connection.execute("SELECT pg_advisory_unlock_all()")

    def _attempt(self, connection: Connection, work: Callable[[Unit], T], mode: "_Mode", claims: frozenset[int]) -> T:
        session = self.session(connection, self._claims, claims, writable=mode.writable, deadline=mode.deadline)
        try:
            versions = _begin(connection, mode)
            # A layer even for reads would cost more than it saves: what they load is committed.
            layer = self._snapshots.layer() if mode.writable else self._snapshots
            unit = open_unit(session, layer, self._clock(), self._shared, versions)
            value = work(unit)
            unit.flush()
            session.raise_lost()
        except BaseException as error:
            if connection.closed:
                raise
            session.roll_back()
            if error is not session.lost:
                session.raise_lost()
            raise
        self._commit(session, connection)
        layer.settle()
        return value

    def _commit(self, session: PostgresSession, connection: Connection) -> None:
        try:
            session.commit()
        except BaseException as error:
            if not connection.closed:
                session.roll_back()
            elif session.writable and isinstance(error, psycopg.OperationalError):
                raise OutcomeUnknownError(f"the database server went away at a commit ({error})") from error
            raise

    def _configure(self, connection: Connection) -> None:
        configure(connection, self._name)

    def _prepare(self, url: str, schema: str, migrations: Sequence[Migration]) -> None:
        """Create the schema and bring it up to date; one process at a time."""
        with psycopg.connect(url, **watched(url)) as connection:
            about = connection.info
            encoding = about.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise StoreError(
                    f"the database {about.dbname} keeps text as {encoding}, which cannot hold every letter; "
                    "create one with ENCODING 'UTF8'"
                )
            session = self.session(connection, self._claims, writable=True)
            session.run("SELECT pg_advisory_xact_lock(?, ?)", (LOCK, STRUCTURE))
            # Not by IF NOT EXISTS, which asks for the right to create even what is there.
            if not session.rows("SELECT 1 FROM pg_namespace WHERE nspname = ?", (schema,)):
                try:
                    connection.execute(sql.SQL("CREATE SCHEMA {}").format(self._schema))
                except errors.InsufficientPrivilege as error:
                    raise StoreError(
                        f"the role {about.user} may not create the schema {schema} in the database {about.dbname}; "
                        f"create it for that role, or GRANT CREATE ON DATABASE {about.dbname} TO {about.user}"
                    ) from error
            allowed = "SELECT has_schema_privilege(?, 'USAGE') AND has_schema_privilege(?, 'CREATE')"
            if session.rows(allowed, (schema, schema)) != [(True,)]:
                raise StoreError(
                    f"the role {about.user} may not create tables in the schema {schema}; "
                    f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {about.user}"
                )
            self._configure(connection)
            try:
                migrate(session, self._clock(), migrations)
                session.flush()
            except errors.InsufficientPrivilege as error:
                raise StoreError(
                    f"the role {about.user} may not use the tables of the schema {schema}; connect as their owner"
                ) from error


@dataclass(frozen=True, slots=True)
class _Mode:
    """How a unit is run."""

    writable: bool = False
    deadline: Deadline | None = None


def configure(connection: Connection, schema: str) -> None:
    """Let a connection read and write a schema of ours."""
    connection.adapters.register_loader("numeric", _NumberLoader)
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))


class _NumberLoader(Loader):
    """Reads numbers that may have a fraction."""

    def load(self, data: Buffer) -> Number:
        """Read the text of one."""
        text = bytes(data).decode()
        return read_number(text) if "." in text else int(text)


class _BrokenError(Exception):
    """The connection was lost before the commit was asked for."""

    def __init__(self, error: psycopg.OperationalError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def _bounded(connection: Connection, deadline: Deadline | None) -> Iterator[None]:
    """Let a read end when its time is over or nobody waits for it."""
    if deadline is None:
        yield
        return
    try:
        with deadline.interruptible(lambda: connection.cancel_safe(timeout=_CANCEL)):
            yield
    except errors.QueryCanceled as error:
        raise deadline.error() from error
    finally:
        if deadline.stopped:
            # The cancellation may come late, and must not meet whoever has the connection next.
            connection.close()


def _begin(connection: Connection, mode: _Mode) -> Row:
    """Begin a transaction and return the versions of the settings, in one round trip."""
    access = "READ WRITE" if mode.writable else "READ ONLY"
    end = "" if mode.deadline is None else f"SET LOCAL statement_timeout = {math.ceil(mode.deadline.left() * 1000)}; "
    begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ {access}; {end}{READ_VERSIONS}"
    cursor = connection.execute(cast(Statement, begin), prepare=False)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    if row is None:
        raise StoreError("the database has lost the row that holds its state")
    return row
