"""Business hours and holidays, and what they do to actions that wait for business days."""

from typing import Any

import pytest

from tests.support.automation_client import RULES, Automation
from tests.support.server import Crm

HOURS = "settings/business_hours"
HOLIDAYS = "settings/holidays"


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
        "custom_timing": None,
    }


@pytest.mark.source("reference: OAS business-hours; the code for a second one is assumed")
def test_business_hours_are_changed_but_not_created_twice(crm: Crm) -> None:
    changed = crm.put(HOURS, {"business_hours": {"business_days": ["Monday"]}})
    again = crm.post(HOURS, {"business_hours": {"type": "24_by_7", "week_starts_on": "Monday"}})
    refused = crm.put(HOURS, {"business_hours": {"business_days": []}})

    assert changed.status == 200
    assert changed.json["business_hours"]["message"] == "Business Hours saved successfully"
    assert crm.get(HOURS).json["business_hours"]["business_days"] == ["Monday"]
    assert (again.status, again.json["business_hours"]["code"]) == (400, "NOT_ALLOWED")
    assert (refused.status, refused.json["business_hours"]["code"]) == (400, "MINIMUM_DATA_NOT_FOUND")


@pytest.mark.source("reference: platform F.4; messages of change and deletion are assumed")
def test_holidays_are_created_changed_and_deleted(crm: Crm) -> None:
    assert crm.get(HOLIDAYS).status == 204

    created = crm.post(HOLIDAYS, {"holidays": [holiday("2026-05-01"), holiday("2026-01-06", "Kings")]})
    first, second = (row["details"]["id"] for row in created.json["holidays"])
    one = crm.put(f"{HOLIDAYS}/{first}", {"holidays": [{"name": "Labour", "date": None}]})
    many = crm.put(HOLIDAYS, {"holidays": [{**holiday("2026-01-07", "Kings"), "id": second}]})
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
    crm.post(HOLIDAYS, {"holidays": [holiday("2026-05-01"), holiday("2027-05-01")]})

    reply = crm.get(HOLIDAYS, params)

    assert (len(reply.json["holidays"]) if reply.status == 200 else 0) == count


@pytest.mark.source("reference: OAS holidays; platform F.4: not before v3")
def test_what_no_holiday_list_has_is_refused(crm: Crm) -> None:
    crm.post(HOLIDAYS, {"holidays": [holiday("2026-05-01")]})

    assert crm.get(HOLIDAYS, {"year": "26"}).problem == (400, "PATTERN_NOT_MATCHED")
    assert crm.get(HOLIDAYS, {"type": "feast"}).problem == (400, "PATTERN_NOT_MATCHED")
    assert crm.get(HOLIDAYS, version="v2").problem == (400, "API_NOT_SUPPORTED")


@pytest.mark.source("reference: platform B.6: good rows beside bad ones")
def test_a_bad_holiday_does_not_stop_a_good_one(crm: Crm) -> None:
    reply = crm.post(HOLIDAYS, {"holidays": [holiday("2026-05-01"), holiday("2026-05-01", "Again"), {}]})

    assert (reply.status, reply.codes("holidays")) == (207, ["SUCCESS", "DUPLICATE_DATA", "MANDATORY_NOT_FOUND"])


@pytest.mark.source("assumed: reading is for all, changing for who manages users")
def test_only_administrators_change_the_calendar(crm: Crm) -> None:
    token = Automation(crm).colleague("Standard")

    refused = crm.post(HOLIDAYS, {"holidays": [holiday("2026-05-01")]}, token=token)

    assert crm.get(HOURS, token=token).status == 200
    assert refused.problem == (403, "NO_PERMISSION")
    assert refused.json["details"] == {"permissions": ["Crm_Implied_Manage_Users"]}


@pytest.mark.source("reference: workflow rules G.9: business days skip weekends and holidays")
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
