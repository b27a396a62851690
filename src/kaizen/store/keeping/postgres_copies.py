"""Copies of a schema of PostgreSQL, in the format of pg_dump."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kaizen.store.errors import StoreError
from kaizen.store.migrations import LEDGER
from kaizen.store.postgres.claims import Claims
from kaizen.store.postgres.pool import APPLICATION, watched
from kaizen.store.postgres.session import Connection, PostgresSession
from kaizen.store.postgres.store import configure
from kaizen.store.session import Session
from kaizen.store.sqlite.private_files import create_private

#: The schema that is kept unless another is named.
SCHEMA: Final = "kaizen"
_PART: Final = ".part"
#: Where the schema waits that a restored one is to replace.
_BEFORE: Final = "{}_before_restore"


@contextmanager
def reading(url: str, schema: str) -> Iterator[tuple[PostgresSession, str]]:
    """Read one state of a schema; gives the session and the name of the database."""
    with _connected(url) as connection:
        configure(connection, schema)
        if not connection.execute("SELECT to_regclass(%s)", (LEDGER,)).fetchone() == (LEDGER,):
            raise StoreError(f"{connection.info.dbname}: it has no schema {schema} of Kaizen; name another database")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield PostgresSession(connection, Claims(schema), writable=False), connection.info.dbname


def back_up(url: str, session: Session, target: Path, schema: str = SCHEMA) -> None:
    """Write the state that a session sees into a new file, in the custom format of pg_dump."""
    ((snapshot,),) = session.rows("SELECT pg_export_snapshot()")
    part = target.with_name(f"{target.name}{_PART}")
    part.unlink(missing_ok=True)
    try:
        create_private(str(part))
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}"]
        _run("pg_dump", url, [*options, f"--snapshot={snapshot}", f"--file={part}"])
        verify(part)
        if target.exists():
            raise StoreError(f"{target}: there is such a file already; name another")
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def verify(backup: Path) -> None:
    """Read a backup to its end; raises StoreError if that cannot be done."""
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no such file; name another")
    contents = _run("pg_restore", "", ["--list", str(backup)])
    if f" {LEDGER} " not in contents:
        raise StoreError(f"{backup}: it is not a backup of Kaizen; name another file")
    _run("pg_restore", "", [f"--file={os.devnull}", str(backup)])


def restore(url: str, backup: Path, check: Callable[[], None], schema: str = SCHEMA, *, replace: bool = False) -> str:
    """Put a backup in the place of a schema that nobody uses; return the name of the database.

    `check` raises StoreError if what was restored is not whole; then what was there before is there again.
    """
    verify(backup)
    before = _BEFORE.format(schema)
    with _connected(url) as connection:
        _refuse_live(connection)
        there = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None
        filled = connection.execute("SELECT to_regclass(%s)", (f"{schema}.{LEDGER}",)).fetchone() != (None,)
        if filled and not replace:
            raise StoreError(
                f"{connection.info.dbname}: there is a database already; --replace puts the backup in its place"
            )
        if there:
            _rename(connection, schema, before)
        try:
            _run(
                "pg_restore",
                url,
                ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(backup)],
            )
            check()
        except BaseException:
            _drop(connection, schema)
            if there:
                _rename(connection, before, schema)
            raise
        _drop(connection, before)
        return connection.info.dbname


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True, **watched(url))
    except psycopg.Error as error:
        said = " ".join(str(error).split())  # libpq writes several lines
        raise StoreError(f"the PostgreSQL database cannot be opened: {said}; check its address") from error
    with connection:
        try:
            yield connection
        except psycopg.Error as error:
            raise StoreError(f"{connection.info.dbname}: {' '.join(str(error).split())}") from error


def _refuse_live(connection: Connection) -> None:
    used = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    row = connection.execute(used, (APPLICATION,)).fetchone()
    if row != (0,):
        raise StoreError(f"{connection.info.dbname}: a server runs on this database; stop it first")


def _rename(connection: Connection, schema: str, other: str) -> None:
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(other)))


def _drop(connection: Connection, schema: str) -> None:
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def _run(program: str, url: str, options: Sequence[str]) -> str:
    """Run a program of PostgreSQL and return what it writes; the password goes by the environment."""
    place = shutil.which(program)
    if place is None:
        raise StoreError(
            f"{program} is not installed on this machine; install the client programs of PostgreSQL, or run it where "
            "they are, as the page on backups says"
        )
    environment, target = dict(os.environ), list[str]()
    if url:
        parameters = conninfo_to_dict(url)
        password = parameters.pop("password", None)
        target = [f"--dbname={make_conninfo('', **parameters)}"]
        environment |= {"PGPASSWORD": str(password)} if password else {}
    done = subprocess.run([place, *target, *options], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - the program that was found, without a shell
    if done.returncode != 0:
        said = " ".join(done.stderr.split())
        raise StoreError(f"{program} failed: {said}")
    return done.stdout
