"""What every family of tables shares: the transaction, its time and its settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from kaizen.model.catalog import Catalog, Module
from kaizen.model.claim import Claim
from kaizen.model.people import Organisation, User
from kaizen.model.values import Id
from kaizen.store.dataclass_table import Shape
from kaizen.store.errors import ReadOnlyError, StoreError
from kaizen.store.ids import COUNTER, IdBlock
from kaizen.store.json_text import rebuild_text
from kaizen.store.session import Row, Session
from kaizen.store.snapshots import BuildBook, Snapshots
from kaizen.store.table_layout import TableLayout

T = TypeVar("T")

#: The versions of the state row in the order in which a unit reads them.
VERSIONS: Final = ("organisation", "catalog", "users", "tags", "calendar", "book")
#: Snapshots that are made from others.
_DERIVED: Final = ("book", "shelf", "calendar", "layouts")
READ_VERSIONS: Final = f"SELECT {', '.join(VERSIONS)} FROM kz_state"


@dataclass(frozen=True)
class StoreContext:
    """What the units of one process share."""

    ids: IdBlock
    build_book: BuildBook


@dataclass(frozen=True)
class Opened:
    """What one unit begins with."""

    session: Session
    versions: Row
    snapshots: Snapshots
    now: int
    shared: StoreContext


class Tables:
    """One transaction over the tables of an organisation; families of tables are its subclasses.

    Writes are buffered per table family. Whoever reads a table writes its buffer first.
    """

    def __init__(self, opened: Opened) -> None:
        self._session = opened.session
        self._dialect = opened.session.dialect
        self._versions = dict(zip(VERSIONS, opened.versions, strict=True))
        self._snapshots = opened.snapshots
        self._shared = opened.shared
        self._now = opened.now
        self._held: dict[str, object] = {}

    @property
    def now(self) -> int:
        """The time of this unit, seconds since the epoch."""
        return self._now

    def flush(self) -> None:
        """Write what is buffered; every family adds its own."""

    @property
    def organisation(self) -> Organisation:
        """The organisation of this database."""
        return self._snapshot("organisation", self._load_organisation)

    @property
    def catalog(self) -> Catalog:
        """All modules and fields."""
        return self._snapshot("catalog", self._load_catalog)

    @property
    def users(self) -> Mapping[Id, User]:
        """Users by id."""
        return self._snapshot("users", self._load_users)

    def new_id(self) -> Id:
        """Return an id that nothing else has."""
        return self.new_ids(1)[0]

    def new_ids(self, count: int) -> list[Id]:
        """Return ids that nothing else has, ascending."""
        self._must_write()
        return self._shared.ids.take(count, self.organisation.id_prefix, lambda: self._session.advance(COUNTER))

    def claim(self, claims: Iterable[Claim]) -> None:
        """Make what is looked up and written here one step: no other unit does either until this one ends."""
        self._must_write()
        self._session.claim(claims)

    # -- for the families

    def _snapshot(self, name: str, load: Callable[[], T], made_from: tuple[str, ...] = ()) -> T:
        """Return the settings of one kind as this transaction sees them."""
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = self._found(name, load, made_from or (name,))
        return held  # type: ignore[return-value]  # each name is held for one type

    def _found(self, name: str, load: Callable[[], object], made_from: tuple[str, ...]) -> object:
        version = tuple(self._versions[n] for n in made_from)
        found = self._snapshots.get(name, version)
        if found is None:
            found = load()
            self._snapshots.keep(name, version, found)
        return found

    def _next_version(self, name: str) -> int:
        """Announce a change of settings, so that every process reads them anew."""
        self._must_write()
        (version,) = self._session.rows(f"UPDATE kz_state SET {name} = {name} + 1 RETURNING {name}")[0]
        self._versions[name] = version
        for stale in (name, *_DERIVED):
            self._held.pop(stale, None)
        return int(version)

    def _publish(self, name: str, value: object) -> None:
        """Spare the next reader the work of loading settings that are known here."""
        self._held[name] = value
        self._snapshots.keep(name, (self._versions[name],), value)

    def _layout(self, module: str) -> TableLayout:
        layouts: dict[str, TableLayout] = self._snapshot("layouts", dict, made_from=("catalog",))
        layout = layouts.get(module)
        if layout is None:
            layout = layouts[module] = TableLayout(self.catalog.by_name[module], self.catalog, self._dialect)
        return layout

    def _put(self, shape: Shape[T], item: T) -> None:
        """Insert or replace one row."""
        self._must_write()
        self._session.run(shape.upsert, shape.row(item))

    def _one(self, shape: Shape[T], column: str, value: object) -> T | None:
        rows = self._session.rows(f"{shape.select}WHERE {column} = ?", (value,))
        return shape.item(rows[0]) if rows else None

    def _among(self, values: Iterable[object]) -> list[object]:
        """Bind a list for `Dialect.among`."""
        return [self._dialect.listed(list(values))]

    def _must_write(self) -> None:
        if not self._session.writable:
            raise ReadOnlyError

    def _load_organisation(self) -> Organisation:
        rows = self._session.rows("SELECT body FROM kz_organisation")
        if not rows:
            raise StoreError("the database holds no organisation yet; it must be created first")
        return rebuild_text(Organisation, rows[0][0])

    def _load_catalog(self) -> Catalog:
        rows = self._session.rows("SELECT body FROM kz_module ORDER BY position")
        modules = tuple(rebuild_text(Module, body) for (body,) in rows)
        return Catalog(self._versions["catalog"], modules)

    def _load_users(self) -> Mapping[Id, User]:
        rows = self._session.rows("SELECT id, body FROM kz_user ORDER BY id")
        return {i: rebuild_text(User, body) for i, body in rows}
