"""Which field a name means: `Amount`, `Account_Name.Industry`, `Owner.email`, `What_Id->Deals.Amount`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.criteria.tree import Path
from kaizen.fields.kinds import compared_as
from kaizen.model.catalog import ANY_MODULE, Catalog, Field, Module
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: How many lookups a path may follow (reference: platform D.1).
MOST_HOPS: Final = 2

#: Every module has ids, whether its metadata lists the field or not.
ID_FIELD: Final = Field(id=0, api_name="id", field_label="Id", data_type=DataType.BIGINT, column="id", length=19)

_NAME_FIELD: Final = Field(id=0, api_name="name", field_label="Name", data_type=DataType.TEXT, column="name")


def _named(api_name: str) -> Module:
    singular = api_name.removesuffix("s")
    return Module(0, api_name, api_name, singular, api_name, "", (ID_FIELD, _NAME_FIELD), display_field="name")


USERS: Final = "Users"
ROLES: Final = "Roles"
#: What users point at that is not a module of the catalog, and its kind of document.
DOCUMENTS: Final = {ROLES: "role", "Profiles": "profile"}
#: The same as modules: paths reach the id and the name.
NAMED: Final = {api_name: _named(api_name) for api_name in DOCUMENTS}

#: Between a lookup to records of any module and the module that is meant.
ARROW: Final = "->"
#: What follows such a lookup to say of which module the record is that it holds.
MODULE_OF: Final = ("module", "api_name")
_MODULE_NAME: Final = Field(0, "api_name", "Module", DataType.TEXT, column="api_name")
_ITS_MODULE: Final = Module(0, "module", "module", "module", "module", "", (_MODULE_NAME,), display_field="api_name")

_TO_USERS: Final = USER_REFERENCES | {DataType.MULTIUSERLOOKUP}


@dataclass(frozen=True)
class Reference:
    """A field that a path leads to."""

    path: Path
    field: Field
    module: Module  #: where the field is

    @property
    def data_type(self) -> DataType:
        """As which data type the field compares."""
        return compared_as(self.field)

    @property
    def hops(self) -> int:
        """How many lookups the path follows."""
        return len(self.path) - 1


def field_named(module: Module, name: str) -> Field | None:
    """Find a field by its api_name."""
    field = module.by_name.get(name)
    return ID_FIELD if field is None and name == "id" else field


def target_of(field: Field, catalog: Catalog) -> Module | None:
    """Find the module whose records a lookup holds; None if it is not a lookup, or holds records of any module."""
    if field.data_type in _TO_USERS:
        return catalog.by_name.get(USERS)
    if field.data_type is not DataType.LOOKUP:
        return None
    if field.lookup_module:
        return catalog.by_name.get(field.lookup_module)
    return NAMED.get(str(field.properties.get("refers_to")))


def is_kept(module: Module) -> bool:
    """Return whether what a path leads to in a module is in the database."""
    return bool(module.table) or module.api_name in NAMED


def find(catalog: Catalog, module: Module, names: Sequence[str], *, through_any: bool = False) -> Reference | None:
    """Follow names through lookups to a field; `Lookup__r` and `Lookup` mean the same before a further name.

    `through_any`: also through lookups to any module, as only queries do; `What_Id->Deals` leads to a deal or nowhere,
    and `What_Id.module.api_name` is the module of what is there.
    """
    path: list[str] = []
    for place, name in enumerate(names[:-1]):
        if through_any and tuple(names[place + 1 :]) == MODULE_OF and is_to_any(field_named(module, name)):
            return Reference((*path, name, *MODULE_OF), _MODULE_NAME, _ITS_MODULE)
        canonical = name if field_named(module, name) else name.removesuffix("__r")
        target = step(catalog, module, canonical) if through_any or ARROW not in name else None
        if target is None:
            return None
        path.append(canonical)
        module = target
    field = field_named(module, names[-1]) if names else None
    return Reference((*path, field.api_name), field, module) if field else None


def step(catalog: Catalog, module: Module, name: str) -> Module | None:
    """Return the module to which one name of a path leads: a lookup, or one to any module with the module meant."""
    lookup, _, meant = name.partition(ARROW)
    field = field_named(module, lookup)
    if field is None:
        return None
    if meant and is_to_any(field):
        return catalog.by_name.get(meant)
    target = target_of(field, catalog)
    return target if not meant or (target is not None and target.api_name == meant) else None


def is_to_any(field: Field | None) -> bool:
    """Return whether a field is a lookup to records of any module."""
    return field is not None and field.lookup_module == ANY_MODULE


def modules_on(catalog: Catalog, module: Module, path: Path) -> Iterator[Module | None]:
    """Yield the modules to which the lookups of a path lead, one after the other; None: one leads nowhere."""
    at: Module | None = module
    for name in (path[: -len(MODULE_OF)] if asks_for_module(path) else path)[:-1]:
        at = step(catalog, at, name) if at is not None else None
        yield at


def asks_for_module(path: Path) -> bool:
    """Return whether a path is the module of what a lookup to any module holds."""
    return path[-len(MODULE_OF) :] == MODULE_OF
