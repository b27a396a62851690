"""Records read: one by id, and lists of a module."""

from typing import Final

from kaizen.access.permissions import Verb, on_module
from kaizen.criteria.tree import NEVER, Compare, Criteria
from kaizen.model.catalog import Module
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records import permitted, query
from kaizen.records.ports import Column, Order, Query, UnitOfWork
from kaizen.server.http import conditional, paging, params
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.record_serializer import RenderPlan, plan_for
from kaizen.server.records_api.request import NOTES, module_in
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

MOST_FIELDS: Final = 50
_MOST_IDS: Final = 100
_SORTABLE: Final = ("id", "Created_Time", "Modified_Time")
#: Fields by which lists are sorted, and whether descending.
_NEWEST_FIRST: Final = ("id", True)
_OF_NOTES: Final = ("Created_Time", False)
_EITHER: Final = ("true", "false", "both")


def get_record(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one record with everything that belongs to it; one that does not exist is an empty answer."""
    module = module_in(uow, call)
    rights = permitted.viewable(uow, call.actor, module)
    record_id = params.path_id(call)
    row = uow.fetch(module, (record_id,)).get(record_id)
    if row is None:
        return Answer(204)
    modified = row.get("Modified_Time")
    if isinstance(modified, int) and conditional.unchanged(call, modified):
        return conditional.NOT_MODIFIED
    if record_id not in permitted.seen(uow, rights, (record_id,)):
        raise RequestRefusedError(not_shared(module))
    plan = plan_for(uow, call, module, fields_in(call, required=False), alone=True)
    return Answer(body={"data": plan.render(uow, [row])})


def not_shared(module: Module) -> Problem:
    """Return the problem of a record that is not shared with the caller."""
    return Problem(Code.NO_PERMISSION, {"permissions": [on_module(module, Verb.VIEW)]})


def list_records(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a page of a module's records."""
    module = module_in(uow, call)
    if "territory_id" in call.query:
        raise RequestRefusedError(Problem(Code.TERRITORY_NOT_ENABLED))
    permitted.viewable(uow, call.actor, module)
    usual = _OF_NOTES if module.api_name == NOTES else _NEWEST_FIRST
    if module.api_name == NOTES and not call.actor.user.is_administrator:
        raise RequestRefusedError(Problem(Code.NOT_SUPPORTED, status=403))
    plan = plan_for(uow, call, module, fields_in(call, required=call.dialect.fields_required), alone=False)
    view = view_in(call, module)
    where = query.both(view, _named(call), converted_in(call, module), approved_in(call))
    return answer_page(uow, call, plan, where, sorting(uow, call, module, usual=usual))


def answer_page(
    uow: UnitOfWork,
    call: Call,
    plan: RenderPlan,
    where: Criteria | None,
    order: tuple[str, bool],
    *,
    shared: bool = False,
) -> Answer:
    """Answer one page of the records that meet criteria; nothing found is an empty answer.

    `shared`: whatever they are, the caller may see them.
    """
    page = paging.record_page(call, uow.now)
    if not shared:
        where = query.both(where, permitted.visible(uow, call.actor, plan.module))
    since = conditional.modified_since(call)
    if since is not None:
        where = query.both(where, query.modified_after(since))
    found = uow.select(list_query(plan, where, order, page.limit, page.offset))
    if not found:
        return conditional.NOT_MODIFIED if since is not None else Answer(204)
    rows, more = page.cut(found)
    sort_by, descending = order
    info = paging.record_info(
        call, page, len(rows), more, now=uow.now, sort_by=sort_by, sort_order="desc" if descending else "asc"
    )
    return Answer(body={"data": plan.render(uow, rows), "info": info})


def list_query(plan: RenderPlan, where: Criteria | None, order: tuple[str, bool], limit: int, offset: int) -> Query:
    """Ask for what a render plan shows of the records that meet criteria."""
    sort_by, descending = order
    return Query(
        plan.module.api_name,
        tuple(Column((name,)) for name in plan.sources),
        where,
        (Order(Column((sort_by,)), descending),),
        limit=limit,
        offset=offset,
    )


def fields_in(call: Call, *, required: bool) -> tuple[str, ...] | None:
    """Read which fields are wanted; None: all."""
    if "fields" not in call.query:
        if required:
            details: dict[str, Json] = {"param_name": "fields"}
            raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, details, "required param is missing"))
        return None
    names = tuple(dict.fromkeys(params.names(call, "fields")))
    if len(names) > MOST_FIELDS and call.dialect.fields_required:
        raise RequestRefusedError(Problem(Code.LIMIT_EXCEEDED, {"limit": MOST_FIELDS, "param_name": "fields"}))
    return names


def sorting(
    uow: UnitOfWork, call: Call, module: Module, *, by_any: bool = False, usual: tuple[str, bool] = _NEWEST_FIRST
) -> tuple[str, bool]:
    """Read the order: by which field, and whether descending; `usual`: the order when none is asked for.

    Lists of the newer versions are sorted by few fields, searches by any (`by_any`).
    """
    old = not call.dialect.fields_required
    sort_by = call.query.get("sort_by", usual[0])
    field = module.by_name.get(sort_by)
    hidden = sort_by in permitted.rights_on(uow, call.actor, module).hidden
    known = sort_by == "id" or (field is not None and bool(field.column) and not hidden)
    if not known or not (old or by_any or sort_by in _SORTABLE):
        supported: list[Json] = [name for name in _SORTABLE if name in module.by_name]
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": "sort_by", "supported_values": supported}))
    default = "asc" if not usual[1] or (old and "sort_by" in call.query) else "desc"
    return sort_by, params.choice(call, "sort_order", ("asc", "desc"), default) == "desc"


def view_in(call: Call, module: Module) -> Criteria | None:
    """Check the view; every module has only the one of all records, which has no condition."""
    if "cvid" not in call.query:
        return None
    if not query.has_view(module, call.query["cvid"]):
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": "cvid"}))
    if "sort_by" in call.query:
        pair: list[Json] = [{"param_name": "cvid"}, {"param_name": "sort_by"}]
        raise RequestRefusedError(Problem(Code.AMBIGUITY_DURING_PROCESSING, {"ambiguity_due_to": pair}))
    return None


def _named(call: Call) -> Criteria | None:
    if "ids" not in call.query:
        return None
    ids: list[Id] = []
    for given in params.ids(call, maximum=_MOST_IDS):
        if isinstance(given, str):
            details: dict[str, Json] = {"param_name": "ids"}
            raise RequestRefusedError(Problem(Code.INVALID_DATA, details, UNKNOWN_ID))
        ids.append(given)
    return query.among(ids)


def converted_in(call: Call, module: Module) -> Criteria | None:
    """Read whether converted leads are wanted; they are not unless asked for."""
    if "Converted__s" not in module.by_name:
        return None
    wanted = params.choice(call, "converted", _EITHER, "false")
    if wanted == "both":
        return None
    if wanted == "false":
        return query.not_converted(module)
    return Compare(("Converted__s",), Comparator.EQUAL, True, DataType.BOOLEAN)


def approved_in(call: Call) -> Criteria | None:
    """Every record is approved, so asking for those that are not finds none."""
    if params.choice(call, "approved", _EITHER, "both") == "false":
        return NEVER
    return None
