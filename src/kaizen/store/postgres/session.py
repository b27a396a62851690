"""One connection to PostgreSQL inside a transaction.

What only writes waits until something is read, or until the commit, and then goes to the server together: every trip
there and back costs both sides more than most statements do.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import errors

from kaizen.model.claim import Claim
from kaizen.store.dialect import POSTGRES, SqlDialect, quoted
from kaizen.store.errors import StoreError
from kaizen.store.postgres.claims import Claims, ClaimsNeededError
from kaizen.store.read_limits import Deadline
from kaizen.store.session import Insertion, Row

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

#: From this many rows on, COPY is faster than INSERT.
_COPY_FROM: Final = 4
#: Hot counters have this many rows, so that connections rarely meet on one.
_SHARDS: Final = 256
#: Keys of advisory locks ("kaizen" as text, and structure).
LOCK: Final = 0x6B61697A
STRUCTURE: Final = 1
#: What is raised when another transaction came between.
LOST: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,
    errors.LockNotAvailable,
)


@lru_cache(maxsize=4096)
def _marked(statement: str) -> bytes:
    """Return a statement with PostgreSQL's marks for bound values."""
    return statement.replace("%", "%%").replace("?", "%s").encode()


#: A statement with the rows of values for which it is carried out; an insertion, with the rows that it loads.
_Statements: TypeAlias = tuple[bytes, Sequence[Sequence[Any]]]
_Loading: TypeAlias = tuple[Insertion, Sequence[Sequence[Any]]]


class PostgresSession:
    """One connection inside a transaction."""

    dialect: SqlDialect = POSTGRES

    def __init__(
        self,
        connection: Connection,
        claims: Claims,
        held: frozenset[int] = frozenset(),
        *,
        writable: bool,
        deadline: Deadline | None = None,
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._claims = claims
        self._held = held  #: keys of claims
        self._shared: set[int] = set()
        self._waiting: list[_Statements | _Loading] = []
        self._failed_together = False  #: whether one of several statements failed that were sent together
        self._deadline = deadline
        self.writable = writable
        #: Why the transaction is lost. Whoever caught that, as the rules do with an action that fails, caught too much.
        self.lost: psycopg.Error | None = None

    @property
    def shard(self) -> int:
        """Which of its rows a hot counter uses here."""
        return self._connection.info.backend_pid % _SHARDS

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a statement."""
        if self._deadline is not None and self._deadline.is_over():
            raise self._deadline.error()
        self._send((_marked(statement), [values]))
        return self._cursor.fetchall()

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it touched."""
        self._send((_marked(statement), [values]))
        return self._cursor.rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out a statement once for each row of values."""
        self._waiting.append((_marked(statement), list(rows)))

    def load(self, insertion: Insertion, rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows."""
        if len(rows) < _COPY_FROM:
            self.run_many(insertion.text, rows)
        else:
            self._waiting.append((insertion, rows))

    def flush(self) -> None:
        """Carry out what waits."""
        self._send()

    def commit(self) -> None:
        """Carry out what waits, and commit."""
        self._send((b"COMMIT", [()]))
        if self._cursor.statusmessage != "COMMIT":
            raise StoreError("a statement of the transaction failed, and nothing was written")

    def roll_back(self) -> None:
        """Take everything back."""
        if self._failed_together:
            # Psycopg takes statements for prepared that the server never looked at, since one before them failed.
            # This forgets them, and all others.
            self._connection.rollback()
        else:
            self._connection.execute("ROLLBACK")

    def _send(self, *more: _Statements) -> None:
        """Carry out what waits, and more."""
        waiting, self._waiting = [*self._waiting, *more], []
        together: list[_Statements] = []
        try:
            for what, rows in waiting:
                if isinstance(what, bytes):
                    together.append((what, rows))
                else:
                    self._run_together(together)
                    together = []
                    self._copy(what, rows)
            self._run_together(together)
        except LOST as error:
            self.lost = error
            raise

    def _run_together(self, statements: Sequence[_Statements]) -> None:
        """Carry out statements in one trip to the server."""
        if len(statements) == 1 and len(statements[0][1]) == 1:
            self._run(*statements[0])
        elif statements:
            try:
                with self._connection.pipeline():
                    for statement in statements:
                        self._run(*statement)
            except psycopg.Error:
                self._failed_together = True
                raise

    def _run(self, statement: bytes, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) == 1:
            self._cursor.execute(statement, rows[0])
        else:
            self._cursor.executemany(statement, rows)

    def _copy(self, insertion: Insertion, rows: Sequence[Sequence[Any]]) -> None:
        columns = ", ".join(map(quoted, insertion.columns))
        with self._cursor.copy(_marked(f"COPY {quoted(insertion.table)} ({columns}) FROM STDIN")) as copy:
            for row in rows:
                copy.write_row(row)

    def create_counter(self, name: str, start: int, step: int = 1) -> None:
        """Create a counter whose first value is `start`."""
        self.run(f"CREATE SEQUENCE {quoted(name)} START {int(start)} INCREMENT {int(step)}")

    def advance(self, name: str) -> int:
        """Return a counter's value and move it one step on; a rolled back transaction leaves a gap."""
        return int(self.rows("SELECT nextval(?::regclass)", (name,))[0][0])

    def prove_writable(self) -> None:
        """Take a transaction id, whose commit is logged; a row would be in the way of those who read it."""
        self.rows("SELECT pg_current_xact_id()")

    def lock_structure(self) -> None:
        """Wait until no other process changes tables, until the end of the transaction."""
        self.run("SELECT pg_advisory_xact_lock(?, ?)", (LOCK, STRUCTURE))
        # A table that others read all the time must not stop them: a longer wait ends, and is tried again.
        self.run("SET LOCAL lock_timeout = '2s'")

    def claim(self, claims: Iterable[Claim]) -> None:
        """Hold claims until the end of the transaction; ClaimsNeededError: only a new one can."""
        keys = self._claims.keys_of(claims)
        missing = keys.keys() - self._held
        if not missing:
            return
        if not all(keys[key] for key in missing):
            raise ClaimsNeededError(self._held.union(missing))
        # Whoever loses meets the unique index, and is run again.
        self._claims.take_within(self._cursor, frozenset(missing))
        self._held = self._held.union(missing)

    def raise_lost(self) -> None:
        """Say so if the transaction is lost."""
        if self.lost is not None:
            raise self.lost

    def share(self, claim: Claim) -> None:
        """Share a claim with others until the end of the transaction."""
        (key,) = self._claims.keys_of([claim])
        if key not in self._held and key not in self._shared:
            self.run_many("SELECT pg_advisory_xact_lock_shared(?)", [(key,)])
            self._shared.add(key)
