"""Who may read the files of a database: its owner only."""

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

log = logging.getLogger("kaizen.store")

_PRIVATE: Final = 0o600
#: What SQLite writes beside the file; it gives new ones the mode of the file.
_JOURNALS: Final = ("", "-wal", "-shm", "-journal")


def create_private(path: str) -> None:
    """Create the file if there is none, so that no other user can read it at any moment."""
    # What cannot be created is left to SQLite, which says why.
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))


def make_private(path: str) -> None:
    """Make a database and its journals readable by their owner only, and log it where others could read them."""
    files = [file for ending in _JOURNALS if (file := Path(f"{path}{ending}")).exists()]
    try:
        # SQLite may take a journal away at any moment: one that is gone by now cannot be read.
        wide = [file for file in files if stat.S_IMODE(file.stat().st_mode) & ~_PRIVATE]
        for file in wide:
            file.chmod(_PRIVATE)
    except FileNotFoundError:
        make_private(path)
    except OSError as error:
        log.warning("database.open_to_others", extra={"file": path, "reason": error.strerror})
    else:
        if wide:
            log.warning("database.made_private", extra={"file": path})
