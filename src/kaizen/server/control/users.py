"""POST /kaizen/v1/users/{id}/confirm: what a person does by following the link of an invitation."""

from dataclasses import replace
from typing import Final

from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.organisation.administrators import new_zuid
from kaizen.server.resources.organisation.users import MANAGE
from kaizen.vocabulary.codes import Code

_DEACTIVATED: Final = "the user is confirmed already and was deactivated; an administrator can set the status active"


def _confirm(uow: UnitOfWork, call: Call) -> Answer:
    uow.access.of(call.actor).require(MANAGE)
    user = uow.users.get(params.path_id(call))
    if user is None:
        raise RequestRefusedError(params.bad_path_id(call))
    if user.status == "deleted":
        raise RequestRefusedError(Problem(Code.NOT_ALLOWED, message="a deleted user cannot be confirmed"))
    if user.confirmed and user.status != "active":
        raise RequestRefusedError(Problem(Code.NOT_ALLOWED, message=_DEACTIVATED))
    uow.update_user(replace(user, confirmed=True, status="active", zuid=user.zuid or new_zuid(uow, user)))
    return envelope.elements(call, "users", [envelope.succeeded("User confirmed", {"id": str(user.id)})])


ROUTES: Final = [Route("POST", "users/{id}/confirm", _confirm, ("Kaizen.control.UPDATE",), writes=True)]
