"""The organisation's business hours (reference: platform F.4, workflow rules G.9)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kaizen.automation.payload.reading import json_types
from kaizen.automation.payload.reading.errors import (
    RefusedError,
    invalid,
    mismatched,
    missing,
    needed_by,
    refused,
)
from kaizen.automation.payload.reading.json_path import JsonPath
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
#: The service's texts spell two of the types in two ways; the underscores are shown.
_TYPES: Final = {
    "24_by_7": "24_by_7",
    "24_by_5": "24_by_5",
    "custom": "custom",
    "24*7": "24_by_7",
    "24*5": "24_by_5",
}


def read_business_hours(raw: object, stored: Mapping[str, Json] | None, place: JsonPath) -> dict[str, Json] | Problem:
    """Check business hours, or what a change makes of the stored ones, and give the body to keep."""
    try:
        payload = json_types.mapping(raw, place)
        if stored is not None:
            kept = stored if payload.get("type") in (None, stored.get("type")) else {}
            payload = {**{key: kept[key] for key in kept if key not in _inapplicable(payload)}, **payload}
            payload.setdefault("week_starts_on", stored.get("week_starts_on"))
        return _business_hours(payload, place)
    except RefusedError as refusal:
        return refusal.problem


def _inapplicable(payload: Mapping[str, Json]) -> frozenset[str]:
    """Name what a change of `same_as_everyday` makes meaningless."""
    match payload.get("same_as_everyday"):
        case True:
            return frozenset({"custom_timing"})
        case False:
            return frozenset({"daily_timing"})
        case _:
            return frozenset()


def _business_hours(payload: Mapping[str, Json], place: JsonPath) -> dict[str, Json]:
    at_type = place / "type"
    if payload.get("type") is None:
        raise missing(at_type)
    kind = _TYPES[json_types.one_of(payload["type"], at_type, _TYPES)]
    if payload.get("week_starts_on") is None:
        raise missing(place / "week_starts_on")
    starts = json_types.one_of(payload["week_starts_on"], place / "week_starts_on", WEEK)
    days = list(WEEK) if kind == "24_by_7" else _days(payload, place, at_type)
    if kind == "24_by_5" and len(days) != 5:
        raise mismatched(place / "business_days", at_type)
    body: dict[str, Json] = {
        "type": kind,
        "week_starts_on": starts,
        "business_days": list[Json](days),
        "same_as_everyday": True,
        "daily_timing": None,
        "custom_timing": None,
    }
    return body | _timing(payload, place, at_type, days) if kind == "custom" else body


def _days(payload: Mapping[str, Json], place: JsonPath, at_type: JsonPath) -> list[str]:
    at = place / "business_days"
    if payload.get("business_days") is None:
        raise needed_by(at, at_type)
    days = [
        json_types.one_of(day, at / index, WEEK)
        for index, day in enumerate(json_types.sequence(payload["business_days"], at))
    ]
    if not days:
        raise refused(Code.MINIMUM_DATA_NOT_FOUND, at)
    for index, day in enumerate(days):
        if day in days[:index]:
            raise refused(Code.ALREADY_USED, at / index)
    return sorted(days, key=WEEK.index)


def _timing(payload: Mapping[str, Json], place: JsonPath, at_type: JsonPath, days: Sequence[str]) -> dict[str, Json]:
    at_same = place / "same_as_everyday"
    if payload.get("same_as_everyday") is None:
        raise needed_by(at_same, at_type)
    if json_types.boolean(payload["same_as_everyday"], at_same):
        at = place / "daily_timing"
        if payload.get("daily_timing") is None:
            raise needed_by(at, at_same)
        return {"same_as_everyday": True, "daily_timing": _window(payload["daily_timing"], at)}
    at = place / "custom_timing"
    if payload.get("custom_timing") is None:
        raise needed_by(at, at_same)
    windows: dict[str, Json] = {}
    for index, raw in enumerate(json_types.sequence(payload["custom_timing"], at)):
        inside = at / index
        entry = json_types.mapping(raw, inside)
        for key in ("days", "business_timing"):
            if entry.get(key) is None:
                raise missing(inside / key)
        day = json_types.one_of(entry["days"], inside / "days", WEEK)
        if day in windows:
            raise refused(Code.ALREADY_USED, inside / "days")
        if day not in days:
            raise mismatched(inside / "days", place / "business_days")
        windows[day] = _window(entry["business_timing"], inside / "business_timing")
    if len(windows) < len(days):
        raise mismatched(at, place / "business_days")
    return {
        "same_as_everyday": False,
        "custom_timing": [{"days": day, "business_timing": windows[day]} for day in days],
    }


def _window(raw: Json, place: JsonPath) -> Json:
    times = json_types.sequence(raw, place)
    for index, time in enumerate(times):
        if not _CLOCK.fullmatch(json_types.text(time, place / index)):
            raise invalid(place / index)
    if len(times) != 2 or str(times[0]) >= str(times[1]):
        raise invalid(place)
    return list(times)
