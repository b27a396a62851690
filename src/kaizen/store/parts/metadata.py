"""The organisation, its users and its modules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from kaizen.fields.kinds import ColumnKind
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.people import Organisation, User
from kaizen.model.values import Json, Value
from kaizen.store.errors import StoreError
from kaizen.store.json_text import to_text
from kaizen.store.parts.records import first_number, number_counter
from kaizen.store.session import must_write
from kaizen.store.table_layout import TableLayout
from kaizen.store.unit_settings import UnitSettings
from kaizen.vocabulary.data_types import DataType

#: What the fields of the module Users hold; the others are looked up in a user's properties.
_OF_USER: Final[Mapping[str, Callable[[User], Value]]] = {
    "first_name": lambda user: user.first_name,
    "last_name": lambda user: user.last_name or None,
    "full_name": lambda user: user.full_name,
    "email": lambda user: user.email,
    "role": lambda user: user.role_id or None,
    "profile": lambda user: user.profile_id or None,
    "Reporting_To": lambda user: user.reporting_to,
    "status": lambda user: user.status,
    "confirm": lambda user: user.confirmed,
    "zuid": lambda user: user.zuid or None,
    "time_zone": lambda user: user.time_zone,
}

_FITS: Final[Mapping[ColumnKind, type | tuple[type, ...]]] = {
    ColumnKind.INTEGER: int,
    ColumnKind.REAL: (int, Decimal),
    ColumnKind.FLAG: bool,
    ColumnKind.TEXT: str,
    ColumnKind.JSON: (list, tuple, dict),
}


class MetadataTables:
    """Organisation, users, modules and fields (records.ports.MetadataStore)."""

    def __init__(self, settings: UnitSettings) -> None:
        self._settings = settings
        self._session = settings.session

    @property
    def is_created(self) -> bool:
        """Whether the database holds an organisation."""
        return bool(self._settings.version("organisation"))

    def create(self, organisation: Organisation, users: Iterable[User], catalog: Catalog) -> None:
        """Write a new organisation into an empty database."""
        must_write(self._session)
        if self.is_created:
            raise StoreError("the database already holds an organisation")
        self._settings.audits = False
        self._session.run(
            "INSERT INTO kz_organisation (id, body) VALUES (?, ?)", (organisation.id, to_text(organisation))
        )
        self._settings.next_version("organisation")
        self._settings.publish("organisation", organisation)
        for position, module in enumerate(catalog.modules):
            self._session.run(
                "INSERT INTO kz_module (id, position, body) VALUES (?, ?, ?)", (module.id, position, to_text(module))
            )
            if module.table:
                for statement in TableLayout(module, catalog, self._session.dialect).create():
                    self._session.run(statement)
            for field in module.fields:
                self._create_counter(field)
        self._settings.publish("catalog", Catalog(self._settings.next_version("catalog"), catalog.modules))
        for user in users:
            self.add_user(user)

    def add_user(self, user: User) -> None:
        """Add a user."""
        self.update_user(user)

    def update_user(self, user: User) -> None:
        """Replace a user."""
        must_write(self._session)
        if self._settings.audits:
            self._settings.audit("user", user.id, self._settings.users.get(user.id), user)
        self._session.run(
            "INSERT INTO kz_user (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (user.id, to_text(user)),
        )
        self._settings.next_version("users")
        module = self._settings.catalog.by_name.get("Users")
        if module is not None and module.table:
            # As a record, so that lookups to users are joined like all others.
            layout = self._settings.layout("Users")
            self._session.run(f'DELETE FROM "{layout.table}" WHERE id = ?', (user.id,))
            self._session.load(layout.insertion, [layout.row(user.id, _values_of(user, layout))])

    def add_field(self, module: Module, field: Field) -> None:
        """Create the field's column and publish a new catalog."""
        must_write(self._session)
        self._session.lock_structure()
        old = self._settings.catalog
        current = old.by_name[module.api_name]
        if any(f.api_name == field.api_name or (f.column and f.column == field.column) for f in current.fields):
            raise StoreError(f"{module.api_name} has a field {field.api_name} or a column {field.column} already")
        new = replace(current, fields=(*current.fields, field))
        # First of all the version: a concurrent change of the catalog is noticed here, and the unit is restarted.
        self._replace_module(old, new)
        self._settings.audit("field", field.id, None, field)
        if new.table and field.column:
            for statement in self._settings.layout(module.api_name).add(field):
                self._session.run(statement)
        self._create_counter(field)

    def update_field(self, module: Module, field: Field) -> None:
        """Replace a field's metadata and publish a new catalog; raises StoreError when what is stored would change."""
        must_write(self._session)
        self._session.lock_structure()
        old = self._settings.catalog
        current = old.by_name[module.api_name]
        known = current.by_id.get(field.id)
        if known is None or _stored_as(known) != _stored_as(field):
            raise StoreError(f"{module.api_name}.{field.api_name} is stored otherwise")
        fields = tuple(field if f.id == field.id else f for f in current.fields)
        self._replace_module(old, replace(current, fields=fields))
        self._settings.audit("field", field.id, known, field)

    def _replace_module(self, old: Catalog, new: Module) -> None:
        modules = tuple(new if m.api_name == new.api_name else m for m in old.modules)
        self._settings.publish("catalog", Catalog(self._settings.next_version("catalog"), modules))
        self._session.run("UPDATE kz_module SET body = ? WHERE id = ?", (to_text(new), new.id))

    def _create_counter(self, field: Field) -> None:
        if field.data_type is DataType.AUTONUMBER:
            self._session.create_counter(number_counter(field), first_number(field))


def _stored_as(field: Field) -> tuple[object, ...]:
    """Return what the database knows of a field."""
    return field.api_name, field.column, field.data_type, field.unique


def _values_of(user: User, layout: TableLayout) -> dict[str, Value]:
    """Return a user as a record of the module Users."""
    values: dict[str, Value] = {}
    for field in layout.fields:
        known = _OF_USER.get(field.api_name)
        values[field.api_name] = (
            known(user) if known else _fitting(user.properties.get(field.api_name), layout.kinds[field.api_name])
        )
    return values


def _fitting(value: Json, kind: ColumnKind) -> Value:
    if isinstance(value, bool) and kind is not ColumnKind.FLAG:
        return None
    return value if isinstance(value, _FITS[kind]) else None  # type: ignore[return-value]  # the kind decides
