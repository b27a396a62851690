"""Which users a request means: the `type` of lists and searches (reference: platform F.1)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from kaizen.fields.reference import id_of
from kaizen.model.people import User
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Id
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import params
from kaizen.server.http.call import Call
from kaizen.server.resources.organisation.user_parser import ACTIVE, DELETED, DISABLED
from kaizen.vocabulary.codes import Code

#: The role above each role.
Hierarchy: TypeAlias = Mapping[Id, Id | None]


def _above(role: Id, hierarchy: Hierarchy) -> set[Id]:
    parent = hierarchy.get(role)
    return set() if parent is None else {parent}


def _next_below(role: Id, hierarchy: Hierarchy) -> set[Id]:
    return {child for child, parent in hierarchy.items() if parent == role}


def _all_below(role: Id, hierarchy: Hierarchy) -> set[Id]:
    found: set[Id] = set()
    level = {role}
    while level:
        level = {child for child, parent in hierarchy.items() if parent in level} - found
        found |= level
    return found


#: Which users each `type` means that looks at nothing but the user.
_BY_USER: Final[Mapping[str, Callable[[User], bool]]] = {
    "AllUsers": lambda user: user.status != DELETED,
    "ActiveUsers": lambda user: user.status == ACTIVE,
    "AllActiveUsers": lambda user: user.status == ACTIVE,
    "ActiveAndDeactive": lambda user: user.status != DELETED,
    "DeactiveUsers": lambda user: user.status == DISABLED,
    "ConfirmedUsers": lambda user: user.confirmed and user.status != DELETED,
    "NotConfirmedUsers": lambda user: not user.confirmed and user.status != DELETED,
    "DeletedUsers": lambda user: user.status == DELETED,
    "ActiveConfirmedUsers": lambda user: user.status == ACTIVE and user.confirmed,
    "AdminUsers": lambda user: user.is_administrator and user.status != DELETED,
    "ActiveConfirmedAdmins": lambda user: user.is_administrator and user.status == ACTIVE and user.confirmed,
    # This server has users of one type only.
    "DeveloperUsers": lambda user: False,
    "ActiveLiteUser": lambda user: False,
}
#: Which roles each `type` means that looks at the hierarchy from one of them.
_BY_ROLE: Final[Mapping[str, Callable[[Id, Hierarchy], set[Id]]]] = {
    "ParentRoleUsers": _above,
    "ChildRoleUsers": _next_below,
    "SubordinateRoleUsers": _all_below,
}
_REPORTING: Final = "ConfirmedReportingUsers"
CURRENT: Final = "CurrentUser"
KINDS: Final = (*_BY_USER, *_BY_ROLE, _REPORTING, CURRENT)

_ONLY_TYPE: Final = "Regular User"
_TYPES: Final = (
    _ONLY_TYPE,
    "Sandbox Developer User",
    "Team User",
    "Digital Employee",
    "Support User",
    "Client Portal User",
    "System User",
)


def kind_of(call: Call) -> str:
    """Read the `type` that a request asks for."""
    return params.choice(call, "type", KINDS, "AllUsers")


def is_meant(uow: UnitOfWork, call: Call, kind: str) -> Callable[[User], bool]:
    """Return the test of a kind of users."""
    if params.choice(call, "type__s", _TYPES, _ONLY_TYPE) != _ONLY_TYPE:
        return lambda user: False
    if kind in _BY_ROLE:
        hierarchy = {role.id: id_of(role.body.get("reporting_to")) for role in uow.documents("role")}
        roles = _BY_ROLE[kind](_role(call, hierarchy), hierarchy)
        return lambda user: user.status != DELETED and user.role_id in roles
    if kind == _REPORTING:
        managers = {user.reporting_to for user in uow.users.values() if user.status != DELETED}
        confirmed = _BY_USER["ConfirmedUsers"]
        return lambda user: confirmed(user) and (user.reporting_to is not None or user.id in managers)
    if kind == CURRENT:
        return lambda user: user.id == call.actor.user.id
    return _BY_USER[kind]


def _role(call: Call, known: Hierarchy) -> Id:
    if "role_id" not in call.query:
        return call.actor.user.role_id
    role = id_of(call.query["role_id"])
    if role is None or role not in known:
        problem = Problem(Code.INVALID_DATA, {"param_name": "role_id"}, UNKNOWN_ID)
        raise RequestRefusedError(problem)
    return role
