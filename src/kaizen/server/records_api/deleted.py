"""What was deleted from a module (reference: platform C.7). Nothing is purged, so nothing is `permanent`."""

from typing import Final

from kaizen.access.rights import ModuleRights
from kaizen.fields.moment import show_instant
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records import permitted
from kaizen.records.ports import Deleted, UnitOfWork
from kaizen.server.http import conditional, paging
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.people import People
from kaizen.server.records_api.request import module_in
from kaizen.vocabulary.codes import Code

_TYPES: Final = ("all", "recycle", "permanent")
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
    found = [] if kind == "permanent" else _visible(uow, rights, since, page.limit, page.offset)
    if not found:
        return conditional.NOT_MODIFIED if since is not None else Answer(204)
    rows, more = page.cut(found)
    people = People(uow.users)
    shown: list[Json] = [_show(call, rights, people, row) for row in rows]
    return Answer(body={"data": shown, "info": paging.info(page, len(rows), more)})


def _visible(uow: UnitOfWork, rights: ModuleRights, since: int | None, limit: int, offset: int) -> list[Deleted]:
    """Return what was deleted of the records that the caller might see."""
    if rights.viewers is None:
        return uow.deleted(rights.module, since, limit, offset)
    found: list[Deleted] = []
    at = 0
    while len(found) < offset + limit and (rows := uow.deleted(rights.module, since, _PORTION, at)):
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
        "type": "recycle",
        "created_by": people.named(row.values.get("Created_By")),
        "deleted_time": show_instant(row.deleted_at, call.actor.zone),
    }
