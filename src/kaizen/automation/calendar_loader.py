"""The business calendar that the documents of an organisation describe."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Final

from kaizen.model.calendar import BusinessCalendar
from kaizen.model.document import Document
from kaizen.model.people import Organisation
from kaizen.model.values import Json

_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORKING_WEEK: Final = range(5)
#: `time` knows no 24:00; the last moment of a day is the nearest.
_WHOLE_DAY: Final = (time.min, time.max)
_USUAL_DAY: Final = (time(9), time(18))


def calendar_of(documents: Mapping[str, Sequence[Document]], organisation: Organisation) -> BusinessCalendar:
    """Read `business_hours` and `holiday` documents (reference: platform F.4, automation G.9).

    Without business hours a week has five business days, from nine to six in the organisation's zone.
    Holidays of shifts do not concern the organisation.
    """
    holidays = frozenset(
        date.fromisoformat(day)
        for holiday in documents.get("holiday", ())
        if isinstance(day := holiday.body.get("date"), str) and holiday.body.get("type") != "shift_holiday"
    )
    zone = organisation.time_zone
    configured = documents.get("business_hours", ())
    if not configured:
        return BusinessCalendar(time_zone=zone, holidays=holidays)
    body = configured[-1].body
    own_zone = body.get("time_zone") or body.get("timezone")
    return BusinessCalendar(
        time_zone=own_zone if isinstance(own_zone, str) else zone,
        hours=tuple(sorted(_hours(body))),
        holidays=holidays,
        week_starts_on=_day(body.get("week_starts_on")) or 0,
    )


def _hours(body: Mapping[str, Json]) -> Iterable[tuple[int, time, time]]:
    kind = body.get("type")
    if kind in ("24_by_7", "24*7"):
        return [(day, *_WHOLE_DAY) for day in range(7)]
    named = body.get("business_days")
    days = [day for name in named if (day := _day(name)) is not None] if isinstance(named, list) else None
    if kind in ("24_by_5", "24*5"):
        return [(day, *_WHOLE_DAY) for day in (_WORKING_WEEK if days is None else days)]
    by_day = dict.fromkeys(_WORKING_WEEK if days is None else days, _window(body.get("daily_timing")))
    custom = body.get("custom_timing")
    if isinstance(custom, list) and not body.get("same_as_everyday"):
        for entry in custom:
            day = _day(entry.get("days")) if isinstance(entry, dict) else None
            if day is not None and isinstance(entry, dict):
                by_day[day] = _window(entry.get("business_timing"))
    return [(day, *window) for day, window in by_day.items()]


def _day(name: Json) -> int | None:
    return _WEEK.index(name.lower()) if isinstance(name, str) and name.lower() in _WEEK else None


def _window(timing: Json) -> tuple[time, time]:
    if not isinstance(timing, list) or len(timing) != 2:
        return _USUAL_DAY
    opens, closes = (_clock_time(text) for text in timing)
    return opens, closes if closes > opens else time.max


def _clock_time(text: Json) -> time:
    hours, _, minutes = str(text).partition(":")
    return time.max if hours == "24" else time(int(hours), int(minutes or 0))
