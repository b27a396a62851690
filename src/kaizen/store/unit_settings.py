"""What every part of a unit of work is given: the transaction, its time and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from kaizen.model.catalog import Catalog, Module
from kaizen.model.people import Organisation, User
from kaizen.model.values import Id
from kaizen.store.errors import StoreError
from kaizen.store.ids import COUNTER, IdBlock
from kaizen.store.json_text import from_text, rebuild_text, to_text
from kaizen.store.session import Row, Session, must_write
from kaizen.store.snapshots import BuildBook, Snapshots
from kaizen.store.table_layout import TableLayout

T = TypeVar("T")

#: The versions of the state row in the order in which a unit reads them.
VERSIONS: Final = ("organisation", "catalog", "users", "tags", "calendar", "book", "accounts")
_PLACES: Final = {name: place for place, name in enumerate(VERSIONS)}
#: Snapshots that are made from others.
_DERIVED: Final = ("book", "snapshot", "calendar", "layouts", "access")
#: Parts of the names of what the audit log does not show.
_SECRETS: Final = ("secret", "password", "token", "_key")
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


class UnitSettings:
    """The settings of an organisation as one transaction sees them, each with the version it was made from."""

    def __init__(self, opened: Opened) -> None:
        self.session: Final = opened.session
        self.dialect: Final = opened.session.dialect
        self.now: Final = opened.now
        self.snapshots: Final = opened.snapshots
        self.shared: Final = opened.shared
        self.versions = opened.versions
        self.acting: Id = 0  #: the user for whom this unit works
        self.audits = True  #: not while an organisation is created: all of it is new
        #: Shared with other units of the same versions.
        self._held = opened.snapshots.held(opened.versions)

    @property
    def organisation(self) -> Organisation:
        """The organisation of this database."""
        return self.snapshot("organisation", self._load_organisation)

    @property
    def catalog(self) -> Catalog:
        """All modules and fields."""
        return self.snapshot("catalog", self._load_catalog)

    @property
    def users(self) -> Mapping[Id, User]:
        """Users by id."""
        return self.snapshot("users", self._load_users)

    def new_id(self) -> Id:
        """Return an id that nothing else has."""
        return self.new_ids(1)[0]

    def new_ids(self, count: int) -> list[Id]:
        """Return ids that nothing else has, ascending."""
        must_write(self.session)
        return self.shared.ids.take(count, self.organisation.id_prefix, lambda: self.session.advance(COUNTER))

    def version(self, name: str) -> int:
        """Return the version of the settings of one kind."""
        return int(self.versions[_PLACES[name]])

    def snapshot(self, name: str, load: Callable[[], T], made_from: tuple[str, ...] = ()) -> T:
        """Return the settings of one kind as this transaction sees them."""
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = self._found(name, load, made_from or (name,))
        return held  # type: ignore[return-value]  # each name is held for one type

    def _found(self, name: str, load: Callable[[], object], made_from: tuple[str, ...]) -> object:
        version = tuple(self.versions[_PLACES[n]] for n in made_from)
        found = self.snapshots.get(name, version)
        if found is None:
            found = load()
            self.snapshots.keep(name, version, found)
        return found

    def next_version(self, name: str) -> int:
        """Announce a change of settings, so that every process reads them again."""
        must_write(self.session)
        (version,) = self.session.rows(f"UPDATE kz_state SET {name} = {name} + 1 RETURNING {name}")[0]
        versions = list(self.versions)
        versions[_PLACES[name]] = version
        self.versions = tuple(versions)
        self._held = {kind: value for kind, value in self._held.items() if kind not in (name, *_DERIVED)}
        return int(version)

    def audit(self, kind: str, object_id: Id | str, before: object, after: object) -> None:
        """Note in the audit log how a settings object changed; None: it is not there."""
        must_write(self.session)
        # Compared as they are: masked, a new secret would be no change.
        if self.audits and before != after:
            old, new = to_text(_masked(before)), to_text(_masked(after))
            self.session.run(
                "INSERT INTO kz_audit (at, user_id, kind, object_id, before, after) VALUES (?, ?, ?, ?, ?, ?)",
                (self.now, self.acting, kind, str(object_id), old, new),
            )

    def touch(self) -> None:
        """Change settings that no snapshot is made of: a unit that looked them up before another one wrote loses."""
        self.session.run("UPDATE kz_state SET organisation = organisation")

    def publish(self, name: str, value: object) -> None:
        """Spare the next reader the work of loading settings that are known here."""
        self._held[name] = value
        self.snapshots.keep(name, (self.version(name),), value)

    def layout(self, module: str) -> TableLayout:
        """Return how records of a module lie in its table."""
        layouts: dict[str, TableLayout] = self.snapshot("layouts", dict, made_from=("catalog",))
        layout = layouts.get(module)
        if layout is None:
            layout = layouts[module] = TableLayout(self.catalog.by_name[module], self.catalog, self.dialect)
        return layout

    def _load_organisation(self) -> Organisation:
        rows = self.session.rows("SELECT body FROM kz_organisation")
        if not rows:
            raise StoreError("the database has no organisation yet; it must be created first")
        return rebuild_text(Organisation, rows[0][0])

    def _load_catalog(self) -> Catalog:
        rows = self.session.rows("SELECT body FROM kz_module ORDER BY position")
        modules = tuple(rebuild_text(Module, body) for (body,) in rows)
        return Catalog(self.version("catalog"), modules)

    def _load_users(self) -> Mapping[Id, User]:
        rows = self.session.rows("SELECT id, body FROM kz_user ORDER BY id")
        return {i: rebuild_text(User, body) for i, body in rows}


def _masked(settings: object) -> object:
    """Return settings as JSON without what is secret in them."""
    return _without_secrets(from_text(to_text(settings)))


def _without_secrets(value: object) -> object:
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "***" if each and any(word in key.lower() for word in _SECRETS) else _without_secrets(each)
        for key, each in value.items()
    }
