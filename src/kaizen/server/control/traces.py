"""Why rules did or did not act on a record: GET /kaizen/v1/records/{module}/{id}/trace."""

from typing import Final

from kaizen.model.problem import Problem, RequestRefusedError
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
    page = paging.page_of(call)
    changes, more = page.cut(trace(uow, module, params.path_id(call), page.limit, page.offset))
    shown = dump_trace(uow, module, changes, call.actor.zone)
    return Answer(body={"trace": shown, "info": paging.info(page, len(shown), more)})


ROUTES: Final = [Route("GET", "records/{module}/{id}/trace", _trace, ("Kaizen.control.READ",))]
