"""What reminds of an activity: the shapes that versions have for it (reference: platform C.11).

Of an event, v2 has the moment and later versions how long before its beginning; a record holds what it was given, and
each version is shown its own. Of a task, all versions have a text and later ones a list as well.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from kaizen.fields.flaw import Flaw, expected, too_long
from kaizen.fields.moment import EARLIEST, instant
from kaizen.fields.recurrence import FREQUENCIES, pieces_of
from kaizen.model.values import Json, Value
from kaizen.vocabulary.codes import Code

_Read: TypeAlias = Callable[[dict[str, Json]], dict[str, Value] | Flaw]

#: The seconds of each period, the longest first.
PERIODS: Final = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60}
ACTIONS: Final = ("EMAIL", "POPUP")
#: Where a record holds the moment of a reminder.
_AT: Final = "at"
_LONGEST_UNIT: Final = 5
_MOST: Final = 100

_ALARM: Final = "ALARM"
_BOTH: Final = "EMAILANDPOPUP"
_MOMENT: Final = "DATE-TIME:"
_BEFORE: Final = re.compile(r"-P(?:[1-6]D|[1-3]W)")
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")

#: Stands for a key that is not there; like every number, it is not text.
_ABSENT: Final = 0

_NO_TEXT: Final = expected("text").inside(f".{_ALARM}", _ALARM)
_NO_ARRAY: Final = expected("jsonarray")
_NO_OBJECT: Final = expected("jsonobject")
_NO_MOMENT: Final = expected("datetime")
_TOO_MANY: Final = too_long(_MOST)
_MISSING: Final = Flaw(code=Code.MANDATORY_NOT_FOUND)


def read_reminders(raw: Json) -> Value | Flaw:
    """Take what reminds of an event: a moment, or `[{"unit": 15, "period": "minutes"}]`."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, str):
        moment = instant(raw)
        return _NO_MOMENT if moment is None else {_AT: moment}
    return _listed(raw, _reminder) if isinstance(raw, list) else _NO_ARRAY


def read_alarm(raw: Json) -> Value | Flaw:
    """Take what reminds of a task: `{"ALARM": text}`, or `[{"ACTION", "TRIGGER", "TRIGGER_TIME"}]`."""
    if raw is None or raw in ("", {}):
        return None
    if isinstance(raw, list):
        return _listed(raw, _alarm)
    if not isinstance(raw, dict):
        return _NO_OBJECT
    text = raw.get(_ALARM, _ABSENT)
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        return _NO_TEXT
    pieces = dict(pieces_of(text) or ())
    fits = (
        pieces.get("FREQ", "NONE").upper() in ("NONE", *FREQUENCIES)
        and pieces.get("ACTION", "").upper() in (*ACTIONS, _BOTH)
        and _triggers(pieces.get("TRIGGER", "").removeprefix(_MOMENT))
    )
    return {_ALARM: text} if fits else Flaw().inside(f".{_ALARM}", _ALARM)


def is_moment(value: Value) -> bool:
    """Return whether an event's reminder was given as a moment."""
    return isinstance(value, Mapping)


def moment_of(value: Value, start: Value) -> int | None:
    """Return the time of the first reminder of an event that begins at `start`."""
    if isinstance(value, Mapping):
        at = value.get(_AT)
        return at if isinstance(at, int) else None
    if not isinstance(value, tuple) or not isinstance(start, int):
        return None
    before = [_seconds(each) for each in value if isinstance(each, Mapping)]
    return max(start - max(before), EARLIEST) if before else None


def before_start(value: Value, start: Value) -> Value:
    """Return how long before its start the reminder of an event is, in the longest period that divides it."""
    if not isinstance(value, Mapping):
        return value
    at = value.get(_AT)
    if not isinstance(at, int) or not isinstance(start, int):
        return None
    whole = max(start - at, 0) // 60 * 60
    period, seconds = next((p, s) for p, s in PERIODS.items() if whole % s == 0 and (whole or s == 60))
    return ({"unit": whole // seconds, "period": period},)


def as_alarm(value: Value) -> Value:
    """Return the reminder of a task as the text that all versions have."""
    if not isinstance(value, tuple):
        return value
    first = next((each for each in value if isinstance(each, Mapping)), {})
    trigger = str(first.get("TRIGGER"))
    when = trigger if _BEFORE.fullmatch(trigger) else _MOMENT + trigger
    time = f";TRIGGER_TIME={first['TRIGGER_TIME']}" if "TRIGGER_TIME" in first else ""
    return {_ALARM: f"FREQ=NONE;ACTION={first.get('ACTION')};TRIGGER={when}{time}"}


def _listed(raw: list[Json], read: _Read) -> Value | Flaw:
    if len(raw) > _MOST:
        return _TOO_MANY
    found: list[Value] = []
    for index, item in enumerate(raw):
        one = read(item) if isinstance(item, dict) else _NO_OBJECT
        if isinstance(one, Flaw):
            return one.inside(f"[{index}]", "")
        found.append(one)
    return tuple(found) or None


def _reminder(item: dict[str, Json]) -> dict[str, Value] | Flaw:
    unit, period = item.get("unit"), item.get("period")
    if isinstance(unit, str) and unit.isascii() and unit.isdecimal() and len(unit) <= _LONGEST_UNIT:
        unit = int(unit)
    if unit is None or period is None:
        missing = "unit" if unit is None else "period"
        return _MISSING.inside(f".{missing}", missing)
    if isinstance(unit, bool) or not isinstance(unit, int) or unit < 0:
        return expected("integer").inside(".unit", "unit")
    if unit >= 10**_LONGEST_UNIT:
        return too_long(_LONGEST_UNIT).inside(".unit", "unit")
    if period not in PERIODS:
        return Flaw({"supported_values": list(reversed(PERIODS))}).inside(".period", "period")
    return {"unit": unit, "period": str(period)}


def _alarm(item: dict[str, Json]) -> dict[str, Value] | Flaw:
    for name in ("ACTION", "TRIGGER"):
        if item.get(name) is None:
            return _MISSING.inside(f".{name}", name)
    if item["ACTION"] not in ACTIONS:
        return Flaw({"supported_values": list(ACTIONS)}).inside(".ACTION", "ACTION")
    trigger, time = item["TRIGGER"], item.get("TRIGGER_TIME")
    if not isinstance(trigger, str) or not _triggers(trigger):
        return _NO_MOMENT.inside(".TRIGGER", "TRIGGER")
    if time is None:
        return {"ACTION": item["ACTION"], "TRIGGER": trigger}
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        return Flaw().inside(".TRIGGER_TIME", "TRIGGER_TIME")
    return {"ACTION": item["ACTION"], "TRIGGER": trigger, "TRIGGER_TIME": time}


def _triggers(text: str) -> bool:
    return bool(_BEFORE.fullmatch(text)) or instant(text) is not None


def _seconds(each: Mapping[str, Value]) -> int:
    unit, period = each.get("unit"), each.get("period")
    return unit * PERIODS.get(str(period), 0) if isinstance(unit, int) else 0
