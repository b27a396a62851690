"""What readers of records need besides the rows: the names behind lookups, and where an id belongs."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from kaizen.criteria.field_paths import DOCUMENTS, MODULE_OF, asks_for_module, field_named, is_kept, modules_on
from kaizen.criteria.tree import Compare, Criteria, Group, Path
from kaizen.model.catalog import ANY_MODULE, Catalog, Module
from kaizen.model.values import Id, Value
from kaizen.records.ports import OrganisationState, UnitOfWork
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType

#: Modules whose records nothing else is related to by `$se_module`.
_NEVER_RELATED: Final = frozenset({"Users", "Notes", "Attachments", "Activities", "Tasks", "Events", "Calls"})

#: Where a polymorphic lookup most likely leads; asked first.
_LIKELY: Final = ("Deals", "Accounts", "Leads", "Contacts")


def today(uow: OrganisationState) -> date:
    """Return the current day in the organisation's time zone."""
    return datetime.fromtimestamp(uow.now, uow.organisation.zone).date()


def locate(uow: UnitOfWork, ids: Iterable[Id], *, within: Iterable[str] = ()) -> dict[Id, tuple[Module, str]]:
    """Find the module and the name of records of any module: an id belongs to one record of the organisation."""
    rest = set(ids)
    found: dict[Id, tuple[Module, str]] = {}
    for module in relatable(uow.catalog, tuple(within)):
        if not rest:
            break
        for record_id, name in uow.names(module, rest).items():
            found[record_id] = module, name
        rest -= found.keys()
    return found


def has_record(uow: UnitOfWork, module: str, record_id: Id) -> bool:
    """Return whether there is a record that a lookup into a module can hold; ANY_MODULE: into any."""
    if module == ANY_MODULE:
        return record_id in locate(uow, [record_id])
    target = uow.catalog.by_name.get(module)
    return target is not None and bool(target.table) and record_id in uow.existing(target, [record_id])


def relatable(catalog: Catalog, within: tuple[str, ...] = ()) -> list[Module]:
    """Return the modules whose records a lookup to any module can hold, the likely ones first."""
    if within:
        return [catalog.by_name[name] for name in within]
    stored = [m for m in catalog.modules if m.table and not m.parent_module and m.api_name not in _NEVER_RELATED]
    return sorted(stored, key=lambda m: _LIKELY.index(m.api_name) if m.api_name in _LIKELY else len(_LIKELY))


def has_view(module: Module, view_id: str) -> bool:
    """Return whether a view is one of the module's; they all show all records (reference: platform E.4)."""
    views = module.properties.get("views")
    return isinstance(views, list) and any(isinstance(v, dict) and str(v.get("id")) == view_id for v in views)


def is_stored(catalog: Catalog, module: Module, path: Path) -> bool:
    """Return whether a path through lookups ends at something that is kept with records."""
    for target in modules_on(catalog, module, path):
        if target is None or not is_kept(target):
            return False
        module = target
    if asks_for_module(path):
        path = path[: -len(MODULE_OF)]
    field = field_named(module, path[-1])
    return field is not None and bool(field.column) and is_kept(module)


def both(*criteria: Criteria | None) -> Criteria | None:
    """Join criteria that must all hold; None holds always."""
    given = tuple(c for c in criteria if c is not None)
    if len(given) < 2:
        return given[0] if given else None
    return Group(GroupOperator.AND, given)


def either(criteria: Iterable[Criteria]) -> Criteria | None:
    """Join criteria of which one must hold."""
    given = tuple(criteria)
    if len(given) < 2:
        return given[0] if given else None
    return Group(GroupOperator.OR, given)


def among(ids: Iterable[Id]) -> Criteria:
    """Ask for the records with these ids."""
    return Compare(("id",), Comparator.IN, tuple(ids), DataType.BIGINT)


def modified_after(moment: int) -> Criteria:
    """Ask for what was changed after a moment."""
    return Compare(("Modified_Time",), Comparator.GREATER_THAN, moment, DataType.DATETIME)


def not_converted(module: Module) -> Criteria | None:
    """Leave converted leads out: they are hidden unless asked for (reference: platform C.6)."""
    if "Converted__s" not in module.by_name:
        return None
    return Compare(("Converted__s",), Comparator.NOT_EQUAL, True, DataType.BOOLEAN)


def names_of(uow: UnitOfWork, wanted: Mapping[str, set[Id]]) -> dict[Id, str]:
    """Return the names of records, and of what users point at, by id, with one query for each module."""
    found: dict[Id, str] = {}
    for name, ids in wanted.items():
        if name in DOCUMENTS:
            found |= {each.id: each.name for each in uow.documents(DOCUMENTS[name]) if each.id in ids}
            continue
        module = uow.catalog.by_name.get(name)
        if module is not None:
            found |= uow.names(module, ids)
    return found


def ids_in(values: Iterable[Value]) -> set[Id]:
    """Pick the ids out of the values of a lookup."""
    return {value for value in values if type(value) is int}
