"""Roles (reference: platform F.2)."""

from typing import Final

from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.model.document import Document
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.metadata import require_administrator
from kaizen.server.resources.shared.stamps import reference, stamps
from kaizen.vocabulary.codes import Code

LONGEST_NAME: Final = 100
LONGEST_DESCRIPTION: Final = 250


def parse_role(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    """Read a role to be made; without `reporting_to` it reports to the highest."""
    require_administrator(call, "Crm_Implied_Manage_Roles")
    try:
        return _draft(uow, BodyReader(row.values, row.path))
    except RefusedError as refusal:
        return refusal.problem


def _draft(uow: UnitOfWork, row: BodyReader) -> ParsedDocument:
    roles = uow.documents("role")
    row.required("name")
    name = row.text("name", LONGEST_NAME) or ""
    if "#" in name:
        raise row.refuse(Code.INVALID_DATA, "name")
    if any(role.name.casefold() == name.casefold() for role in roles):
        raise row.refuse(Code.DUPLICATE_DATA, "name")
    above = row.reference("reporting_to") or roles[0].id
    if above not in {role.id for role in roles}:
        raise row.refuse(Code.INVALID_DATA, "reporting_to", "the id given seems to be invalid")
    peers = row.flag("share_with_peers")
    body: dict[str, Json] = {
        "display_label": name,
        "reporting_to": str(above),
        "share_with_peers": False if peers is None else peers,
        "description": row.text("description", LONGEST_DESCRIPTION),
    }
    return ParsedDocument(name, body)


def show_role(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a role."""
    roles = {str(role.id): role for role in uow.documents("role")}
    above = roles.get(str(document.body.get("reporting_to")))
    stamped = stamps(uow, call, document)
    # v6 renamed the stamps.
    suffix = "__s" if call.dialect.number >= 6 else ""
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
    paged=False,
)

ROUTES: Final = tuple(ROLES.routes())
