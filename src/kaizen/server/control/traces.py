"""Why rules did or did not act on a record: GET /kaizen/v1/records/{module}/{id}/trace."""

from collections.abc import Callable
from typing import Final

from kaizen.access.permissions import Verb
from kaizen.access.rights import ModuleRights, denied
from kaizen.access.scopes import on_module, require
from kaizen.access.scopes import permitted as is_granted
from kaizen.criteria.tree import Path
from kaizen.model.catalog import Module
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id
from kaizen.records import permitted
from kaizen.records.history.trace import dump_trace, trace
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import paging, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.vocabulary.codes import Code

#: Where the module stands in the path of a trace.
_MODULE_INDEX: Final = 1


def _trace(uow: UnitOfWork, call: Call) -> Answer:
    module = uow.catalog.by_name.get(call.params["module"])
    if module is None:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"resource_path_index": _MODULE_INDEX}))
    require(call.actor, on_module(module, "READ"))
    record_id = params.path_id(call)
    if not _is_seen(uow, permitted.viewable(uow, call.actor, module), record_id):
        raise RequestRefusedError(denied(module, Verb.VIEW))
    page = paging.page_of(call)
    changes, more = page.cut(trace(uow, module, record_id, page.limit, page.offset))
    shown = dump_trace(uow, module, changes, call.actor.zone, _readable(uow, call.actor, module))
    return Answer(body={"trace": shown, "info": paging.info(page, len(shown), more)})


def _is_seen(uow: UnitOfWork, rights: ModuleRights, record_id: Id) -> bool:
    """Return whether the caller may see a record, or might have seen it when it was deleted."""
    if rights.viewers is None:
        return True
    if uow.existing(rights.module, (record_id,)):
        return record_id in permitted.seen(uow, rights, (record_id,))
    last = uow.changes(rights.module.api_name, record_id, 1)
    return not last or rights.may_see(last[0].change.before or {})


def _readable(uow: UnitOfWork, actor: Actor, module: Module) -> Callable[[Path], bool]:
    """Return what says whether the caller may read the values at the end of a path."""
    rights = uow.access.of(actor)

    def readable(path: Path) -> bool:
        modules = permitted.touched(uow.catalog, module, (path,))
        # Whether a certain record behind a lookup may be seen is not looked at: none of a private module is shown.
        return permitted.hidden_among(rights, module, (path,)) is None and all(
            is_granted(actor, on_module(target, "READ"))
            and rights.on(target).may(Verb.VIEW)
            and (target is module or rights.on(target).viewers is None)
            for target in modules
        )

    return readable


ROUTES: Final = [Route("GET", "records/{module}/{id}/trace", _trace, ("Kaizen.control.READ",))]
