"""The journal of a SQLite file (the WAL beside it): whether it is missing, and whether it only grows.

A process that serves a file marks it, in the header, as `PRAGMA user_version`, and takes the mark away when it ends.
A file with the mark and without a journal was copied without it, or the journal was lost: what was committed since it
was last moved into the file is missing. A process that was killed leaves the journal where it is.
"""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

import apsw

log = logging.getLogger("kaizen.store")

#: Moves what can be moved without waiting; gives whether it was held up, the pages of the journal, and those moved.
_CHECKPOINT: Final = "PRAGMA wal_checkpoint(PASSIVE)"
_MARK: Final = 1
_HEADER: Final = 100  #: bytes
#: Where the header says that a file has a WAL, and where our mark is.
_WRITE_FORMAT: Final = 18
_WAL: Final = 2
_USER_VERSION: Final = slice(60, 64)
#: How many commits pass from one look at the journal to the next.
_LOOK: Final = 256


def journal_of(path: str) -> Path:
    """Return the journal of a file."""
    return Path(f"{path}-wal")


def tell_missing_journal(path: str) -> bool:
    """Log it if a file was in use when it was copied, and its journal is not there; return whether that is so."""
    if journal_of(path).exists() or not _was_in_use(path):
        return False
    what = (
        f"{journal_of(path).name} is not beside it: it was copied while a server ran, without its journal, and what "
        "was written last may be missing. If you have the journal, stop the server and copy both; "
        "`kaizen backup` makes copies that are whole"
    )
    log.warning("database.journal_missing", extra={"file": path, "told": what})
    return True


def _was_in_use(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            header = file.read(_HEADER)
    except OSError:
        return False
    is_wal = len(header) == _HEADER and header[_WRITE_FORMAT] == _WAL
    return is_wal and int.from_bytes(header[_USER_VERSION]) == _MARK


def mark_in_use(connection: apsw.Connection) -> None:
    """Mark a file as in use, in the file itself."""
    connection.pragma("user_version", _MARK)
    connection.execute(_CHECKPOINT).fetchall()


def mark_whole(connection: apsw.Connection) -> None:
    """Take the mark away; the last connection to close moves the journal into the file."""
    if connection.pragma("user_version") == _MARK:
        connection.pragma("user_version", 0)


class JournalWatch:
    """Notices a journal that grows because somebody reads an old state all the time, and says so once."""

    def __init__(self, path: str, limit: int) -> None:
        self._path = path
        self._limit = limit  #: pages
        self._commits = 0
        self.pages = 0  #: how long the journal was when it was looked at
        self.grows = False

    def committed(self, connection: apsw.Connection) -> None:
        """Take note of a commit of the connection."""
        self._commits += 1
        if self._commits % _LOOK == 0:
            with suppress(apsw.Error):  # the disk is full, say: whoever writes next hears of it
                self.look(connection)

    def look(self, connection: apsw.Connection) -> None:
        """Look how long the journal is, and how much of it could not be moved into the file."""
        ((_, pages, moved),) = cast(list[tuple[int, int, int]], connection.execute(_CHECKPOINT).fetchall())
        self.pages = pages
        grows = self.pages > self._limit and moved < self.pages
        if grows and not self.grows:
            what = "another process, perhaps a backup or an open shell, reads an old state; end it, or the disk fills"
            log.warning("database.journal_grows", extra={"file": self._path, "pages": self.pages, "told": what})
        self.grows = grows
