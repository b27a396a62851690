"""settings/business_hours: every row of the service's example files, and what they do to actions that wait."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.automation_client import RULES, TASKS, Automation
from tests.support.server import Crm, Reply, settings_for

HOURS = "settings/business_hours"
HOLIDAYS = "settings/holidays"
WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]

Row = dict[str, Any]


def timing(day: str, opens: str, closes: str, **more: Any) -> Row:
    """Describe the hours of one day."""
    return {"days": day, "business_timing": [opens, closes], **more}


#: The request of the examples of create and update: one day has hours of its own, the others the daily ones.
ONE_DAY_OF_ITS_OWN: Row = {
    "week_starts_on": "Monday",
    "type": "custom",
    "business_days": WEEK,
    "same_as_everyday": False,
    "daily_timing": ["09:00", "18:00"],
    "custom_timing": [timing("Monday", "10:00", "12:00")],
}
#: The request that takes a day away.
FRIDAY_OFF: Row = {
    "week_starts_on": "Monday",
    "type": "custom",
    "business_days": WEEK[:4],
    "same_as_everyday": False,
    "custom_timing": [
        timing("Monday", "10:00", "17:00"),
        timing("Tuesday", "10:30", "17:00"),
        timing("Wednesday", "11:00", "17:00"),
        timing("Thursday", "09:00", "18:30"),
        timing("Friday", "11:30", "18:30", _delete=True),
    ],
}


def holiday(day: str, name: str = "New Year") -> dict[str, Any]:
    """Describe a holiday of the whole organisation."""
    return {"name": name, "date": day, "type": "business_holiday", "shift_hour": None}


@pytest.mark.source("assumed: a new organisation has business hours")
def test_a_new_organisation_has_business_hours(crm: Crm) -> None:
    hours = crm.get(HOURS).json["business_hours"]

    assert hours.pop("id")
    assert hours == {
        "week_starts_on": "Monday",
        "type": "custom",
        "timezone": "UTC",
        "business_days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "same_as_everyday": True,
        "daily_timing": ["09:00", "18:00"],
        "custom_timing": [],
    }


def answer(reply: Reply) -> tuple[int, Any]:
    """The status, and what stands in the wrapper."""
    return reply.status, reply.json["business_hours"]


@pytest.mark.source("docs: updateBusinessHours examples")
@pytest.mark.parametrize(
    ("request_body", "becomes"),
    [
        (
            ONE_DAY_OF_ITS_OWN,
            {
                "business_days": WEEK,
                "daily_timing": ["09:00", "18:00"],
                "custom_timing": [timing("Monday", "10:00", "12:00")],
            },
        ),
        (
            FRIDAY_OFF,
            {
                "business_days": WEEK[:4],
                "daily_timing": None,
                "custom_timing": [
                    timing("Monday", "10:00", "17:00"),
                    timing("Tuesday", "10:30", "17:00"),
                    timing("Wednesday", "11:00", "17:00"),
                    timing("Thursday", "09:00", "18:30"),
                ],
            },
        ),
    ],
)
def test_the_requests_of_the_examples_are_taken(request_body: Row, becomes: Row, crm: Crm) -> None:
    own_id = crm.get(HOURS).json["business_hours"]["id"]

    reply = crm.put(HOURS, {"business_hours": request_body})

    assert answer(reply) == (
        200,
        {
            "status": "success",
            "code": "SUCCESS",
            "message": "Business Hours saved successfully",
            "details": {"id": own_id},
        },
    )
    shown = crm.get(HOURS).json["business_hours"]
    common = {"week_starts_on": "Monday", "type": "custom", "same_as_everyday": False}
    assert shown == {**common, **becomes, "id": own_id, "timezone": "UTC"}
    assert crm.put(HOURS, {"business_hours": shown}).status == 200
    assert crm.get(HOURS).json["business_hours"] == shown


@pytest.mark.source("docs: updateBusinessHours examples")
def test_days_without_hours_of_their_own_have_the_daily_ones(crm: Crm) -> None:
    crm.put(HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN})

    crm.advance(business_hours=4)

    # Two hours of Monday, from 10:00 to 12:00, and two of Tuesday, from 9:00.
    assert crm.control("GET", "clock").json["now"].startswith("2026-01-06T11:00:00")


@pytest.mark.source("docs: createBusinessHours examples")
def test_an_organisation_has_one_set_of_business_hours(crm: Crm) -> None:
    reply = crm.post(HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN})

    assert (reply.status, reply.json) == (
        400,
        {
            "code": "NOT_ALLOWED",
            "details": {},
            "message": "Organization can have only one Business Hour",
            "status": "error",
        },
    )


@pytest.mark.source("docs: createBusinessHours, updateBusinessHours examples; that all read them is assumed")
def test_business_hours_are_set_by_those_who_may(crm: Crm) -> None:
    token = Automation(crm).colleague("Standard")

    assert crm.get(HOURS, token=token).status == 200
    for method in ("POST", "PUT"):
        reply = crm.crm(method, HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN}, token=token)
        assert (reply.status, reply.json) == (
            403,
            {
                "code": "NO_PERMISSION",
                "details": {"permissions": ["Crm_Implied_Manage_Users"]},
                "message": "Forbidden due to insufficient permissions",
                "status": "error",
            },
        )


@pytest.mark.source("reference: OAS business-hours: message and place of what is missing; the id is assumed")
@pytest.mark.parametrize(
    ("change", "code", "message", "details"),
    [
        ({"type": None}, "MANDATORY_NOT_FOUND", "required field not found", {}),
        ({"week_starts_on": None}, "MANDATORY_NOT_FOUND", "required field not found", {}),
        ({"type": "24_by_8"}, "INVALID_DATA", "invalid data", {"supported_values": ["24_by_7", "24_by_5", "custom"]}),
        ({"business_days": []}, "MINIMUM_DATA_NOT_FOUND", "invalid data", {}),
        ({"id": "12"}, "INVALID_DATA", "the id given seems to be invalid", {}),
    ],
)
def test_bad_business_hours_are_refused(change: Row, code: str, message: str, details: Row, crm: Crm) -> None:
    reply = crm.put(HOURS, {"business_hours": change})

    (key,) = change
    place = {"api_name": key, "json_path": f"$.business_hours.{key}"}
    assert answer(reply) == (
        400,
        {"code": code, "details": {**details, **place}, "message": message, "status": "error"},
    )


@pytest.mark.source("reference: automation G.9: business days skip weekends and holidays")
@pytest.mark.parametrize(
    ("holidays", "waits_until"), [([], "2026-01-08"), (["2026-01-06", "2026-01-07"], "2026-01-12")]
)
def test_waiting_actions_skip_holidays(holidays: list[str], waits_until: str, crm: Crm) -> None:
    automation = Automation(crm)
    if holidays:
        crm.post(HOLIDAYS, {"holidays": [holiday(day, f"Day {day}") for day in holidays]})
    rule_id = automation.lost_deal_rule("Lost", {"type": "tasks", "id": automation.task()}, days=3)
    automation.edit(automation.deal(), Stage="Closed Lost")

    (waiting,) = crm.control("GET", "queue", params={"rule_id": rule_id}).json["queue"]

    assert waiting["due_at"].startswith(waits_until)
    assert crm.get(f"{RULES}/{rule_id}").status == 200


@pytest.fixture
def crm_without(tmp_path: Path) -> Iterator[Crm]:
    """A server whose organisation was started without business hours."""
    crm = Crm(settings_for(str(tmp_path / "without.db"), business_hours=False))
    yield crm
    crm.close()


@pytest.mark.source(
    "docs: getBusinessHours, createBusinessHours, updateBusinessHours examples; reference: automation G.9"
)
def test_an_organisation_without_business_hours_gets_them_once(crm_without: Crm) -> None:
    crm = crm_without
    assert crm.get(HOURS).status == 204
    assert answer(crm.put(HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN})) == (
        400,
        {"code": "NOT_ALLOWED", "details": {}, "message": "Cannot update business hours", "status": "error"},
    )

    reply = crm.post(HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN})

    own_id = crm.get(HOURS).json["business_hours"]["id"]
    assert answer(reply) == (
        201,
        {
            "status": "success",
            "code": "SUCCESS",
            "message": "Business Hours saved successfully",
            "details": {"id": own_id},
        },
    )
    assert crm.post(HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN}).problem == (400, "NOT_ALLOWED")
    assert crm.put(HOURS, {"business_hours": {"week_starts_on": "Sunday"}}).status == 200


DISABLED = {"code": "FEATURE_DISABLED", "details": {}, "message": "Please enable the feature", "status": "error"}


@pytest.mark.source("reference: automation G.9, P42: business periods need business hours")
@pytest.mark.parametrize("period", ["business_days", "business_hours"])
def test_nothing_waits_for_business_hours_that_are_not_set(period: str, crm_without: Crm) -> None:
    automation = Automation(crm_without)
    update = {"type": "field_updates", "id": automation.update()}
    group = {"execute_after": {"period": period, "unit": 3}, "actions": [update]}
    rule = automation.rule_payload("Later", update, execute_when={"type": "create"})
    rule["conditions"][0]["scheduled_actions"] = [group]

    refused = automation.post(rule)
    crm_without.post(HOURS, {"business_hours": ONE_DAY_OF_ITS_OWN})

    assert (refused.status, refused.json["workflow_rules"]) == (400, [DISABLED])
    assert automation.post(rule).status == 201


@pytest.mark.source("reference: automation G.9, P42: business periods need business hours")
def test_no_task_is_due_after_business_days_that_are_not_set(crm_without: Crm) -> None:
    payload = Automation(crm_without).task_payload()

    refused = crm_without.post(TASKS, {"tasks": [payload]})

    assert (refused.status, refused.json["tasks"]) == (400, [DISABLED])
