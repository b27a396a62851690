"""What of the records a caller may see: rights on the modules that a query touches, and which rows it may find."""

from collections.abc import Iterable

from kaizen.access.permissions import Verb, on_tags
from kaizen.access.rights import ModuleRights, Rights
from kaizen.criteria.field_paths import ARROW, MODULE_OF, asks_for_module, modules_on, step
from kaizen.criteria.tree import Compare, Criteria, Path
from kaizen.model.catalog import Catalog, Module
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.ports import Column, Query, UnitOfWork
from kaizen.records.query import among, both, either
from kaizen.records.tags import TAG
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

_USERS = "Users"


def rights_on(uow: UnitOfWork, actor: Actor, module: Module) -> ModuleRights:
    """Return what a caller may do in a module."""
    return uow.access.of(actor).on(module)


def taggable(uow: UnitOfWork, actor: Actor, module: Module, *, tags_first: bool = False) -> ModuleRights:
    """Return what the actor may do in a module if he may tag its records; raises RequestRefusedError.

    `tags_first`: the order in which the operation's refusal names the permissions.
    """
    rights = rights_on(uow, actor, module)
    if not rights.may(Verb.EDIT) or TAG in rights.closed:
        names: list[Json] = [*on_tags(module)]
        raise RequestRefusedError(Problem(Code.NO_PERMISSION, {"permissions": names[::-1] if tags_first else names}))
    return rights


def viewable(uow: UnitOfWork, actor: Actor, module: Module) -> ModuleRights:
    """Return what a caller may do in a module that he may view; else the request is refused."""
    rights = rights_on(uow, actor, module)
    rights.require(Verb.VIEW)
    return rights


def touched(catalog: Catalog, module: Module, wanted: Iterable[Path]) -> list[Module]:
    """Return the modules that paths read, users apart."""
    found = {} if module.api_name == _USERS else {module.api_name: module}
    for path in wanted:
        for target in modules_on(catalog, module, path):
            if target is not None and target.table and target.api_name != _USERS:
                found[target.api_name] = target
    return list(found.values())


def hidden_among(rights: Rights, module: Module, wanted: Iterable[Path]) -> Path | None:
    """Return the first path that goes through, or to, a field that is hidden from the caller."""
    if rights.is_administrator:
        return None
    return next((path for path in wanted if _is_hidden(rights, module, path)), None)


def visible(uow: UnitOfWork, actor: Actor, module: Module, wanted: Iterable[Path] = ()) -> Criteria | None:
    """Return which records a query that reads paths may find; None: all.

    What a lookup leads to must be visible too, or the row is not found: otherwise a user could find out, by
    asking for the rows that have it, what they may not read.
    """
    rights = uow.access.of(actor)
    own = rights.on(module).visible
    if rights.is_administrator:
        return None
    prefixes = {path[:end] for path in wanted for end in range(1, len(_lookups(path)) + 1)}
    behind = (_visible_behind(uow.catalog, rights, module, prefix) for prefix in sorted(prefixes))
    return both(own, *behind)


def seen(uow: UnitOfWork, rights: ModuleRights, ids: Iterable[Id]) -> frozenset[Id]:
    """Return which of some records, all of which exist, may be seen."""
    wanted = list(ids)
    if rights.viewers is None or not wanted:
        return frozenset(wanted)
    where = both(among(wanted), rights.visible)
    rows = uow.select(Query(rights.module.api_name, (Column(("id",)),), where, limit=len(wanted)))
    return frozenset(row["id"] for row in rows if isinstance(row["id"], int))


def _lookups(path: Path) -> Path:
    """Return the lookups of a path."""
    return (path[: -len(MODULE_OF)] if asks_for_module(path) else path)[:-1]


def _is_hidden(rights: Rights, module: Module, path: Path) -> bool:
    at: Module | None = module
    names = path[: -len(MODULE_OF)] if asks_for_module(path) else path
    for name in names:
        if at is None:
            return False
        if name.partition(ARROW)[0] in rights.on(at).hidden:
            return True
        at = step(rights.book.catalog, at, name)
    return False


def _visible_behind(catalog: Catalog, rights: Rights, module: Module, prefix: Path) -> Criteria | None:
    """Ask that what lookups lead to may be seen, or that they lead nowhere."""
    target: Module | None = module
    for name in prefix:
        target = step(catalog, target, name) if target is not None else None
    if target is None or not target.table or target.api_name == _USERS:
        return None
    its = rights.on(target)
    if its.viewers is None:
        return None
    nothing = Compare((*prefix, "id"), Comparator.EMPTY, None, DataType.BIGINT)
    path = (*prefix, *its.owner_path)
    return either((nothing, Compare(path, Comparator.IN, tuple(sorted(its.viewers)), DataType.BIGINT)))
