"""Values behind lookups: what `Account_Name.Industry` is for one record."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from kaizen.criteria.tree import Path, key_of
from kaizen.model.catalog import ANY_MODULE, Field, Module
from kaizen.model.people import Organisation, User
from kaizen.model.values import Id, Value, Values
from kaizen.records.ports import UnitOfWork
from kaizen.records.query import locate
from kaizen.vocabulary.data_types import REFERENCES

_USERS: Final = "Users"

#: What records can read of a user, by lower-case name.
_OF_USER: Final[Mapping[str, Callable[[User], Value]]] = {
    "id": lambda user: user.id,
    "email": lambda user: user.email,
    "first_name": lambda user: user.first_name,
    "last_name": lambda user: user.last_name or None,
    "full_name": lambda user: user.full_name,
    "name": lambda user: user.full_name,
    "role": lambda user: user.role_name,
    "profile": lambda user: user.profile_name,
    "time_zone": lambda user: user.time_zone,
    "status": lambda user: user.status,
}


#: What paths find behind a lookup to a user without reading him as a record.
_BEHIND_USER: Final[Mapping[Path, Callable[[User], Value]]] = {
    **{
        (name,): _OF_USER[name]
        for name in ("id", "email", "first_name", "last_name", "full_name", "time_zone", "status")
    },
    ("role",): lambda user: user.role_id or None,
    ("role", "id"): lambda user: user.role_id or None,
    ("role", "name"): lambda user: user.role_name or None,
    ("profile",): lambda user: user.profile_id or None,
    ("profile", "id"): lambda user: user.profile_id or None,
    ("profile", "name"): lambda user: user.profile_name or None,
}


class Related:
    """Reads behind lookups, each record once. Forget it all after a write: it may have changed any of them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._known: dict[tuple[str, Id], Values] = {}

    def values(self, module: str, values: Values, paths: Iterable[Path]) -> dict[str, Value]:
        """Return the values at the ends of paths by key; None where a lookup on the way is empty."""
        return {key_of(path): self.value(module, values, path) for path in paths}

    def value(self, module: str, values: Values, path: Path) -> Value:
        """Return the value at the end of one path."""
        at, rest = path[0], path[1:]
        value = values.get(at)
        if not rest:
            return value
        target = self.target(module, values, at)
        if target is None or not isinstance(value, int):
            return None
        if target == _USERS:
            user = self._uow.users.get(value)
            return self._of_user(user, rest) if user is not None else None
        return self.value(target, self._record(target, value), rest)

    def target(self, module: str, values: Values, name: str) -> str | None:
        """Return the module that a lookup of a record points into."""
        field, value = self.field(module, name), values.get(name)
        if field is None or field.data_type not in REFERENCES:
            return None
        if field.lookup_module != ANY_MODULE:
            return field.lookup_module
        found = locate(self._uow, [value]).get(value) if isinstance(value, int) else None
        return found[0].api_name if found is not None else None

    def field(self, module: str, name: str) -> Field | None:
        """Return a field of a module."""
        found = self._uow.catalog.by_name.get(module)
        return found.by_name.get(name) if found is not None else None

    def prefetch(self, module: Module, records: Iterable[Values], paths: Iterable[Path]) -> None:
        """Read what lies directly behind the lookups of many records: one query a module."""
        wanted: dict[str, set[Id]] = {}
        names = {path[0] for path in paths if len(path) > 1}
        for values in records:
            for name in names:
                value, target = values.get(name), self.target(module.api_name, values, name)
                if isinstance(value, int) and target not in (None, _USERS) and (target, value) not in self._known:
                    wanted.setdefault(str(target), set()).add(value)
        for target, ids in wanted.items():
            self._read(target, sorted(ids))

    def forget(self) -> None:
        """Read everything again from now on."""
        self._known.clear()

    def _of_user(self, user: User, path: Path) -> Value:
        fact = _BEHIND_USER.get(path)
        return fact(user) if fact is not None else self.value(_USERS, self._record(_USERS, user.id), path)

    def _record(self, module: str, record_id: Id) -> Values:
        if (module, record_id) not in self._known:
            self._read(module, [record_id])
        return self._known[module, record_id]

    def _read(self, module: str, ids: list[Id]) -> None:
        target = self._uow.catalog.by_name.get(module)
        found = self._uow.fetch(target, ids) if target is not None and target.table else {}
        for record_id in ids:
            self._known[module, record_id] = found.get(record_id, {})


def user_value(user: User, name: str) -> Value:
    """Return one property of a user; None if there is no such property."""
    fact = _OF_USER.get(name.lower())
    return fact(user) if fact is not None else None


def organisation_value(organisation: Organisation, name: str) -> Value:
    """Return one property of the organisation; None if there is no such property."""
    match name.lower():
        case "id":
            return organisation.id
        case "company_name" | "name":
            return organisation.company_name
        case "primary_email" | "email":
            return organisation.primary_email
        case "time_zone":
            return organisation.time_zone
        case "iso_code" | "currency_symbol" | "zgid" as key:
            return str(getattr(organisation, key))
        case _:
            known = {key.lower(): value for key, value in organisation.properties.items()}
            value = known.get(name.lower())
            return value if isinstance(value, str | int | Decimal) else None
