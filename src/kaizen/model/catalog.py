"""Modules and fields of one organisation, as one immutable catalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from kaizen.model.values import Id, Json
from kaizen.vocabulary.data_types import COMPUTED, DataType

#: The target of lookups whose module the request names in `$se_module`.
ANY_MODULE: Final = "se_module"


@dataclass(frozen=True, slots=True)
class PickListValue:
    """One option of a pick list; records hold the actual value."""

    id: Id
    display_value: str
    actual_value: str
    sequence_number: int
    extra: Mapping[str, Json] = field(default_factory=dict)  #: probability, forecast_type, colour_code...


@dataclass(frozen=True)
class Field:
    """One field of a module."""

    id: Id
    api_name: str
    field_label: str
    data_type: DataType
    column: str  #: physical name; never changes, never comes from a user
    length: int = 255
    decimal_place: int | None = None
    mandatory: bool = False  #: system mandatory: refused when missing on insert
    read_only: bool = False  #: what a client sends is ignored
    custom: bool = False
    unique: bool = False
    lookup_module: str | None = None  #: api_name of the target; "se_module" when `$se_module` names it
    lookup_label: str | None = None
    subform_module: str | None = None
    pick_list_values: tuple[PickListValue, ...] = ()
    default_value: Json = None
    formula_return_type: DataType | None = None
    properties: Mapping[str, Json] = field(default_factory=dict)  #: the rest of the metadata answer

    @property
    def writable(self) -> bool:
        """Whether a client's value is taken."""
        return not self.read_only and self.data_type not in COMPUTED

    @property
    def compared_as(self) -> DataType:
        """The data type whose comparators apply (a formula compares as what it returns)."""
        return self.formula_return_type or self.data_type

    @cached_property
    def actual_values(self) -> Mapping[str, str]:
        """Actual value by display value and by itself."""
        pairs = {v.display_value: v.actual_value for v in self.pick_list_values}
        return pairs | {v.actual_value: v.actual_value for v in self.pick_list_values}


@dataclass(frozen=True)
class Section:
    """A block of fields on a layout."""

    id: Id
    name: str
    display_label: str
    sequence_number: int
    fields: tuple[str, ...]  #: api_names in order


@dataclass(frozen=True)
class Layout:
    """How a module's record page is laid out, and what is mandatory there."""

    id: Id
    name: str
    api_name: str
    sections: tuple[Section, ...]
    mandatory: frozenset[str] = frozenset()  #: api_names mandatory when a record names this layout


@dataclass(frozen=True)
class Module:
    """One module with all its fields."""

    id: Id
    api_name: str
    module_name: str
    singular_label: str
    plural_label: str
    table: str  #: physical name; empty: records of this module are not stored (Users, Activities)
    fields: tuple[Field, ...]
    layouts: tuple[Layout, ...] = ()
    generated_type: str = "default"
    display_field: str = "Name"  #: the field whose value names a record
    duplicate_check_field: str | None = None  #: the system field of upsert
    api_supported: bool = True
    creatable: bool = True
    editable: bool = True
    deletable: bool = True
    viewable: bool = True
    triggers_supported: bool = True
    parent_module: str | None = None  #: for a subform: where its rows hang
    scope: str = "custom"  #: the module's word in scopes: `ZohoCRM.modules.{scope}.READ`
    properties: Mapping[str, Json] = field(default_factory=dict)  #: the rest of the metadata answer

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by api_name."""
        return {f.api_name: f for f in self.fields}

    @cached_property
    def by_id(self) -> Mapping[Id, Field]:
        """Fields by id."""
        return {f.id: f for f in self.fields}

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """Fields that have a column of the module's table (subforms live in tables of their own)."""
        return tuple(f for f in self.fields if f.column)

    @cached_property
    def subforms(self) -> tuple[Field, ...]:
        """Fields whose rows live in a child table."""
        return tuple(f for f in self.fields if f.subform_module)

    @cached_property
    def unique_fields(self) -> tuple[Field, ...]:
        """Fields of which no two records may hold the same value."""
        return tuple(f for f in self.fields if f.unique)


@dataclass(frozen=True)
class Catalog:
    """All modules of the organisation; a change of metadata makes a new one with a higher version."""

    version: int
    modules: tuple[Module, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Module]:
        """Modules by api_name."""
        return {m.api_name: m for m in self.modules}

    @cached_property
    def by_id(self) -> Mapping[Id, Module]:
        """Modules by id."""
        return {m.id: m for m in self.modules}
