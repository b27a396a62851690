"""What waits to be carried out, and what was sent or kept: GET /kaizen/v1/queue and /kaizen/v1/outbox."""

from typing import Final

from kaizen.fields.reference import id_of
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Id
from kaizen.records.ports import Outbox, UnitOfWork
from kaizen.server.control import shown
from kaizen.server.http import paging, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.vocabulary.automation import ActionState
from kaizen.vocabulary.codes import Code

_READ: Final = ("Kaizen.control.READ",)


def _queue(uow: UnitOfWork, call: Call) -> Answer:
    state = params.choice(call, "state", ("all", *ActionState), ActionState.PENDING)
    page = paging.page_of(call)
    found = uow.queued(
        rule_id=_optional_id(call, "rule_id"),
        record_id=_optional_id(call, "record_id"),
        state=None if state == "all" else ActionState(state),
        limit=page.limit,
        offset=page.offset,
    )
    rows, more = page.cut(found)
    return Answer(
        body={
            "queue": [shown.action(call, each, uow.book) for each in rows],
            "info": paging.info(page, len(rows), more),
        }
    )


def _outbox(uow: Outbox, call: Call) -> Answer:
    page = paging.page_of(call)
    rows, more = page.cut(uow.mails(page.limit, page.offset))
    return Answer(
        body={
            "outbox": [shown.mail(call, each, whole=False) for each in rows],
            "info": paging.info(page, len(rows), more),
        }
    )


def _mail(uow: Outbox, call: Call) -> Answer:
    kept = uow.mail(params.path_id(call))
    if kept is None:
        raise RequestRefusedError(params.bad_path_id(call))
    return Answer(body={"outbox": [shown.mail(call, kept, whole=True)]})


def _optional_id(call: Call, name: str) -> Id | None:
    text = call.query.get(name)
    if text is None:
        return None
    number = id_of(text)
    if number is None:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": name}, UNKNOWN_ID))
    return number


ROUTES: Final = [
    Route("GET", "queue", _queue, _READ),
    Route("GET", "outbox", _outbox, _READ),
    Route("GET", "outbox/{id}", _mail, _READ),
]
