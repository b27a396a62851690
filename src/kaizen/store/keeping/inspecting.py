"""One state of a database, to be looked at as it is: nothing is created, brought up to date or written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaizen.store.errors import StoreError
from kaizen.store.ids import IdBlock
from kaizen.store.keeping.checks import check, pages
from kaizen.store.keeping.result import Checked
from kaizen.store.migrations import LEDGER, MIGRATIONS, Migration
from kaizen.store.session import Session
from kaizen.store.snapshots import BuildBook, Snapshots
from kaizen.store.unit_of_work import Unit, open_unit
from kaizen.store.unit_settings import StoreContext

_POSTGRES: Final = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is in a database."""

    name: str  #: the database as a message names it
    session: Session
    structure: int  #: the last step of the migrations that it has seen
    build_book: BuildBook
    now: Callable[[], int]

    @property
    def is_current(self) -> bool:
        """Whether this version reads it as it is."""
        return self.structure == len(MIGRATIONS)

    @property
    def pending(self) -> tuple[tuple[int, str], ...]:
        """The steps that would bring it up to date: number and name."""
        return tuple((n, step_name(step)) for n, step in enumerate(MIGRATIONS, 1) if n > self.structure)

    @property
    def is_created(self) -> bool:
        """Whether it holds an organisation."""
        return bool(self.session.rows("SELECT 1 FROM kz_organisation"))

    def unit(self) -> Unit:
        """Return a unit of work that reads it, if its structure is the current one."""
        return open_unit(self.session, Snapshots(), self.now(), StoreContext(IdBlock(), self.build_book))

    def check(self) -> Iterator[Checked]:
        """Give what is to be said of each part of it; of an older structure, only of the file of SQLite."""
        if self.session.dialect.has_pages:
            yield pages(self.session)
        if self.is_current:
            yield from check(self.unit())

    def prove(self) -> None:
        """Raise StoreError for the first part that is not whole."""
        for checked in self.check():
            if checked.problems:
                said = "; ".join(checked.examples)
                raise StoreError(f"{self.name}: it is damaged: {checked.what}: {said} (`kaizen check` shows all)")


@contextmanager
def inspecting(
    url: str, *, build_book: BuildBook, clock: Callable[[], int], schema: str = "kaizen"
) -> Iterator[Inspected]:
    """Look at one state of a database of ours; raises StoreError when there is none."""
    if is_postgres(url):
        from kaizen.store.keeping.postgres_copies import reading as reading_postgres

        with reading_postgres(url, schema) as (session, name):
            yield _inspected(session, name, build_book, clock)
        return
    from kaizen.store.keeping.sqlite_copies import reading
    from kaizen.store.opening import path_of

    path = path_of(url)
    with reading(_existing(path)) as session:
        yield _inspected(session, str(path), build_book, clock)


def is_postgres(url: str) -> bool:
    """Return whether an address leads to PostgreSQL."""
    return url.startswith(_POSTGRES)


def step_name(step: Migration) -> str:
    """Return the name of a migration in words."""
    return step.__name__.strip("_").replace("_", " ")


def _existing(path: Path | None) -> Path:
    if path is None:
        raise StoreError("a temporary database cannot be looked at from outside")
    if not path.is_file():
        raise StoreError(f"{path}: there is no such database; name another with --database")
    return path


def _inspected(session: Session, name: str, build_book: BuildBook, clock: Callable[[], int]) -> Inspected:
    structure = int(session.rows(f"SELECT COALESCE(MAX(number), 0) FROM {LEDGER}")[0][0])
    if structure > len(MIGRATIONS):
        raise StoreError(
            f"{name}: it was written by a later version of Kaizen (its structure is number {structure}, this version "
            f"knows {len(MIGRATIONS)}); use that version or a newer one"
        )
    return Inspected(name, session, structure, build_book, clock)
