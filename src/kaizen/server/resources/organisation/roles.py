"""Roles (reference: platform F.2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kaizen.access.permissions import MANAGE_ROLES
from kaizen.fields.reference import id_of
from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, invalid
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.stamps import person, reference, stamps
from kaizen.vocabulary.codes import Code

BAD_ROLE: Final = "the id given seems to be invalid or already deleted"
LONGEST_NAME: Final = 200
LONGEST_DESCRIPTION: Final = 250


def parse_role(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    """Read a role to be made or changed; a new one without `reporting_to` reports to the highest."""
    uow.access.of(call.actor).require(MANAGE_ROLES)
    try:
        return _draft(uow, BodyReader(row.values, row.path), row.old)
    except RefusedError as refusal:
        return refusal.problem


def _draft(uow: UnitOfWork, row: BodyReader, old: Document | None) -> ParsedDocument:
    roles = uow.documents("role")
    if old is None:
        row.required("name")
    name = _name(row) if row.has("name") or old is None else old.name
    if any(role.name.casefold() == name.casefold() and (old is None or role.id != old.id) for role in roles):
        raise row.refuse(Code.DUPLICATE_DATA, "name", "Failed to add role since role with same name is already exist")
    before = old.body if old else {"share_with_peers": False, "description": None}
    peers = row.flag("share_with_peers")
    described = "description" in row.given
    body: dict[str, Json] = {
        **before,
        "display_label": name,
        "reporting_to": _above(row, roles, old),
        "share_with_peers": before["share_with_peers"] if peers is None else peers,
        "description": row.text("description", LONGEST_DESCRIPTION) if described else before["description"],
        **_forecast_manager(uow, row),
    }
    return ParsedDocument(name, body)


def _name(row: BodyReader) -> str:
    row.required("name")
    place = row.path / "name"
    name = json_types.text(row.given["name"], place, longest=LONGEST_NAME, too_long="Invalid role name").strip()
    if "#" in name:
        raise invalid(place, "Role name should not contain the following special character(s):#")
    return name


def _above(row: BodyReader, roles: Sequence[Document], old: Document | None) -> Json:
    """Read the role above: of a new one, where none is given, the highest; no role comes to lie above itself."""
    if not row.has("reporting_to"):
        return old.body["reporting_to"] if old else str(roles[0].id)
    given = row.given["reporting_to"]
    above = id_of(given.get("id") if isinstance(given, dict) else given)
    known = {role.id: id_of(role.body.get("reporting_to")) for role in roles}
    if above is None or above not in known or (old is not None and old.id in _line(known, above)):
        where = position("reporting_to", str(row.path / "reporting_to" / "id"))
        raise RefusedError(Problem(Code.INVALID_DATA, where, BAD_ROLE))
    return str(above)


def _line(above: Mapping[Id, Id | None], role: Id | None) -> Iterator[Id]:
    """Yield a role and all that lie above it."""
    while role is not None:
        yield role
        role = above.get(role)


def _forecast_manager(uow: UnitOfWork, row: BodyReader) -> dict[str, Json]:
    if "forecast_manager" not in row.given:
        return {}
    user_id = row.reference("forecast_manager")
    if user_id is not None and user_id not in uow.users:
        raise row.refuse(Code.INVALID_DATA, "forecast_manager", BAD_ROLE)
    return {"forecast_manager": user_id}


def _renamed(uow: UnitOfWork, call: Call, role: Document, old: Document | None) -> None:
    for user in uow.users.values():
        if old is not None and user.role_id == role.id and user.role_name != role.name:
            uow.update_user(replace(user, role_name=role.name))


def delete_role(uow: UnitOfWork, call: Call) -> Answer:
    """Delete a role; its users and the roles below it go to another."""
    uow.access.of(call.actor).require(MANAGE_ROLES)
    roles = {role.id: role for role in uow.documents("role")}
    old = roles.get(id_of(call.params["id"]) or 0)
    if old is None:
        raise RequestRefusedError(params.bad_path_id(call))
    above = id_of(old.body.get("reporting_to"))
    target = roles.get(id_of(call.query.get("transfer_to_id")) or 0)
    if above is None or target is None or target is old:
        where = position("transfer_to_id", "$.roles[0].transfer_to_id")
        problem = (
            Problem(Code.NOT_ALLOWED, {"id": str(old.id)}, "the highest role cannot be deleted")
            if above is None
            else Problem(Code.INVALID_DATA, where, "invalid transferToId")
        )
        return envelope.elements(call, "roles", [problem])
    by, at = call.actor.user.id, uow.now
    lines = {role.id: id_of(role.body.get("reporting_to")) for role in roles.values()}
    for role in roles.values():
        if lines[role.id] == old.id:
            # What lay below the deleted role comes below the other one, which comes to where the deleted one was.
            new = above if role is target or role.id in _line(lines, target.id) else target.id
            body = {**role.body, "reporting_to": str(new)}
            uow.put_document(role.changed("", role.name, body, by=by, at=at))
    for user in uow.users.values():
        if user.role_id == old.id:
            uow.update_user(replace(user, role_id=target.id, role_name=target.name))
    uow.drop_document("role", old.id)
    return envelope.elements(call, "roles", [envelope.succeeded("Role Deleted", {"id": str(old.id)})])


def show_role(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a role."""
    roles = {str(role.id): role for role in uow.documents("role")}
    above = roles.get(str(document.body.get("reporting_to")))
    stamped = stamps(uow, call, document)
    suffix = call.dialect.role_suffix
    return {
        "id": str(document.id),
        "name": document.name,
        "display_label": document.body.get("display_label"),
        "api_name": document.name.replace(" ", "_"),
        "reporting_to": reference(above.name, above.id) if above else None,
        "share_with_peers": document.body.get("share_with_peers"),
        "description": document.body.get("description"),
        "forecast_manager": person(uow, document.body.get("forecast_manager")),
        "admin_user": above is None,
        **{f"{key}{suffix}": value for key, value in stamped.items()},
    }


ROLES: Final = Resource(
    path="settings/roles",
    envelope="roles",
    scope="ZohoCRM.settings.roles",
    kind="role",
    parse=parse_role,
    dump=show_role,
    messages=Messages(created="Role added", updated="Role updated", deleted="Role Deleted"),
    verbs=("list", "get", "create", "update", "update_many"),
    saved=_renamed,
    rows_per_call=1,
    paged=False,
)

_DELETE: Final = ("ZohoCRM.settings.roles.DELETE",)
ROUTES: Final = (
    *ROLES.routes(),
    Route("DELETE", "settings/roles/{id}", delete_role, _DELETE, True, "v2", "deleteRole"),
)
