"""One serving process on one SQLite file: a lock that ends with its process, however that ends.

The lock lies on a file beside the database. Locks of that kind on the database itself are SQLite's own.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from kaizen.store.errors import StoreError

ENDING: Final = "-serving"
_PRIVATE: Final = 0o600


class ServedError(StoreError):
    """A server runs on the database."""

    def __init__(self, path: Path, pid: str) -> None:
        process = f" (process {pid})" if pid else ""
        super().__init__(
            f"{path}: a server{process} runs on this database already, and a SQLite file takes only one; "
            "stop it first, or use PostgreSQL for several (--database postgresql://...)"
        )


class ServingLock:
    """The lock of a process that serves a database; `release` lets the next one serve it."""

    def __init__(self, database: Path) -> None:
        # Two names of one file are one database.
        self._path = Path(f"{database.resolve()}{ENDING}")
        while True:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, _PRIVATE)
            except OSError as error:
                why = f"cannot be used as a SQLite database ({self._path.name}: {error.strerror})"
                raise StoreError(f"{database}: {why}; name another file") from error
            try:
                self._take(database)
                if self._is_named():
                    break
            except BaseException:
                os.close(self._file)
                raise
            # The process before removed it meanwhile: a lock on it keeps nobody off.
            os.close(self._file)
        os.truncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Remove the file, then the lock on it."""
        # Windows removes no file that is open; there it stays, and the lock ends all the same.
        with suppress(OSError):
            self._path.unlink()
        os.close(self._file)

    def _take(self, database: Path) -> None:
        if not _locked(self._file):
            raise ServedError(database, os.read(self._file, 20).decode("ascii", "replace").strip())

    def _is_named(self) -> bool:
        """Return whether the locked file is still the one that others will find."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        return False


def is_served(database: Path) -> bool:
    """Return whether a server runs on a SQLite file."""
    try:
        ServingLock(database).release()
    except ServedError:
        return True
    return False


if sys.platform == "win32":
    import msvcrt

    def _locked(file: int) -> bool:
        """Lock a file until it is closed; False: another process has done so."""
        os.lseek(file, 1 << 30, os.SEEK_SET)  # beyond what is read
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _locked(file: int) -> bool:
        """Lock a file until it is closed; False: another process has done so."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
