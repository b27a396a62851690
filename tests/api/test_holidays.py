"""settings/holidays: every row of the service's example files."""

from datetime import date
from typing import Any

import pytest

from kaizen.server.resources.organisation.holiday_parser import financial_years
from tests.support.automation_client import Automation
from tests.support.server import Crm

HOLIDAYS = "settings/holidays"

Row = dict[str, Any]


def holiday(**changed: Any) -> Row:
    """Describe a holiday of the whole organisation; None leaves a key out."""
    given = {"name": "New Year", "date": "2026-01-01", "type": "business_holiday", **changed}
    return {key: value for key, value in given.items() if value is not None}


def at(name: str, path: str = "", **more: Any) -> Row:
    """Say where in the first element something is wrong."""
    return {**more, "api_name": name, "json_path": f"$.holidays[0].{path or name}"}


def element(code: str, message: str, details: Row) -> Row:
    """Describe the one element of an answer that refuses it."""
    return {"holidays": [{"code": code, "details": details, "message": message, "status": "error"}]}


def create(crm: Crm, *rows: Row) -> str:
    reply = crm.post(HOLIDAYS, {"holidays": list(rows)})
    assert reply.status == 201, reply.content
    return str(reply.details("holidays")["id"])


SPECIAL = "Holiday Name should not contain special characters:#, %, ^, &, *"
TYPES = ["business_holiday", "shift_holiday"]

#: What both a new and a changed holiday are refused for.
REFUSED: list[tuple[Row, Row]] = [
    (
        {"type": "shift_holiday"},
        element(
            "DEPENDENT_FIELD_MISSING",
            "Shift id is required for shift holidays",
            at("shift_hour", dependee=at("type")),
        ),
    ),
    (
        {"type": "shift_holiday", "shift_hour": {"id": "12", "name": "Night"}},
        element("INVALID_DATA", "Invalid shift id", at("id", "shift_hour.id")),
    ),
    ({"name": "x" * 81}, element("INVALID_DATA", "invalid data", at("name", maximum_length=80))),
    (
        {"date": "2029-01-09"},
        element("INVALID_DATA", "Date Should be between current and next financial year", at("date")),
    ),
    *(({"name": f"New{mark}Year"}, element("INVALID_DATA", SPECIAL, at("name"))) for mark in "#%^&*"),
    ({"type": "feast"}, element("INVALID_DATA", "Invalid type", at("type", supported_values=TYPES))),
    ({"date": "01/09/2026"}, element("INVALID_DATA", "invalid data", at("date", expected_data_type="date"))),
    ({"date": 20260109}, element("INVALID_DATA", "invalid data", at("date", expected_data_type="date"))),
]


@pytest.mark.source("docs: createHolidays examples")
@pytest.mark.parametrize(("changed", "answer"), REFUSED)
def test_a_bad_holiday_is_refused_as_in_the_examples(changed: Row, answer: Row, crm: Crm) -> None:
    reply = crm.post(HOLIDAYS, {"holidays": [holiday(**changed)]})

    assert (reply.status, reply.json) == (400, answer)
    assert crm.get(HOLIDAYS).status == 204


@pytest.mark.source("docs: updateHolidays, updateHoliday examples")
@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize(("changed", "answer"), REFUSED)
def test_a_bad_change_is_refused_as_in_the_examples(changed: Row, answer: Row, by_path: bool, crm: Crm) -> None:
    kept = create(crm, holiday())

    reply = (
        crm.put(f"{HOLIDAYS}/{kept}", {"holidays": [changed]})
        if by_path
        else crm.put(HOLIDAYS, {"holidays": [{"id": kept, **changed}]})
    )

    assert (reply.status, reply.json) == (400, answer)
    assert [shown["name"] for shown in crm.get(HOLIDAYS).json["holidays"]] == ["New Year"]


@pytest.mark.source("docs: createHolidays examples")
@pytest.mark.parametrize("key", ["date", "type", "name"])
def test_a_holiday_needs_its_keys(key: str, crm: Crm) -> None:
    reply = crm.post(HOLIDAYS, {"holidays": [holiday(**{key: None})]})

    assert reply.json == element("MANDATORY_NOT_FOUND", "required field not found", at(key))


@pytest.mark.source("docs: createHolidays, updateHolidays, updateHoliday examples; name and date are unique together")
def test_name_and_date_together_are_unique(crm: Crm) -> None:
    twice = element("DUPLICATE_DATA", "duplicate data", at("name"))
    create(crm, holiday())

    other_day = create(crm, holiday(date="2027-01-01"))
    other_name = create(crm, holiday(name="Day of Peace"))

    assert crm.post(HOLIDAYS, {"holidays": [holiday(name="new year")]}).json == twice
    assert crm.put(f"{HOLIDAYS}/{other_day}", {"holidays": [{"date": "2026-01-01"}]}).json == twice
    assert crm.put(HOLIDAYS, {"holidays": [{"id": other_name, "name": "New Year"}]}).json == twice


@pytest.mark.source("docs: createHolidays examples")
def test_a_year_has_at_most_52_holidays_of_a_type(crm: Crm) -> None:
    days = [f"2026-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(53)]
    for chunk in (days[:50], days[50:52]):
        create(crm, *(holiday(name=f"Day {day}", date=day) for day in chunk))

    reply = crm.post(HOLIDAYS, {"holidays": [holiday(name="One more", date=days[52])]})

    details = {"limit": 52, "limit_due_to": [at("type")]}
    assert reply.json == element("LIMIT_EXCEEDED", "Holidays limit exceeds", details)
    create(crm, holiday(name="One more", date="2027-02-01"))


@pytest.mark.source("docs: updateHolidays, deleteHoliday examples")
def test_an_id_that_no_holiday_has(crm: Crm) -> None:
    by_path = {
        "code": "INVALID_DATA",
        "details": {"resource_path_index": 2},
        "message": "Invalid ID",
        "status": "error",
    }
    in_body = element("INVALID_DATA", "Invalid holiday id", at("id", expected_data_type="long"))

    for number in ("12", "letters"):
        assert crm.put(HOLIDAYS, {"holidays": [{"id": number, "name": "x"}]}).json == in_body
        assert crm.put(f"{HOLIDAYS}/{number}", {"holidays": [{"name": "x"}]}).json == by_path
        assert crm.delete(f"{HOLIDAYS}/{number}").json == by_path
    assert crm.get(f"{HOLIDAYS}/letters").json == by_path
    assert crm.get(f"{HOLIDAYS}/12").status == 204


@pytest.mark.source("docs: createHolidays, updateHolidays examples; the other writes are assumed alike")
def test_holidays_are_changed_by_those_who_may(crm: Crm) -> None:
    kept = create(crm, holiday())
    token = Automation(crm).colleague("Standard")
    body = {"holidays": [holiday()]}

    for reply in (
        crm.post(HOLIDAYS, body, token=token),
        crm.put(HOLIDAYS, body, token=token),
        crm.put(f"{HOLIDAYS}/{kept}", body, token=token),
        crm.delete(f"{HOLIDAYS}/{kept}", token=token),
    ):
        assert (reply.status, reply.json) == (
            403,
            {
                "code": "NO_PERMISSION",
                "details": {},
                "message": "Permission to read holiday data is required",
                "status": "error",
            },
        )


@pytest.mark.source("docs: getHolidays examples and operation")
@pytest.mark.parametrize(
    ("param", "value"),
    [("type", "feast"), ("year", "26"), ("year", "1999"), ("year", "2101"), ("year", "next"), ("shift_id", "night")],
)
def test_a_filter_that_no_holiday_has(param: str, value: str, crm: Crm) -> None:
    reply = crm.get(HOLIDAYS, {param: value})

    assert (reply.status, reply.json) == (
        400,
        {
            "code": "PATTERN_NOT_MATCHED",
            "details": {"param_name": param},
            "message": "Please check whether the input values are correct",
            "status": "error",
        },
    )


@pytest.mark.source("reference: platform F.4; messages of change and deletion are assumed")
def test_holidays_are_created_changed_and_deleted(crm: Crm) -> None:
    assert crm.get(HOLIDAYS).status == 204

    created = crm.post(
        HOLIDAYS,
        {"holidays": [holiday(name="Day of Work", date="2026-05-01"), holiday(name="Kings", date="2026-01-06")]},
    )
    first, second = (row["details"]["id"] for row in created.json["holidays"])
    one = crm.put(f"{HOLIDAYS}/{first}", {"holidays": [{"name": "Labour", "date": None}]})
    many = crm.put(HOLIDAYS, {"holidays": [{"id": second, "name": "Kings", "date": "2026-01-07", "shift_hour": None}]})
    shown = crm.get(HOLIDAYS).json
    deleted = crm.delete(f"{HOLIDAYS}/{second}")

    replies = (created, one, many, deleted)
    assert [(reply.status, reply.json["holidays"][0]["message"]) for reply in replies] == [
        (201, "Holiday created successfully"),
        (200, "Holiday updated successfully"),
        (200, "Holiday updated successfully"),
        (200, "Holiday deleted successfully"),
    ]
    assert [(each["name"], each["date"], each["year"]) for each in shown["holidays"]] == [
        ("Kings", "2026-01-07", 2026),
        ("Labour", "2026-05-01", 2026),
    ]
    assert shown["info"]["count"] == 2
    assert crm.get(f"{HOLIDAYS}/{second}").status == 204


@pytest.mark.source("reference: OAS holidays")
@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({}, 2),
        ({"year": "2026"}, 1),
        ({"type": "business_holiday"}, 2),
        ({"type": "shift_holiday"}, 0),
        ({"shift_id": "1"}, 0),
    ],
)
def test_holidays_are_chosen(params: dict[str, str], count: int, crm: Crm) -> None:
    crm.post(HOLIDAYS, {"holidays": [holiday(), holiday(date="2027-05-01")]})

    reply = crm.get(HOLIDAYS, params)

    assert (len(reply.json["holidays"]) if reply.status == 200 else 0) == count


@pytest.mark.source("reference: platform B.6: good rows beside bad ones")
def test_a_bad_holiday_does_not_stop_a_good_one(crm: Crm) -> None:
    reply = crm.post(HOLIDAYS, {"holidays": [holiday(), holiday(), {}]})

    assert (reply.status, reply.codes("holidays")) == (207, ["SUCCESS", "DUPLICATE_DATA", "MANDATORY_NOT_FOUND"])


@pytest.mark.source("reference: automation G.9: only the current or the next financial year")
@pytest.mark.parametrize(
    ("today", "starts_in", "first", "last"),
    [
        (date(2026, 1, 5), 1, date(2026, 1, 1), date(2027, 12, 31)),
        (date(2026, 3, 31), 4, date(2025, 4, 1), date(2027, 3, 31)),
        (date(2026, 4, 1), 4, date(2026, 4, 1), date(2028, 3, 31)),
    ],
)
def test_financial_years(today: date, starts_in: int, first: date, last: date) -> None:
    assert financial_years(today, starts_in) == (first, last)


@pytest.mark.source(
    "reference: platform F.4: not before v2.1; the documentation forbids more characters than the message"
)
def test_what_else_a_holiday_list_does_not_take(crm: Crm) -> None:
    assert crm.get(HOLIDAYS, version="v2").problem == (400, "API_NOT_SUPPORTED")
    for mark in "~`+=[]{}|;<>\\":
        reply = crm.post(HOLIDAYS, {"holidays": [holiday(name=f"New{mark}Year")]})
        assert reply.json == element("INVALID_DATA", "invalid data", at("name"))
