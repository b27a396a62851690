"""Tokens in the MySQL or MariaDB table that the older SDKs use, so that both can read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from kaizen.sdk.errors import ConfigError, StoreError
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.tokens import Token, TokenKey

if TYPE_CHECKING:
    import pymysql

#: Of the seed, but for the widths: its 100 characters are too few for some of today's tokens.
_CREATE: Final = """
CREATE TABLE IF NOT EXISTS oauthtokens (
    useridentifier VARCHAR(100), accesstoken VARCHAR(255), refreshtoken VARCHAR(255), expirytime BIGINT
)
"""
_NO_SUCH_TABLE: Final = 1146
_FIND: Final = "SELECT accesstoken, refreshtoken, expirytime FROM oauthtokens WHERE useridentifier = %s"
_DELETE: Final = "DELETE FROM oauthtokens WHERE useridentifier = %s"
_INSERT: Final = "INSERT INTO oauthtokens VALUES (%s, %s, %s, %s)"


class MySQLStore(TokenStore):
    """Keeps tokens in the table `oauthtokens` of the database `zohooauth`, as the Ruby and Python v2 SDKs do.

    The table knows a user and nothing else: keep two clients, or two data centres, in two databases. The
    database must exist; the table is made when it is missing. Needs `pip install kaizen-crm[mysql]`.
    """

    def __init__(
        self,
        *,
        user: str = "root",
        password: str = "",
        host: str = "localhost",
        port: int = 3306,
        database: str = "zohooauth",
        lock_timeout: int = 60,
    ) -> None:
        self._arguments: dict[str, Any] = {
            "user": user,
            "password": password,
            "host": host,
            "port": port,
            "database": database,
        }
        self._lock_timeout = lock_timeout

    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""
        with self._work() as cursor:
            row = cursor.fetchone() if self._execute(cursor, _FIND, (key.user,)) else None
        if row is None:
            return None
        access, refresh, expiry = row
        expires_at = None if expiry is None else expiry / 1000  # the table holds milliseconds
        return Token(key, refresh_token=refresh, access_token=access, expires_at=expires_at)

    def save(self, token: Token) -> None:
        """Keep a token."""
        expiry = None if token.expires_at is None else int(token.expires_at * 1000)
        with self._work() as cursor:
            cursor.execute("SET SESSION sql_notes = 0")  # that the table exists is no warning worth showing
            cursor.execute(_CREATE)
            cursor.execute("START TRANSACTION")
            cursor.execute(_DELETE, (token.key.user,))
            cursor.execute(_INSERT, (token.key.user, token.access_token, token.refresh_token, expiry))
            cursor.execute("COMMIT")

    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key, if there is one."""
        with self._work() as cursor:
            self._execute(cursor, _DELETE, (key.user,))

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        """Hold a named lock of the database server; it is released when the connection ends."""
        name = "kaizen:" + hashlib.sha256(f"{self._arguments['database']}:{key.user}".encode()).hexdigest()[:40]
        with self._work() as cursor:
            cursor.execute("SELECT GET_LOCK(%s, %s)", (name, self._lock_timeout))
            row = cursor.fetchone()
            if row is None or row[0] != 1:
                raise StoreError(f"the token table was locked for more than {self._lock_timeout} seconds")
            yield self

    def tokens(self) -> list[Token]:
        """Refuse: the table does not say to which client and data centre a row belongs."""
        raise StoreError("the table oauthtokens does not say which client a token belongs to; ask for one user")

    def __repr__(self) -> str:
        where = self._arguments
        return f"MySQLStore({where['user']}@{where['host']}:{where['port']}/{where['database']})"

    def _execute(self, cursor: pymysql.cursors.Cursor, statement: str, values: tuple[object, ...]) -> bool:
        """Execute on the table; tells whether there is one (it is made by the first save)."""
        import pymysql

        try:
            cursor.execute(statement, values)
        except pymysql.ProgrammingError as error:
            if error.args[0] == _NO_SUCH_TABLE:
                return False
            raise
        return True

    @contextmanager
    def _work(self) -> Iterator[pymysql.cursors.Cursor]:
        try:
            import pymysql
        except ImportError as error:
            raise ConfigError(
                "keeping tokens in MySQL needs the package pymysql (pip install 'kaizen-crm[mysql]'); "
                "token_persistence_path keeps them in a file instead"
            ) from error
        try:
            with (
                closing(pymysql.connect(autocommit=True, **self._arguments)) as connection,
                connection.cursor() as cursor,
            ):
                yield cursor
        except pymysql.Error as error:
            raise StoreError(f"the token database {self!r}: {error}") from error
