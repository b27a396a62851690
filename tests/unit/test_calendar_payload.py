"""What business hours and holidays may say, and how they are refused."""

from datetime import date
from typing import Any

import pytest

from kaizen.automation.payload.calendar import (
    Holiday,
    KnownHolidays,
    financial_years,
    read_business_hours,
    read_holiday,
)
from kaizen.automation.payload.reading.json_path import JsonPath, item
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


_KNOWN = KnownHolidays(
    [{"name": "Founders", "date": "2026-05-04", "type": "business_holiday"}], date(2026, 1, 1), date(2027, 12, 31)
)
HOLIDAY: dict[str, Any] = {"name": "New Year", "date": "2026-01-01", "type": "business_holiday", "shift_hour": None}


@pytest.mark.source("reference: platform F.4, workflow rules G.9")
@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ((("name", DROP),), "MANDATORY_NOT_FOUND", "name"),
        ((("name", "x" * 81),), "INVALID_DATA", "name"),
        ((("name", "100% off"),), "INVALID_DATA", "name"),
        ((("date", DROP),), "MANDATORY_NOT_FOUND", "date"),
        ((("date", "2026-02-30"),), "INVALID_DATA", "date"),
        ((("date", "2025-12-31"),), "INVALID_DATA", "date"),
        ((("date", "2028-01-01"),), "INVALID_DATA", "date"),
        ((("date", "2026-05-04"),), "DUPLICATE_DATA", "date"),
        ((("type", DROP),), "MANDATORY_NOT_FOUND", "type"),
        ((("type", "feast"),), "INVALID_DATA", "type"),
        ((("type", "shift_holiday"),), "DEPENDENT_FIELD_MISSING", "shift_hour"),
        ((("type", "shift_holiday"), ("shift_hour", {"id": "1"})), "NOT_IMPLEMENTED", "type"),
    ],
)
def test_a_holiday_is_refused(changes: tuple[tuple[str, Any], ...], code: str, path: str) -> None:
    said = body_of(read_holiday(changed(HOLIDAY, *changes), item("holidays"), None, _KNOWN))

    assert (said["code"], said["details"]["json_path"]) == (code, f"$.holidays[0].{path}")


@pytest.mark.source("reference: workflow rules G.9: at most 52 per type and year")
def test_a_53rd_holiday_of_a_year_is_refused() -> None:
    others = [{"name": "x", "date": f"2026-02-{n % 28 + 1:02}", "type": "business_holiday"} for n in range(52)]

    said = body_of(
        read_holiday(HOLIDAY, item("holidays"), None, KnownHolidays(others, date(2026, 1, 1), date(2027, 12, 31)))
    )

    assert (said["code"], said["details"]) == (
        "LIMIT_EXCEEDED",
        {"limit": 52, "api_name": "holidays", "json_path": "$.holidays[0]"},
    )


@pytest.mark.source("reference: OAS holidays: null keeps the value")
def test_a_change_of_a_holiday_keeps_what_is_null() -> None:
    changed_day = read_holiday({"name": None, "date": "2026-01-02"}, item("holidays"), HOLIDAY, _KNOWN)

    assert changed_day == Holiday("New Year", "2026-01-02", "business_holiday")


@pytest.mark.source("reference: workflow rules G.9: only the current or the next financial year")
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
