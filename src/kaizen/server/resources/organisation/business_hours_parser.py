"""What a request to set or change the business hours means (reference: platform F.4, automation G.9)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, invalid, refused
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_OF_24_BY_5: Final = 5
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TYPES: Final = ("24_by_7", "24_by_5", "custom")
#: The service's prose writes two of the types in another way.
_ALIASES: Final = {"24*7": "24_by_7", "24*5": "24_by_5"}


def read_business_hours(row: BodyReader, stored: Mapping[str, Json] | None) -> dict[str, Json]:
    """Read business hours, or the result of a change of the stored ones, as the body to keep.

    Raises RefusedError.
    """
    kept = {} if stored is None else _kept(row.given, stored)
    whole = BodyReader({**kept, **row.given}, row.path)
    kind = _type(whole)
    whole.required("week_starts_on")
    days = list(WEEK) if kind == "24_by_7" else _days(whole, kind)
    body: dict[str, Json] = {
        "type": kind,
        "week_starts_on": whole.word("week_starts_on", WEEK),
        "business_days": list[Json](days),
        "same_as_everyday": True,
        "daily_timing": None,
        "custom_timing": None,
    }
    if kind != "custom":
        return body
    if not whole.has("same_as_everyday"):
        raise _needed(whole, "same_as_everyday", "type")
    if whole.flag("same_as_everyday"):
        return body | {"daily_timing": _daily(whole)}
    return body | _own_timing(whole, days, _own_hours(row, kept, days))


def _kept(given: Mapping[str, Json], stored: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return what of the stored hours a change leaves alone."""
    if given.get("type") not in (None, stored.get("type")):
        return {"week_starts_on": stored.get("week_starts_on")}
    if given.get("same_as_everyday") in (None, stored.get("same_as_everyday")):
        return stored
    return {key: value for key, value in stored.items() if key not in ("daily_timing", "custom_timing")}


def _type(row: BodyReader) -> str:
    kind = row.required("type")
    kind = _ALIASES.get(kind, kind) if isinstance(kind, str) else kind
    if not isinstance(kind, str) or kind not in _TYPES:
        raise row.refuse(Code.INVALID_DATA, "type", supported_values=list(_TYPES))
    return kind


def _days(row: BodyReader, kind: str) -> list[str]:
    if not row.has("business_days"):
        raise _needed(row, "business_days", "type")
    days: list[str] = []
    for index, day in enumerate(_list(row, "business_days")):
        if not isinstance(day, str) or day not in WEEK:
            raise invalid(row.path / "business_days" / index, supported_values=list(WEEK))
        if day in days:
            raise refused(Code.ALREADY_USED, row.path / "business_days" / index)
        days.append(day)
    if not days:
        raise row.refuse(Code.MINIMUM_DATA_NOT_FOUND, "business_days")
    if kind == "24_by_5" and len(days) != _DAYS_OF_24_BY_5:
        raise row.refuse(Code.INVALID_DATA, "business_days")
    return sorted(days, key=WEEK.index)


def _own_timing(row: BodyReader, days: Sequence[str], own: Mapping[str, Json]) -> dict[str, Json]:
    """Set the hours of days: their own, or else the daily ones."""
    daily = _daily(row) if row.has("daily_timing") else None
    if daily is None and len(own) < len(days):
        raise row.refuse(Code.DEPENDENT_MISMATCH, "custom_timing", dependee=row.where("business_days"))
    custom: list[Json] = [{"days": day, "business_timing": own[day]} for day in days if day in own]
    return {"same_as_everyday": False, "daily_timing": daily, "custom_timing": custom}


def _own_hours(row: BodyReader, kept: Mapping[str, Json], days: Sequence[str]) -> dict[str, Json]:
    """Change the hours that single days have of their own, one by one."""
    own = {day: hours for day, hours in _stored_hours(kept).items() if day in days}
    if not own and not row.has("custom_timing"):
        raise _needed(row, "custom_timing", "same_as_everyday")
    named: set[str] = set()
    for entry in row.children("custom_timing"):
        entry.required("days")
        day = entry.word("days", WEEK) or ""
        if day in named:
            raise entry.refuse(Code.ALREADY_USED, "days")
        named.add(day)
        if _goes(entry):
            own.pop(day, None)
        elif day not in days:
            raise entry.refuse(Code.DEPENDENT_MISMATCH, "days", dependee=row.where("business_days"))
        else:
            entry.required("business_timing")
            own[day] = _window(entry, "business_timing")
    return own


def _stored_hours(kept: Mapping[str, Json]) -> dict[str, Json]:
    custom = kept.get("custom_timing")
    entries = custom if isinstance(custom, list) else []
    return {str(entry["days"]): entry["business_timing"] for entry in entries if isinstance(entry, dict)}


def _goes(entry: BodyReader) -> bool:
    """Return whether a day loses its own hours: the examples say so with true, the prose with null."""
    return "_delete" in entry.given and entry.flag("_delete") is not False


def _daily(row: BodyReader) -> Json:
    if not row.has("daily_timing"):
        raise _needed(row, "daily_timing", "same_as_everyday")
    return _window(row, "daily_timing")


def _window(row: BodyReader, name: str) -> Json:
    times = _list(row, name)
    for index, time in enumerate(times):
        if not isinstance(time, str) or not _CLOCK.fullmatch(time):
            raise invalid(row.path / name / index)
    if len(times) != 2 or str(times[0]) >= str(times[1]):
        raise row.refuse(Code.INVALID_DATA, name)
    return list(times)


def _list(row: BodyReader, name: str) -> Sequence[Json]:
    return json_types.sequence(row.given[name], row.path / name)


def _needed(row: BodyReader, name: str, dependee: str) -> RefusedError:
    return row.refuse(Code.DEPENDENT_FIELD_MISSING, name, dependee=row.where(dependee))
