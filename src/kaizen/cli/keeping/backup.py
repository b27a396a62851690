"""`kaizen backup` and `kaizen restore`: a whole copy of a database, and back."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption
from kaizen.cli.extras import server_extra
from kaizen.cli.keeping.place import file_of, looking_at, place_of, prove
from kaizen.cli.outputs import check_writable
from kaizen.cli.problems import UsageProblemError


def backup(file: Path, *, database: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Copy a database into a new file, also beside a running server.

    The file has its name only once it is whole: the copy is of one moment, and was checked as `kaizen check` does.
    A PostgreSQL database is written in the custom format of pg_dump, which must be installed.

    Parameters
    ----------
    file
        The file to write; it must not exist yet.
    """
    with server_extra():
        from kaizen.store.keeping import sqlite_copies
        from kaizen.store.keeping.inspecting import is_postgres

    check_writable(file)
    if file.exists():
        raise UsageProblemError(f"{file}: there is such a file already; name another")
    with place_of(database, config) as url, looking_at(url) as found:
        if is_postgres(url):
            from kaizen.store.keeping import postgres_copies

            found.prove()
            postgres_copies.back_up(url, found.session, file)
        else:
            sqlite_copies.back_up(file_of(url), file, lambda part: prove(str(part)))
    print(f"{file}: {file.stat().st_size:,} bytes, a whole copy of {found.name}")
    print(f"Next: keep it on another machine; `kaizen restore {file}` puts it in place.", flush=True)


def restore(
    file: Path,
    *,
    replace: Annotated[bool, Parameter(negative="")] = False,
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of a database that no server uses.

    The backup is checked before anything is replaced.

    Parameters
    ----------
    file
        A file that `kaizen backup` wrote.
    replace
        Replace the database that is there.
    """
    with server_extra():
        from kaizen.store.keeping import sqlite_copies
        from kaizen.store.keeping.inspecting import is_postgres

    if not file.is_file():
        raise UsageProblemError(f"{file}: there is no such file; name another")
    with place_of(database, config) as url:
        if is_postgres(url):
            from kaizen.store.keeping import postgres_copies

            name = postgres_copies.restore(url, file, lambda: prove(url), replace=replace)
        else:
            place = file_of(url)
            check_writable(place)
            sqlite_copies.restore(file, place, lambda part: prove(str(part)), replace=replace)
            name = str(place)
    print(f"{name}: restored from {file}")
    print("Next: start `kaizen serve` on it.", flush=True)
