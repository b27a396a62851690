"""The organisation's business hours (reference: platform F.4); a new organisation has some."""

from typing import Final

from kaizen.fields.reference import id_of
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.model.document import Document
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import ParsedDocument, Row
from kaizen.server.http.singleton import Singleton
from kaizen.server.resources.organisation.business_hours_parser import read_business_hours
from kaizen.server.resources.shared.guards import for_managers
from kaizen.vocabulary.codes import Code

PATH: Final = "settings/business_hours"
SCOPE: Final = "ZohoCRM.settings.business_hours"
MANAGE_USERS: Final = "Crm_Implied_Manage_Users"


def _parse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    if call.method == "POST" and row.old is not None:
        raise RequestRefusedError(Problem(Code.NOT_ALLOWED, {}, "Organization can have only one Business Hour"))
    if call.method == "PUT" and row.old is None:
        return Problem(Code.NOT_ALLOWED, {}, "Cannot update business hours")
    given = BodyReader(row.values, row.path)
    try:
        if row.old is not None and given.has("id") and id_of(given.given["id"]) != row.old.id:
            raise given.refuse(Code.INVALID_DATA, "id", UNKNOWN_ID)
        return ParsedDocument("", read_business_hours(given, row.old.body if row.old else None))
    except RefusedError as refusal:
        return refusal.problem


def _dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    body = document.body
    return {
        "week_starts_on": body["week_starts_on"],
        "type": body["type"],
        "id": str(document.id),
        "timezone": uow.calendar.time_zone,
        "business_days": body.get("business_days"),
        "same_as_everyday": body.get("same_as_everyday"),
        "daily_timing": body.get("daily_timing"),
        "custom_timing": body.get("custom_timing") or [],
    }


BUSINESS_HOURS: Final = Singleton(
    path=PATH,
    envelope="business_hours",
    scope=SCOPE,
    kind="business_hours",
    parse=_parse,
    dump=_dump,
    saved_message="Business Hours saved successfully",
    create_status=201,
)

ROUTES: Final = tuple(
    for_managers(
        BUSINESS_HOURS.routes(),
        MANAGE_USERS,
        everyone_reads=True,
        message="Forbidden due to insufficient permissions",
        operations={
            f"GET {PATH}": "getBusinessHours",
            f"POST {PATH}": "createBusinessHours",
            f"PUT {PATH}": "updateBusinessHours",
        },
    )
)
