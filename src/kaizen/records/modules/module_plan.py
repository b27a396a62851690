"""What the write pipeline knows of a module before it sees a row: readers, lookups, defaults, derivations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from kaizen.fields.conversion import readers_of
from kaizen.fields.flaw import Reader
from kaizen.fields.reference import reference_reader
from kaizen.model.catalog import Catalog, Field, Layout, Module
from kaizen.model.values import Id, Json, Value
from kaizen.model.weak_cache import WeakCache
from kaizen.records.modules import derive, line_items
from kaizen.records.modules.participants import read_participants
from kaizen.records.modules.price_ranges import read_pricing
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: Fields that hold something else than their data type says (reference: platform C.1, C.11).
_ODD_READERS: Final[Mapping[tuple[str, str], Reader]] = {
    ("Price_Books", "Pricing_Details"): read_pricing,
    ("Events", "Participants"): read_participants,
}


@dataclass(frozen=True, slots=True)
class Subform:
    """A field whose rows live in a module of their own."""

    name: str
    module: Module
    readers: Mapping[str, Reader]
    mandatory: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    defaults: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """How rows of one module are read, checked and completed."""

    module: Module
    readers: Mapping[str, Reader]  #: of everything but tags and subforms
    tagged: bool
    subforms: tuple[Subform, ...]
    mandatory: tuple[str, ...]
    references: tuple[tuple[str, str], ...]  #: lookup fields and the modules they point into
    pointing: tuple[str, ...]  #: fields that may name other records: lookups, subforms, participants
    own_parents: tuple[Field, ...]  #: lookups into the module itself
    layouts: Mapping[Id, Layout]
    defaults: Mapping[str, Value]
    numbers: tuple[Field, ...]  #: auto-numbers
    steps: tuple[derive.Step, ...]
    #: Fields whose change has consequences for others of the record, or needs completing; None: any change may.
    consequential: frozenset[str] | None


def plan_of(catalog: Catalog, module: Module, *, bare_ids: bool = False) -> ModulePlan:
    """Return the plan of a module; it is made once for a catalog."""
    plans, key = _PLANS.of(catalog), (module.api_name, bare_ids)
    plan = plans.get(key)
    if plan is None:
        plan = plans[key] = _make(catalog, module, bare_ids)
    return plan


#: Of each catalog the plans of its modules, in the manner of v2 and of all others.
_PLANS: Final[WeakCache[Catalog, dict[tuple[str, bool], ModulePlan]]] = WeakCache(lambda _: {})


def _make(catalog: Catalog, module: Module, bare_ids: bool) -> ModulePlan:
    rows = ((each, catalog.by_name.get(each.subform_module or "")) for each in module.subforms if each.writable)
    subforms = tuple(_subform(each, its, bare_ids) for each, its in rows if its is not None)
    apart = {"Tag", *(s.name for s in subforms)}
    readers = {name: read for name, read in readers_of(module, bare_ids=bare_ids).items() if name not in apart}
    for name in readers:
        odd = _ODD_READERS.get((module.api_name, name))
        if odd is not None:
            readers[name] = odd
        elif module.by_name[name].data_type is DataType.MULTI_MODULE_LOOKUP:
            readers[name] = reference_reader(module.by_name[name], bare=bare_ids)
    follows = derive.follows_from(module)
    return ModulePlan(
        module=module,
        readers=readers,
        tagged="Tag" in module.by_name,
        subforms=subforms,
        mandatory=tuple(f.api_name for f in module.fields if f.mandatory and f.writable),
        references=references(module),
        pointing=(*(name for name, _ in references(module)), *(s.name for s in subforms), "Participants"),
        own_parents=tuple(f for f in module.stored if f.writable and f.lookup_module == module.api_name),
        layouts={layout.id: layout for layout in module.layouts},
        defaults=derive.defaults(module),
        numbers=tuple(f for f in module.stored if f.data_type is DataType.AUTONUMBER),
        steps=derive.steps(module),
        consequential=None if follows is None else follows | {"Participants", *(s.name for s in subforms)},
    )


def _subform(each: Field, module: Module, bare_ids: bool) -> Subform:
    readers = readers_of(module, bare_ids=bare_ids)
    if each.api_name in line_items.LINES.values():
        readers = {**readers, line_items.PERCENT: _as_it_is}
    return Subform(
        name=each.api_name,
        module=module,
        readers=readers,
        mandatory=tuple(f.api_name for f in module.fields if f.mandatory and f.writable),
        references=references(module),
        defaults=derive.defaults(module),
    )


def _as_it_is(raw: Json) -> Value:
    return cast(Value, raw)


def references(module: Module) -> tuple[tuple[str, str], ...]:
    """Return the lookups that a client may write, with the module each points into."""
    return tuple(
        (f.api_name, "Users" if f.data_type in USER_REFERENCES else f.lookup_module)
        for f in module.stored
        if f.writable and f.lookup_module and f.data_type in _CHECKED
    )


#: Lookups whose target must exist.
_CHECKED: Final = USER_REFERENCES | {DataType.LOOKUP, DataType.MULTI_MODULE_LOOKUP}
