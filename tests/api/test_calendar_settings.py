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


@pytest.mark.source("assumed: reading is for all, changing for who manages users")
def test_only_administrators_change_the_calendar(crm: Crm) -> None:
    token = Automation(crm).colleague("Standard")

    refused = crm.put(HOURS, {"business_hours": {"business_days": ["Monday"]}}, token=token)

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
