"""Roles (reference: platform F.2)."""

from collections.abc import Sequence
from typing import Final

from kaizen.fields.reference import referred_id
from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, invalid
from kaizen.model.document import Document
from kaizen.model.problem import Problem, position
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.stamps import reference, stamps
from kaizen.vocabulary.codes import Code

LONGEST_NAME: Final = 200
LONGEST_DESCRIPTION: Final = 250


def parse_role(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    """Read a role to be made; without `reporting_to` it reports to the highest."""
    uow.access.of(call.actor).require("Crm_Implied_Manage_Roles")
    try:
        return _draft(uow, BodyReader(row.values, row.path))
    except RefusedError as refusal:
        return refusal.problem


def _draft(uow: UnitOfWork, row: BodyReader) -> ParsedDocument:
    roles = uow.documents("role")
    name = _name(row)
    if any(role.name.casefold() == name.casefold() for role in roles):
        raise row.refuse(Code.DUPLICATE_DATA, "name", "Failed to add role since role with same name is already exist")
    above = _above(row, roles)
    peers = row.flag("share_with_peers")
    body: dict[str, Json] = {
        "display_label": name,
        "reporting_to": str(above),
        "share_with_peers": False if peers is None else peers,
        "description": row.text("description", LONGEST_DESCRIPTION),
    }
    return ParsedDocument(name, body)


def _name(row: BodyReader) -> str:
    row.required("name")
    place = row.path / "name"
    name = json_types.text(row.given["name"], place, longest=LONGEST_NAME, too_long="Invalid role name").strip()
    if "#" in name:
        raise invalid(place, "Role name should not contain the following special character(s):#")
    return name


def _above(row: BodyReader, roles: Sequence[Document]) -> Id:
    """Read the role above a new one; where none is given, the highest."""
    if not row.has("reporting_to"):
        return roles[0].id
    given = row.given["reporting_to"]
    above = referred_id(given)
    if above is None or above not in {role.id for role in roles}:
        where = position("reporting_to", str(row.path / "reporting_to" / "id"))
        raise RefusedError(Problem(Code.INVALID_DATA, where, "the id given seems to be invalid or already deleted"))
    return above


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
        "forecast_manager": None,
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
    verbs=("list", "get", "create"),
    rows_per_call=1,
    paged=False,
)

ROUTES: Final = tuple(ROLES.routes())
