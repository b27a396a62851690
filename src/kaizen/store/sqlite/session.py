"""One connection to SQLite inside a transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from kaizen.model.claim import Claim
from kaizen.store.dialect import SQLITE, SqlDialect
from kaizen.store.session import Insertion, Row


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


class Transaction:
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
            abandon(self._connection)


def abandon(connection: apsw.Connection) -> None:
    """End a transaction without a commit; some errors have ended it already."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
