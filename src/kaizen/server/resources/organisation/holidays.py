"""The organisation's holidays (reference: platform F.4)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError, expected_type
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.organisation.business_hours import SCOPE
from kaizen.server.resources.organisation.holiday_parser import (
    HOLIDAY_TYPES,
    KnownHolidays,
    financial_years,
    read_holiday,
)
from kaizen.server.resources.shared.guards import for_managers
from kaizen.vocabulary.codes import Code

PATH: Final = "settings/holidays"
_FILTERS: Final = {
    "year": re.compile("20[0-9]{2}|2100"),
    "type": re.compile("|".join(HOLIDAY_TYPES)),
    "shift_id": re.compile("[0-9]{1,30}"),
}


def _parse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    today = datetime.fromtimestamp(uow.now, UTC).astimezone(uow.organisation.zone).date()
    first, last = financial_years(today, uow.organisation.fiscal_year_start_month)
    others = [other.body for other in uow.documents("holiday") if row.old is None or other.id != row.old.id]
    old = row.old.body if row.old else None
    try:
        holiday = read_holiday(BodyReader(row.values, row.path), old, KnownHolidays(others, first, last))
    except RefusedError as refusal:
        return refusal.problem
    return ParsedDocument(holiday.name, {"name": holiday.name, "date": holiday.date, "type": holiday.type})


def _dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    day = str(document.body["date"])
    return {
        "name": document.name,
        "date": day,
        "type": document.body["type"],
        "shift_hour": None,
        "id": str(document.id),
        "year": int(day[:4]),
    }


def _choose(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    for name, value in call.query.items():
        if name in _FILTERS and not _FILTERS[name].fullmatch(value):
            raise RequestRefusedError(Problem(Code.PATTERN_NOT_MATCHED, {"param_name": name}))
    year, kind = call.query.get("year"), call.query.get("type")
    chosen = [
        document
        for document in documents
        if (year is None or str(document.body["date"])[:4] == year)
        and (kind is None or document.body["type"] == kind)
        and "shift_id" not in call.query
    ]
    return sorted(chosen, key=lambda document: str(document.body["date"]))


HOLIDAYS: Final = Resource(
    path=PATH,
    envelope="holidays",
    scope=SCOPE,
    kind="holiday",
    parse=_parse,
    dump=_dump,
    messages=Messages(
        created="Holiday created successfully",
        updated="Holiday updated successfully",
        deleted="Holiday deleted successfully",
    ),
    verbs=("list", "get", "create", "update", "update_many", "delete"),
    choose=_choose,
    bad_id="Invalid ID",
    bad_row_id=Problem(Code.INVALID_DATA, expected_type("long"), "Invalid holiday id"),
    since="v2.1",
)

ROUTES: Final = tuple(
    for_managers(
        HOLIDAYS.routes(),
        everyone_reads=True,
        message="Permission to read holiday data is required",
        operations={
            f"GET {PATH}": "getHolidays",
            f"POST {PATH}": "createHolidays",
            f"PUT {PATH}": "updateHolidays",
            f"GET {PATH}/{{id}}": "getHoliday",
            f"PUT {PATH}/{{id}}": "updateHoliday",
            f"DELETE {PATH}/{{id}}": "deleteHoliday",
        },
    )
)
