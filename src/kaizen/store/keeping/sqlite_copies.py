"""Copies of a SQLite file: taken beside a running server, verified before they get their names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import apsw

from kaizen.store.errors import StoreError
from kaizen.store.migrations import LEDGER
from kaizen.store.sqlite import functions
from kaizen.store.sqlite.private_files import create_private
from kaizen.store.sqlite.serving_lock import ServingLock
from kaizen.store.sqlite.session import SqliteSession

#: What a copy is called until it is whole.
_PART: Final = ".part"
_JOURNALS: Final = ("-wal", "-shm", "-journal")
_PATIENCE: Final = 5_000  #: milliseconds

#: Looks a copy through and raises StoreError if it is not whole.
Verify = Callable[[Path], None]


@contextmanager
def reading(path: Path) -> Iterator[SqliteSession]:
    """Read one state of a file, which is left as it is, journals included."""
    with _opened(path) as connection:
        yield SqliteSession(connection, writable=False)


def back_up(database: Path, target: Path, verify: Verify) -> None:
    """Copy one state of a database, which others may be writing to, into a new file."""
    with _opened(database) as source:
        _write_copy(source, target, verify, lambda part: _give_name(part, target))


def restore(backup: Path, database: Path, verify: Verify, *, replace: bool) -> None:
    """Put a copy of a backup in the place of a database that nobody serves."""
    lock = ServingLock(database)
    try:
        if not replace and _holds_something(database):
            raise StoreError(f"{database}: there is a database already; --replace puts the backup in its place")
        with _opened(backup) as source:
            _write_copy(source, database, verify, lambda part: _put_in_place(part, database))
    finally:
        lock.release()


@contextmanager
def _opened(path: Path) -> Iterator[apsw.Connection]:
    connection = None
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        # The journal stays for those who must find it.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.set_busy_timeout(_PATIENCE)
        functions.register(connection)
        connection.pragma("query_only", True)
        connection.execute("BEGIN")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    except apsw.Error as error:
        if connection is not None:
            connection.close()
        raise StoreError(f"{path}: cannot be read as a SQLite database ({error}); name another file") from error
    try:
        if LEDGER not in tables:
            raise StoreError(f"{path}: it is not a database of Kaizen; name another file")
        yield connection
    except apsw.Error as error:
        raise StoreError(f"{path}: cannot be read ({error}); it is damaged, or its disk fails") from error
    finally:
        connection.close()


def _write_copy(source: apsw.Connection, target: Path, verify: Verify, finish: Callable[[Path], None]) -> None:
    part = target.with_name(f"{target.name}{_PART}")
    part.unlink(missing_ok=True)
    try:
        create_private(str(part))
        _copy(source, part)
        verify(part)
        _reach_disk(part)
        finish(part)
        _reach_disk(target.parent)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror}); name another file") from error
    finally:
        part.unlink(missing_ok=True)


def _copy(source: apsw.Connection, part: Path) -> None:
    copy = None
    try:
        copy = apsw.Connection(str(part))
        # The source is inside a transaction: what others write meanwhile is not seen, and begins nothing anew.
        with copy.backup("main", source, "main") as backup:
            backup.step(-1)
        copy.pragma("journal_mode", "DELETE")
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
        raise StoreError(f"{part}: cannot be written ({error}); look at its disk, or name another file") from error
    finally:
        if copy is not None:
            copy.close()


def _give_name(part: Path, target: Path) -> None:
    try:
        os.link(part, target)  # unlike a new name, it replaces nothing
    except FileExistsError as error:
        raise StoreError(f"{target}: there is such a file already; name another") from error
    except OSError:
        if target.exists():
            raise StoreError(f"{target}: there is such a file already; name another") from None
        part.rename(target)  # a file system without links


def _put_in_place(part: Path, database: Path) -> None:
    # The journal of the database that goes must not be taken for one of the database that comes.
    for ending in _JOURNALS:
        Path(f"{database}{ending}").unlink(missing_ok=True)
    part.replace(database)


def _holds_something(database: Path) -> bool:
    with suppress(FileNotFoundError):
        return database.stat().st_size > 0
    return False


def _reach_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        # Some systems cannot do so for folders.
        with suppress(OSError):
            os.fsync(file)
    finally:
        os.close(file)
