"""Which field a name means: `Amount`, `Account_Name.Industry`, `Owner.email`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.criteria.tree import Path
from kaizen.fields.kinds import compared_as
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: How many lookups a path may follow (reference: platform D.1).
MOST_HOPS: Final = 2

#: Every module has ids, whether its metadata lists the field or not.
ID_FIELD: Final = Field(id=0, api_name="id", field_label="Id", data_type=DataType.BIGINT, column="id", length=19)

_NAME_FIELD: Final = Field(id=0, api_name="name", field_label="Name", data_type=DataType.TEXT, column="name")


def _named(api_name: str) -> Module:
    singular = api_name.removesuffix("s")
    return Module(0, api_name, api_name, singular, api_name, "", (ID_FIELD, _NAME_FIELD), display_field="name")


#: What users point at that is no module of the catalog, and the kind of document that it is.
DOCUMENTS: Final = {"Roles": "role", "Profiles": "profile"}
#: The same as modules: paths reach the id and the name.
NAMED: Final = {api_name: _named(api_name) for api_name in DOCUMENTS}

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
    """Find the module whose records a lookup holds; None: it is no lookup, or holds records of any module."""
    if field.data_type in _TO_USERS:
        return catalog.by_name.get("Users")
    if field.data_type is not DataType.LOOKUP:
        return None
    if field.lookup_module:
        return catalog.by_name.get(field.lookup_module)
    return NAMED.get(str(field.properties.get("refers_to")))


def is_kept(module: Module) -> bool:
    """Return whether what a path leads to in a module is in the database."""
    return bool(module.table) or module.api_name in NAMED


def find(catalog: Catalog, module: Module, names: Sequence[str]) -> Reference | None:
    """Follow names through lookups to a field; `Lookup__r` and `Lookup` mean the same before a further name."""
    path: list[str] = []
    for name in names[:-1]:
        field = field_named(module, name) or field_named(module, name.removesuffix("__r"))
        target = target_of(field, catalog) if field else None
        if field is None or target is None:
            return None
        path.append(field.api_name)
        module = target
    field = field_named(module, names[-1]) if names else None
    return Reference((*path, field.api_name), field, module) if field else None
