"""The module Activities of v2: tasks, events and calls in one list, to be read only (reference: platform C.11)."""

from collections.abc import Sequence
from typing import Final

from kaizen.access.permissions import Verb
from kaizen.access.rights import denied
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records import permitted
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import paging, params
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.reading import fields_in, list_query, not_shared
from kaizen.server.records_api.record_serializer import RenderPlan, plan_for
from kaizen.server.records_api.searching import check_version, not_counted
from kaizen.vocabulary.codes import Code

KINDS: Final = ("Tasks", "Events", "Calls")
_NAME: Final = "Activities"
_TYPE: Final = "Activity_Type"
#: What the list can reach: each page reads all pages before it, of three modules.
_REACH: Final = 10_000


def list_activities(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a page of activities, the newest first."""
    _check_version(call)
    fields = fields_in(call, required=False)
    page = paging.page_of(call)
    paging.check_reach(page, _REACH)
    found: list[tuple[int, Json]] = []
    for module in _modules(uow, call):
        plan = plan_for(uow, call, module, fields, alone=False)
        found += _newest(uow, call, plan, page.offset + page.limit, fields)
    found.sort(key=lambda each: -each[0])
    shown, more = page.of([record for _, record in found])
    if not shown:
        return Answer(204)
    return Answer(body={"data": list(shown), "info": paging.info(page, len(shown), more)})


def get_activity(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one activity."""
    _check_version(call)
    record_id = params.path_id(call)
    for module in _modules(uow, call):
        row = uow.fetch(module, (record_id,)).get(record_id)
        if row is not None:
            if not permitted.seen(uow, permitted.rights_on(uow, call.actor, module), (record_id,)):
                raise RequestRefusedError(not_shared(module))
            plan = plan_for(uow, call, module, fields_in(call, required=False), alone=True)
            return Answer(body={"data": [_typed(record, module) for record in plan.render(uow, [row])]})
    return Answer(204)


def refuse_search(uow: UnitOfWork, call: Call) -> Answer:
    """Refuse to search in three modules at once."""
    raise RequestRefusedError(Problem(Code.NOT_SUPPORTED, {"module": _NAME}, "module not suppoted for search"))


def refuse_count(uow: UnitOfWork, call: Call) -> Answer:
    """Refuse to count records of three modules at once."""
    check_version(call)
    raise RequestRefusedError(not_counted(_NAME))


def _check_version(call: Call) -> None:
    if not call.dialect.activities:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"resource_path_index": 0}))


def _modules(uow: UnitOfWork, call: Call) -> Sequence[Module]:
    """Return the kinds of activities that the caller may view; who may view none is refused."""
    modules = [uow.catalog.by_name[name] for name in KINDS]
    viewable = [m for m in modules if permitted.rights_on(uow, call.actor, m).may(Verb.VIEW)]
    if not viewable:
        raise RequestRefusedError(denied(modules[0], Verb.VIEW))
    return viewable


def _newest(
    uow: UnitOfWork, call: Call, plan: RenderPlan, limit: int, fields: tuple[str, ...] | None
) -> list[tuple[int, Json]]:
    visible = permitted.visible(uow, call.actor, plan.module)
    rows = uow.select(list_query(plan, visible, ("id", True), limit, 0))
    records = plan.render(uow, rows)
    if fields is None or _TYPE in fields:
        records = [_typed(record, plan.module) for record in records]
    return [(int(str(row["id"])), record) for row, record in zip(rows, records, strict=True)]


def _typed(record: Json, module: Module) -> Json:
    return {**record, _TYPE: module.api_name} if isinstance(record, dict) else record
