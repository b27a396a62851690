"""Users: reading, adding, changing and deleting them (reference: platform F.1)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from kaizen.fields.reference import id_of
from kaizen.json_body.body_reader import BodyReader, reader_of
from kaizen.json_body.errors import RefusedError
from kaizen.json_body.json_path import item
from kaizen.model.people import User, changed_by
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import conditional, envelope, paging, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.envelope import Element
from kaizen.server.resources.organisation.administrators import problem_of_losing
from kaizen.server.resources.organisation.user_kinds import CURRENT, is_meant, kind_of
from kaizen.server.resources.organisation.user_parser import DELETED, changed_user, is_primary_contact, new_user
from kaizen.server.resources.organisation.user_serializer import modified_at, show_user
from kaizen.vocabulary.codes import Code

SCOPE: Final = "ZohoCRM.users"
USERS_PER_UPDATE: Final = 10
MANAGE: Final = "Crm_Implied_Manage_Users"

#: A list of users whom the lookup of a record allows; this server has no such queries.
_QUERY: Final = "query_id"
_RECORD: Final = "child_data"


def list_users(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the users of a kind, page by page, or the caller."""
    _refuse_query(call)
    kind = kind_of(call)
    if kind == CURRENT:
        chosen = [uow.users.get(call.actor.user.id, call.actor.user)]
    else:
        meant = is_meant(uow, call, kind)
        chosen = [uow.users[key] for key in sorted(uow.users) if meant(uow.users[key])]
    if "ids" in call.query:
        wanted = set(params.ids(call, maximum=100))
        chosen = [user for user in chosen if user.id in wanted]
    since = conditional.modified_since(call)
    if since is not None:
        chosen = [user for user in chosen if modified_at(user) > since]
        if not chosen:
            return conditional.NOT_MODIFIED
    page = paging.page_of(call)
    shown, more = page.of(chosen)
    if not shown:
        return Answer(204)
    rows: list[Json] = [_show(uow, call, user) for user in shown]
    return Answer(body={"users": rows, "info": paging.info(page, len(rows), more)})


def get_user(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one user, also a deleted one."""
    user = uow.users.get(params.path_id(call))
    if user is None:
        return Answer(204)
    if conditional.unchanged(call, modified_at(user)):
        return conditional.NOT_MODIFIED
    return Answer(body={"users": [_show(uow, call, user)]})


def add_user(uow: UnitOfWork, call: Call) -> Answer:
    """Add exactly one user."""
    uow.access.of(call.actor).require(MANAGE)

    def add(row: BodyReader) -> User:
        user = new_user(uow, row, call.actor.user.id)
        _refuse_more(uow, call, user)
        if user.is_administrator:
            _require_administrator(uow, call)
        uow.add_user(user)
        return user

    return _each(call, add, "User added", status=201, maximum=1)


def update_users(uow: UnitOfWork, call: Call) -> Answer:
    """Change users that the body names by id."""

    def change(row: BodyReader) -> User:
        row.required("id")
        user = uow.users.get(id_of(row.given["id"]) or 0)
        if user is None:
            raise row.refuse(Code.INVALID_DATA, "id", UNKNOWN_ID)
        return _change(uow, call, user, row)

    return _each(call, change, "User updated", maximum=USERS_PER_UPDATE)


def update_user(uow: UnitOfWork, call: Call) -> Answer:
    """Change the user that the path names."""
    user = uow.users.get(params.path_id(call))
    if user is None:
        raise RequestRefusedError(params.bad_path_id(call))
    if user.id != call.actor.user.id:
        uow.access.of(call.actor).require(MANAGE)
    if user.status == DELETED:
        raise RequestRefusedError(replace(params.bad_path_id(call), code=Code.NOT_ALLOWED))
    return _each(call, lambda row: _change(uow, call, user, row), "User updated", maximum=1)


def delete_user(uow: UnitOfWork, call: Call) -> Answer:
    """Delete a user; he can still be read."""
    uow.access.of(call.actor).require(MANAGE)
    user = uow.users.get(params.path_id(call))
    if user is None:
        raise RequestRefusedError(params.bad_path_id(call))
    if user.is_administrator:
        _require_administrator(uow, call)
    found: dict[str, Json] = {"json_path": "$.users[0].id", "id": str(user.id)}
    if user.status == DELETED:
        return envelope.elements(call, "users", [Problem(Code.ID_ALREADY_DELETED, found)])
    if is_primary_contact(uow, user):
        problem = Problem(Code.INVALID_REQUEST, found, "Primary contact cannot be deleted")
        return envelope.elements(call, "users", [problem])
    stamps = changed_by(call.actor.user.id, uow.now)
    deleted = replace(user, status=DELETED, properties={**user.properties, **stamps})
    lost = problem_of_losing(uow, deleted)
    if lost is not None:
        return envelope.elements(call, "users", [lost])
    uow.update_user(deleted)
    return envelope.elements(call, "users", [envelope.succeeded("User deleted", {"id": str(user.id)})])


def _show(uow: UnitOfWork, call: Call, user: User) -> dict[str, Json]:
    """Show a user, or the fields that `fields` names."""
    shown, asked = show_user(uow, call, user), params.names(call, "fields")
    return {name: value for name, value in shown.items() if not asked or name in (*asked, "id")}


def _refuse_query(call: Call) -> None:
    if _QUERY in call.query:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": _QUERY}, "Invalid queryId"))
    if _RECORD in call.query:
        details: dict[str, Json] = {"dependee": {"param_name": _RECORD}, "param_name": _QUERY}
        raise RequestRefusedError(Problem(Code.DEPENDENT_PARAM_MISSING, details))


def _change(uow: UnitOfWork, call: Call, user: User, row: BodyReader) -> User:
    own = user.id == call.actor.user.id
    if not own or {"role", "profile", "status"} & row.given.keys():
        uow.access.of(call.actor).require(MANAGE)
    changed = changed_user(uow, user, row, call.actor.user.id)
    if user.is_administrator != changed.is_administrator or (user.is_administrator and not own):
        # Who manages users does not thereby become an administrator, or do away with one.
        _require_administrator(uow, call)
    if changed.profile_id != user.profile_id:
        _refuse_more(uow, call, changed)
    lost = problem_of_losing(uow, changed)
    if lost is not None:
        raise RefusedError(lost)
    uow.update_user(changed)
    return changed


def _refuse_more(uow: UnitOfWork, call: Call, user: User) -> None:
    """Let nobody give a user, or himself, a profile with more than his own gives."""
    uow.access.of(call.actor).require_all_of(uow.document("profile", user.profile_id))


def _require_administrator(uow: UnitOfWork, call: Call) -> None:
    if not uow.access.of(call.actor).is_administrator:
        raise RequestRefusedError(Problem(Code.NO_PERMISSION))


def _each(call: Call, change: Callable[[BodyReader], User], said: str, *, maximum: int, status: int = 200) -> Answer:
    outcomes: list[Element] = []
    for index, given in enumerate(envelope.rows(call, "users", maximum=maximum)):
        try:
            user = change(reader_of(given, item("users", index)))
        except RefusedError as refusal:
            outcomes.append(refusal.problem)
        else:
            outcomes.append(envelope.succeeded(said, {"id": str(user.id)}))
    return envelope.elements(call, "users", outcomes, status)


ROUTES: Final = (
    Route("GET", "users", list_users, (f"{SCOPE}.READ",), operation="getUsers"),
    Route("GET", "users/{id}", get_user, (f"{SCOPE}.READ",), operation="getSingleUser"),
    Route("POST", "users", add_user, (f"{SCOPE}.CREATE",), writes=True, operation="createUser"),
    Route("PUT", "users", update_users, (f"{SCOPE}.UPDATE",), writes=True, operation="updateUser"),
    Route("PUT", "users/{id}", update_user, (f"{SCOPE}.UPDATE",), writes=True, operation="updateSingleUser"),
    Route("DELETE", "users/{id}", delete_user, (f"{SCOPE}.DELETE",), writes=True, operation="deleteUser"),
)
