"""Which database a command is about, and what it needs to look at it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.serve import CONFIG

if TYPE_CHECKING:
    from kaizen.store.keeping.inspecting import Inspected


@contextmanager
def place_of(database: str | None, config: Path | None) -> Iterator[str]:
    """Give the address of the database that is named, or set; what its store refuses is a problem of usage."""
    with server_extra():
        from kaizen.server.settings import SettingsError, read_settings
        from kaizen.store import StoreError

    file = config or (CONFIG if CONFIG.exists() else None)
    try:
        yield read_settings({"database": database}, os.environ, file).database
    except (SettingsError, StoreError) as error:
        raise UsageProblemError(str(error)) from error


@contextmanager
def looking_at(url: str) -> "Iterator[Inspected]":
    """Look at one state of a database that holds an organisation."""
    from kaizen.automation.rule_loader import build_book
    from kaizen.store.keeping.inspecting import inspecting

    with inspecting(url, build_book=build_book, clock=lambda: int(time.time())) as found:
        if not found.is_created:
            raise UsageProblemError(f"{found.name}: it has no organisation yet; start `kaizen serve` on it first")
        yield found


def prove(url: str) -> None:
    """Raise StoreError if a database is not whole."""
    with looking_at(url) as found:
        found.prove()


def file_of(url: str) -> Path:
    """Return the SQLite file at an address."""
    from kaizen.store.opening import path_of

    path = path_of(url)
    if path is None:
        raise UsageProblemError("a temporary database ends with its server; name a file with --database")
    return path
