"""What business hours may say, and how they are refused."""

from typing import Any

import pytest

from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.json_body.json_path import JsonPath
from kaizen.server.resources.organisation.business_hours_parser import read_business_hours
from tests.support.rule_payloads import DROP, changed

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


def read(given: dict[str, Any], stored: dict[str, Any] | None = None) -> dict[str, Any]:
    return read_business_hours(BodyReader(given, JsonPath() / "business_hours"), stored)


def refusal(given: dict[str, Any], stored: dict[str, Any] | None = None) -> tuple[str, object]:
    with pytest.raises(RefusedError) as refused:
        read(given, stored)
    return refused.value.problem.code, refused.value.problem.details["json_path"]


@pytest.mark.source("reference: automation G.9")
@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ((), {"business_days": ["Monday", "Tuesday"], "daily_timing": ["09:00", "18:00"], "custom_timing": None}),
        ((("type", "24*7"),), {"type": "24_by_7", "daily_timing": None}),
        (
            (("same_as_everyday", False), ("daily_timing", DROP), ("custom_timing", TIMING)),
            {"custom_timing": TIMING, "daily_timing": None},
        ),
        (
            (("type", "24_by_5"), ("business_days", ["Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"])),
            {"business_days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"]},
        ),
    ],
)
def test_business_hours_are_kept(changes: tuple[tuple[str, Any], ...], becomes: dict[str, Any]) -> None:
    assert becomes.items() <= read(changed(HOURS, *changes)).items()


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
        ((("type", "24_by_5"),), "INVALID_DATA", "business_days"),
        ((("same_as_everyday", DROP),), "DEPENDENT_FIELD_MISSING", "same_as_everyday"),
        ((("daily_timing", DROP),), "DEPENDENT_FIELD_MISSING", "daily_timing"),
        ((("daily_timing", ["18:00", "09:00"]),), "INVALID_DATA", "daily_timing"),
        ((("daily_timing", ["9", "18:00"]),), "INVALID_DATA", "daily_timing[0]"),
        ((("daily_timing", "9 to 5"),), "INVALID_DATA", "daily_timing"),
        ((("same_as_everyday", False),), "DEPENDENT_FIELD_MISSING", "custom_timing"),
        (
            (("same_as_everyday", False), ("daily_timing", DROP), ("custom_timing", TIMING[:1])),
            "DEPENDENT_MISMATCH",
            "custom_timing",
        ),
        (
            (("same_as_everyday", False), ("custom_timing", [*TIMING, TIMING[0]])),
            "ALREADY_USED",
            "custom_timing[2].days",
        ),
    ],
)
def test_business_hours_are_refused(changes: tuple[tuple[str, Any], ...], code: str, path: str) -> None:
    assert refusal(changed(HOURS, *changes)) == (code, f"$.business_hours.{path}")


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
    assert becomes.items() <= read(change, read(HOURS)).items()


OWN = {**HOURS, "same_as_everyday": False, "daily_timing": None, "custom_timing": TIMING}
NEW_MONDAY = {"days": "Monday", "business_timing": ["10:00", "11:00"]}


@pytest.mark.source("docs: updateBusinessHours examples and operation; that days are changed one by one is assumed")
@pytest.mark.parametrize(
    ("change", "becomes"),
    [
        ({"custom_timing": [NEW_MONDAY]}, {"custom_timing": [NEW_MONDAY, TIMING[1]]}),
        (
            {"business_days": ["Monday"], "custom_timing": [{**TIMING[1], "_delete": True}]},
            {"business_days": ["Monday"], "custom_timing": TIMING[:1]},
        ),
        (
            {"daily_timing": ["08:00", "16:00"], "custom_timing": [{"days": "Tuesday", "_delete": None}]},
            {"custom_timing": TIMING[:1], "daily_timing": ["08:00", "16:00"]},
        ),
        ({"custom_timing": [{**NEW_MONDAY, "_delete": False}]}, {"custom_timing": [NEW_MONDAY, TIMING[1]]}),
        ({"custom_timing": [{"days": "Sunday", "_delete": True}]}, {"custom_timing": TIMING}),
        ({"business_days": ["Monday"]}, {"custom_timing": TIMING[:1]}),
        ({"same_as_everyday": True, "daily_timing": ["08:00", "16:00"]}, {"custom_timing": None}),
    ],
)
def test_the_hours_of_single_days_change(change: dict[str, Any], becomes: dict[str, Any]) -> None:
    stored = read(OWN)

    after = read(change, stored)

    assert becomes.items() <= after.items()
    assert read({}, after) == after


@pytest.mark.source("assumed: every business day has hours")
def test_a_day_that_loses_its_hours_needs_the_daily_ones() -> None:
    lost = {"custom_timing": [{"days": "Tuesday", "_delete": True}]}

    assert refusal(lost, read(OWN)) == ("DEPENDENT_MISMATCH", "$.business_hours.custom_timing")
    assert refusal({"custom_timing": [{**NEW_MONDAY, "_delete": "yes"}]}, read(OWN)) == (
        "INVALID_DATA",
        "$.business_hours.custom_timing[0]._delete",
    )
