"""POST /kaizen/v1/users/{id}/confirm: what a person does by following the link of an invitation."""

from dataclasses import replace
from typing import Final

from kaizen.model.people import User
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.vocabulary.codes import Code


def _confirm(uow: UnitOfWork, call: Call) -> Answer:
    user = uow.users.get(params.path_id(call))
    if user is None:
        raise RequestRefusedError(params.bad_path_id(call))
    if user.status == "deleted":
        raise RequestRefusedError(Problem(Code.NOT_ALLOWED, message="a deleted user cannot be confirmed"))
    uow.update_user(replace(user, confirmed=True, status="active", zuid=user.zuid or _zuid(uow, user)))
    return envelope.elements(call, "users", [envelope.succeeded("User confirmed", {"id": str(user.id)})])


def _zuid(uow: UnitOfWork, user: User) -> str:
    # Unique like the id it comes from, and as long as the service's.
    return str(int(uow.organisation.zgid) + user.id % 10**9)


ROUTES: Final = [Route("POST", "users/{id}/confirm", _confirm, ("Kaizen.control.UPDATE",), writes=True)]
