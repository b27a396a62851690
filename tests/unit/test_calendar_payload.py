"""What business hours may say, and how they are refused."""

from typing import Any

import pytest

from kaizen.automation.payload.calendar import read_business_hours
from kaizen.automation.payload.reading.json_path import JsonPath
from tests.support.automation import body_of
from tests.support.rule_payloads import DROP, changed

_PLACE = JsonPath() / "business_hours"
HOURS: dict[str, Any] = {
    "type": "custom",
    "week_starts_on": "Monday",
    "business_days": ["Tuesday", "Monday"],
    "same_as_everyday": True,
    "daily_timing": ["09:00", "18:00"],
}
TIMING = [
    {"days": "Monday", "business_timing": ["08:00", "12:00"]},
    {"days": "Tuesday", "business_timing": ["09:30", "17:00"]},
]


@pytest.mark.source("reference: workflow rules G.9")
@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ((), {"business_days": ["Monday", "Tuesday"], "daily_timing": ["09:00", "18:00"], "custom_timing": None}),
        ((("type", "24*7"),), {"type": "24_by_7", "daily_timing": None}),
        ((("same_as_everyday", False), ("custom_timing", TIMING)), {"custom_timing": TIMING, "daily_timing": None}),
        (
            (("type", "24_by_5"), ("business_days", ["Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"])),
            {"business_days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"]},
        ),
    ],
)
def test_business_hours_are_kept(changes: tuple[tuple[str, Any], ...], becomes: dict[str, Any]) -> None:
    body = read_business_hours(changed(HOURS, *changes), None, _PLACE)

    assert isinstance(body, dict), body_of(body)
    assert becomes.items() <= body.items()


@pytest.mark.source("reference: platform F.4, OAS business-hours; which code for what is assumed")
@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ((("type", DROP),), "MANDATORY_NOT_FOUND", "type"),
        ((("type", "sometimes"),), "INVALID_DATA", "type"),
        ((("week_starts_on", DROP),), "MANDATORY_NOT_FOUND", "week_starts_on"),
        ((("business_days", DROP),), "DEPENDENT_FIELD_MISSING", "business_days"),
        ((("business_days", []),), "MINIMUM_DATA_NOT_FOUND", "business_days"),
        ((("business_days", ["Monday", "Monday"]),), "ALREADY_USED", "business_days[1]"),
        ((("type", "24_by_5"),), "DEPENDENT_MISMATCH", "business_days"),
        ((("same_as_everyday", DROP),), "DEPENDENT_FIELD_MISSING", "same_as_everyday"),
        ((("daily_timing", DROP),), "DEPENDENT_FIELD_MISSING", "daily_timing"),
        ((("daily_timing", ["18:00", "09:00"]),), "INVALID_DATA", "daily_timing"),
        ((("daily_timing", ["9", "18:00"]),), "INVALID_DATA", "daily_timing[0]"),
        ((("same_as_everyday", False),), "DEPENDENT_FIELD_MISSING", "custom_timing"),
        ((("same_as_everyday", False), ("custom_timing", TIMING[:1])), "DEPENDENT_MISMATCH", "custom_timing"),
        (
            (("same_as_everyday", False), ("custom_timing", [*TIMING, TIMING[0]])),
            "ALREADY_USED",
            "custom_timing[2].days",
        ),
    ],
)
def test_business_hours_are_refused(changes: tuple[tuple[str, Any], ...], code: str, path: str) -> None:
    said = body_of(read_business_hours(changed(HOURS, *changes), None, _PLACE))

    assert (said["code"], said["details"]["json_path"]) == (code, f"$.business_hours.{path}")


@pytest.mark.source("assumed: an update merges")
@pytest.mark.parametrize(
    ("change", "becomes"),
    [
        ({"week_starts_on": "Sunday"}, {"week_starts_on": "Sunday", "daily_timing": ["09:00", "18:00"]}),
        ({"type": "24_by_7"}, {"type": "24_by_7", "week_starts_on": "Monday"}),
        ({"same_as_everyday": False, "custom_timing": TIMING}, {"custom_timing": TIMING, "daily_timing": None}),
    ],
)
def test_a_change_of_business_hours(change: dict[str, Any], becomes: dict[str, Any]) -> None:
    stored = read_business_hours(HOURS, None, _PLACE)
    assert isinstance(stored, dict)

    body = read_business_hours(change, stored, _PLACE)

    assert isinstance(body, dict), body_of(body)
    assert becomes.items() <= body.items()
