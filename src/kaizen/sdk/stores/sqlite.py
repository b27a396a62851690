"""Tokens in an SQLite database, for many users or where file locks are not available."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from kaizen.sdk.errors import StoreError
from kaizen.sdk.stores import rows
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.tokens import Token, TokenKey

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS kaizen_tokens (
    client_id TEXT NOT NULL, user TEXT NOT NULL, accounts_url TEXT NOT NULL, environment TEXT NOT NULL,
    token BLOB NOT NULL,
    PRIMARY KEY (client_id, user, accounts_url, environment)
) WITHOUT ROWID
"""
_FIND: Final = (
    "SELECT token FROM kaizen_tokens WHERE client_id = ? AND user = ? AND accounts_url = ? AND environment = ?"
)
_SAVE: Final = "INSERT OR REPLACE INTO kaizen_tokens VALUES (?, ?, ?, ?, ?)"
_DELETE: Final = "DELETE FROM kaizen_tokens WHERE client_id = ? AND user = ? AND accounts_url = ? AND environment = ?"
_ALL: Final = "SELECT token FROM kaizen_tokens ORDER BY client_id, user, accounts_url, environment"


class SQLiteStore(TokenStore):
    """Keeps tokens in a database file, readable by its owner only; a write transaction is the lock.

    The lock is one for the whole database, so refreshes of different users wait for each other. `timeout` is
    how many seconds to wait for it.
    """

    def __init__(self, path: str | Path, *, timeout: float = 60.0) -> None:
        self.path = Path(path).expanduser()
        self._timeout = timeout

    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""
        if not self.path.exists():
            return None
        with self._work() as connection:
            return _Open(self.path, connection).find(key)

    def save(self, token: Token) -> None:
        """Keep a token."""
        with self.lock(token.key) as held:
            held.save(token)

    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key, if there is one."""
        with self.lock(key) as held:
            held.delete(key)

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        """Hold the database's write lock; what is saved under it is kept when it is released."""
        with self._work() as connection:
            with _told(self.path):
                connection.execute("BEGIN IMMEDIATE")
            try:
                yield _Open(self.path, connection)
            finally:
                # Whatever went wrong after a save, the token it holds is the only one that works.
                with _told(self.path):
                    connection.execute("COMMIT")

    def tokens(self) -> list[Token]:
        """Return all tokens."""
        if not self.path.exists():
            return []
        with self._work() as connection:
            return _Open(self.path, connection).tokens()

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self.path)!r})"

    @contextmanager
    def _work(self) -> Iterator[sqlite3.Connection]:
        # A connection for each piece of work: they are rare, and nothing is left open across a fork.
        with _told(self.path):
            connection = self._connect()
        with closing(connection):
            yield connection

    def _connect(self) -> sqlite3.Connection:
        if not self.path.exists():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite would create it readable by everyone; its journal takes the mode of the file.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        # The lock may be let go in another thread than took it, one after the other.
        connection = sqlite3.connect(self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(_CREATE)
        return connection


class _Open(TokenStore):
    """The store on one open connection, inside whatever transaction that is in."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def find(self, key: TokenKey) -> Token | None:
        with _told(self._path):
            row = self._connection.execute(_FIND, _columns(key)).fetchone()
        return None if row is None else self._load(row[0])

    def save(self, token: Token) -> None:
        with _told(self._path):
            self._connection.execute(_SAVE, (*_columns(token.key), rows.dump(token)))

    def delete(self, key: TokenKey) -> None:
        with _told(self._path):
            self._connection.execute(_DELETE, _columns(key))

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        yield self

    def tokens(self) -> list[Token]:
        with _told(self._path):
            found = self._connection.execute(_ALL).fetchall()
        return [self._load(row[0]) for row in found]

    def _load(self, content: bytes) -> Token:
        try:
            return rows.load(content)
        except ValueError as error:
            raise StoreError(
                f"the token database {self._path} contains something other than tokens of this library: {error}"
            ) from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise what SQLite or the system complains about as this library's error."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the token database {path}: {error}") from error


def _columns(key: TokenKey) -> tuple[str, str, str, str]:
    return key.client_id, key.user, key.accounts_url, key.environment
