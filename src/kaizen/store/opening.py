"""Where a database address leads."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import unquote

from kaizen.model.catalog import Catalog
from kaizen.model.passwords import without_password
from kaizen.model.people import Organisation, User
from kaizen.store.errors import StoreError
from kaizen.store.ids import IdBlock
from kaizen.store.read_limits import READ_LIMITS, Gone, ReadLimits
from kaizen.store.snapshots import BuildBook
from kaizen.store.unit_of_work import Unit
from kaizen.store.unit_settings import StoreContext

T = TypeVar("T")

#: An address for a database that is gone when it is closed.
EPHEMERAL: Final = ":memory:"


class Database(Protocol):
    """A store as its opener sees it; the units are for accounts, too."""

    @property
    def is_new(self) -> bool:
        """Whether the database holds no organisation yet."""

    def create(self, organisation: Organisation, users: Iterable[User], catalog: Catalog) -> None:
        """Write a new organisation into an empty database."""

    def read_now(self, work: Callable[[Unit], T]) -> T:
        """Run work that only reads, in the calling thread."""

    def write_now(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and wait for the commit."""

    async def read(self, work: Callable[[Unit], T], gone: Gone | None = None) -> T:
        """Run work that only reads, on one state of the database.

        It is stopped when it takes too long (ReadTooLongError), or when it takes long and `gone` raises.
        """

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and return after the commit; an exception rolls it back whole."""

    async def prove_writable(self) -> None:
        """Return once a commit reached the disk; RefusedByStoreError says why none can."""

    def connections(self) -> Mapping[str, int]:
        """Return how many connections there are, by what they do."""

    def close(self) -> None:
        """Finish the writes that were asked for and let go of the database."""


def open_store(
    url: str,
    *,
    clock: Callable[[], int],
    build_book: BuildBook,
    schema: str = "kaizen",
    limits: ReadLimits = READ_LIMITS,
    serving: bool = False,
) -> Database:
    """Open a database and bring its structure up to date.

    `url`: `sqlite:///relative.db`, `sqlite:////absolute.db`, a plain path, `:memory:` (or `sqlite://`) for one that
    is gone when it is closed, or `postgresql://...`. `clock` returns seconds since the epoch. `schema` is
    where PostgreSQL keeps the organisation. `limits` are those of `read`; `read_now` has none. `serving`: no other
    process may serve it until it is closed, if it is a SQLite file. Raises StoreError when the address leads nowhere.
    """
    shared = StoreContext(IdBlock(), build_book)
    if url.startswith(("postgresql://", "postgres://")):
        try:
            from kaizen.store.postgres.store import PostgresStore
        except ImportError as error:
            raise StoreError(f"PostgreSQL needs more packages: pip install 'kaizen-crm[postgres]' ({error})") from error

        return PostgresStore(url, schema=schema, clock=clock, shared=shared, limits=limits)
    import apsw

    from kaizen.store.sqlite.store import SqliteStore

    path = path_of(url)
    try:
        return SqliteStore(path, clock=clock, shared=shared, limits=limits, serving=serving)
    except apsw.Error as error:
        raise StoreError(f"{path}: cannot be used as a SQLite database ({error}); name another file") from error


def path_of(url: str) -> Path | None:
    """Return the file of an address that does not lead to PostgreSQL; None for a database that is gone when closed."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return None if url == EPHEMERAL else Path(url)
    if scheme != "sqlite":
        raise StoreError(
            f"{without_password(url)}: a database is sqlite:///PATH, postgresql://..., or the path of a file"
        )
    if rest in ("", "/", f"/{EPHEMERAL}"):
        return None
    return Path(unquote(rest.removeprefix("/")))
