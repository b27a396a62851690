"""What was deleted from a module (reference: platform C.7).

It lies in the recycle bin first; what is `permanent` was purged from there (kaizen.server.purging).
"""

from dataclasses import dataclass
from typing import Final

from kaizen.access.rights import ModuleRights
from kaizen.fields.moment import show_instant
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records import permitted
from kaizen.records.ports import Deleted, UnitOfWork
from kaizen.server.http import conditional, paging
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.people import People
from kaizen.server.records_api.request import module_in
from kaizen.vocabulary.codes import Code

_TYPES: Final = {"all": None, "recycle": False, "permanent": True}
#: So many are looked at together for those that a caller might see.
_PORTION: Final = 1000


def list_deleted(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a page of deleted records, the last deleted first."""
    module = module_in(uow, call)
    rights = permitted.viewable(uow, call.actor, module)
    kind = call.query.get("type", "all")
    if kind not in _TYPES:
        raise RequestRefusedError(Problem(Code.PATTERN_NOT_MATCHED, {"param_name": "type"}), within="data")
    page = paging.page_of(call)
    since = conditional.modified_since(call)
    found = _visible(uow, rights, _Wanted(since, _TYPES[kind]), page.limit, page.offset)
    if not found:
        return conditional.NOT_MODIFIED if since is not None else Answer(204)
    rows, more = page.cut(found)
    people = People(uow.users)
    shown: list[Json] = [_show(call, rights, people, row) for row in rows]
    return Answer(body={"data": shown, "info": paging.info(page, len(rows), more)})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which deleted records are asked for."""

    since: int | None
    permanent: bool | None

    def of(self, uow: UnitOfWork, module: Module, limit: int, offset: int) -> list[Deleted]:
        return uow.deleted(module, self.since, limit, offset, permanent=self.permanent)


def _visible(uow: UnitOfWork, rights: ModuleRights, wanted: _Wanted, limit: int, offset: int) -> list[Deleted]:
    """Return what was deleted of the records that the caller might see."""
    if rights.viewers is None:
        return wanted.of(uow, rights.module, limit, offset)
    found: list[Deleted] = []
    at = 0
    while len(found) < offset + limit and (rows := wanted.of(uow, rights.module, _PORTION, at)):
        found += [row for row in rows if rights.may_see(row.values)]
        at += len(rows)
    return found[offset : offset + limit]


def _show(call: Call, rights: ModuleRights, people: People, row: Deleted) -> Json:
    shown = rights.module.display_field
    name = row.values.get(shown) if shown not in rights.hidden else None
    return {
        "deleted_by": people.named(row.deleted_by),
        "id": str(row.id),
        "display_name": None if name is None else str(name),
        "type": "permanent" if row.permanent else "recycle",
        "created_by": people.named(row.values.get("Created_By")),
        "deleted_time": show_instant(row.deleted_at, call.actor.zone),
    }
