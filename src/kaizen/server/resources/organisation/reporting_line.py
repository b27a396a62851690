"""To whom users report: a user of their own role or of one above it (reference: platform F.1)."""

from collections.abc import Iterator, Mapping
from typing import Final

from kaizen.fields.reference import id_of, referred_id
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, invalid
from kaizen.model.people import User
from kaizen.model.problem import Problem, expected_type, position
from kaizen.model.values import Id
from kaizen.records.ports import UnitOfWork
from kaizen.vocabulary.codes import Code

KEY: Final = "Reporting_To"

_NOT_ABOVE: Final = (
    "Reporting manager should be from parent roles or from the same role to which the current user belongs"
)
_NOT_SUPERIOR: Final = "the reporting manager must be superior in reporting hierarchy"
_MANAGER_LEFT: Final = "the user must be updated with new eligible reporting manager because of changing user role"
_REPORTS_LEFT: Final = (
    "the user must be updated with new eligible reporting manager and the subordinates  who are going to report to "
    "a user in a role below them, because of new role change are need to transfer to new eligible reporting manager"
)


def read_reporting_to(uow: UnitOfWork, row: BodyReader, user: User, *, is_new: bool) -> Id | None:
    """Read to whom a user reports, whose role is known already; raises RefusedError."""
    if not row.has(KEY):
        return None
    given = row.given[KEY]
    number = referred_id(given)
    manager = uow.users.get(number) if number is not None else None
    if manager is None:
        raise _refuse("Valid userid should be given")
    if manager.id == user.reporting_to:
        return manager.id
    if manager.status == "deleted":
        where = position(KEY, str(row.path / KEY / "id"))
        raise RefusedError(Problem(Code.NOT_ALLOWED, where, "the id given seems to be already deleted"))
    if manager.id == user.id:
        raise _refuse("ReportingTo Id should not be the same as userId")
    leads = _may_lead(_parents(uow), manager.role_id, user.role_id)
    if manager.status != "active" or (is_new and not leads):
        raise _refuse("Invalid Reporting Manager")
    if not leads:
        raise RefusedError(Problem(Code.INVALID_DATA, {"api_name": KEY}, _NOT_ABOVE))
    if user.id in _line(uow, manager):
        raise invalid(row.path / KEY / "id", _NOT_SUPERIOR)
    return manager.id


def refuse_left_behind(uow: UnitOfWork, row: BodyReader, before: User, after: User) -> None:
    """Refuse a change of role that leaves a user with a manager who is not above them; raises RefusedError."""
    if after.role_id == before.role_id:
        return
    parents = _parents(uow)
    reports = (user for user in uow.users.values() if user.reporting_to == after.id and user.status != "deleted")
    manager = uow.users.get(after.reporting_to) if after.reporting_to else None
    if any(not _may_lead(parents, after.role_id, user.role_id) for user in reports):
        raise row.refuse(Code.CONFLICTING_DATA_FOUND, KEY, _REPORTS_LEFT)
    if manager is not None and not _may_lead(parents, manager.role_id, after.role_id):
        raise row.refuse(Code.CONFLICTING_DATA_FOUND, KEY, _MANAGER_LEFT)


def _refuse(expected: str) -> RefusedError:
    return RefusedError(Problem(Code.INVALID_DATA, expected_type(expected)))


def _parents(uow: UnitOfWork) -> Mapping[Id, Id | None]:
    return {role.id: id_of(role.body.get("reporting_to")) for role in uow.documents("role")}


def _may_lead(parents: Mapping[Id, Id | None], manager_role: Id, role: Id) -> bool:
    """Return whether a role is another one or above it."""
    step: Id | None = role
    while step is not None:
        if step == manager_role:
            return True
        step = parents.get(step)
    return False


def _line(uow: UnitOfWork, user: User) -> Iterator[Id]:
    """Go up from a user: the user, the user's manager, the manager's manager and so on."""
    seen: set[Id] = set()
    step: User | None = user
    while step is not None and step.id not in seen:
        yield step.id
        seen.add(step.id)
        step = uow.users.get(step.reporting_to) if step.reporting_to else None
