"""When something falls due: delays on the wall clock, in business days and in business hours.

Minutes and hours are absolute. Everything longer keeps the local time of day: days to years in the
organisation's zone, business days in the zone of the business calendar (reference: workflow rules G.9).
A local time that a clock change skips moves forward by the gap; one that occurs twice is the first.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from kaizen.model.calendar import BusinessCalendar
from kaizen.vocabulary.automation import Period

_SECONDS: Final = {Period.MINUTES: 60, Period.HOURS: 3600}
_DAYS: Final = {Period.DAYS: 1, Period.WEEKS: 7}
_MONTHS: Final = {Period.MONTHS: 1, Period.YEARS: 12}
_WEEK: Final = 7


class NeverOpenError(ValueError):
    """The business calendar has no business day, so nothing measured in them ever falls due."""


def due_at(start: int, period: Period, unit: int, calendar: BusinessCalendar, zone: ZoneInfo) -> int:
    """Return the moment `unit` periods after `start`; both are seconds since the epoch.

    A negative unit counts back; business hours cannot. NeverOpenError: the calendar has no business day.
    """
    match period:
        case Period.MINUTES | Period.HOURS:
            return start + unit * _SECONDS[period]
        case Period.DAYS | Period.WEEKS:
            local = datetime.fromtimestamp(start, zone)
            return moment(local.date() + timedelta(days=unit * _DAYS[period]), local.time(), zone)
        case Period.MONTHS | Period.YEARS:
            local = datetime.fromtimestamp(start, zone)
            return moment(add_months(local.date(), unit * _MONTHS[period]), local.time(), zone)
        case Period.BUSINESS_DAYS:
            local = datetime.fromtimestamp(start, calendar.zone)
            return moment(business_day(local.date(), unit, calendar), local.time(), calendar.zone)
        case Period.BUSINESS_HOURS:
            return _after_business_hours(start, unit, calendar)
        case _:
            assert_never(period)


def moment(day: date, at: time, zone: ZoneInfo) -> int:
    """Return the moment at which a clock on the wall shows a local time."""
    return int(datetime.combine(day, at.replace(fold=0), zone).timestamp())


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the moment at which a local day begins."""
    return moment(day, time.min, zone)


def add_months(day: date, count: int) -> date:
    """Return the same day number of a later (or earlier) month, or that month's last day."""
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def business_day(day: date, count: int, calendar: BusinessCalendar) -> date:
    """Return the `count`-th business day after a day; 0: the day itself, or the next business day.

    Counting back, the `count`-th business day before it.
    """
    workdays = _workdays(calendar)
    before = workdays.count_to(day.toordinal() - 1)
    today = workdays.count_to(day.toordinal()) - before
    rank = before + today + count - 1 if count > 0 else before + count
    return date.fromordinal(workdays.at(rank))


@dataclass(frozen=True, slots=True)
class _Workdays:
    """The business days of a calendar as ranks: the weekly pattern by arithmetic, the holidays by bisection.

    The pattern alone numbers all workdays from ordinal 1 on (a Monday). `gaps[i]` is how many business days
    lie before the i-th holiday, so that the k-th business day has exactly `bisect_right(gaps, k)` holidays
    before it.
    """

    pattern: tuple[int, ...]  #: weekdays that are worked, Monday is 0
    holidays: tuple[int, ...]  #: ordinals of the holidays on such days, ascending
    gaps: tuple[int, ...]

    def count_to(self, ordinal: int) -> int:
        """Count the business days up to and including an ordinal."""
        return _pattern_count(self.pattern, ordinal) - bisect_right(self.holidays, ordinal)

    def at(self, rank: int) -> int:
        """Return the ordinal of the business day that has `rank` business days before it."""
        in_pattern = rank + bisect_right(self.gaps, rank)
        weeks, index = divmod(in_pattern, len(self.pattern))
        return 1 + weeks * _WEEK + self.pattern[index]


def _pattern_count(pattern: tuple[int, ...], ordinal: int) -> int:
    weeks, weekday = divmod(ordinal - 1, _WEEK)
    return weeks * len(pattern) + bisect_right(pattern, weekday)


@lru_cache(maxsize=64)
def _workdays(calendar: BusinessCalendar) -> _Workdays:
    pattern = tuple(sorted({weekday for weekday, _, _ in calendar.hours}))
    if not pattern:
        raise NeverOpenError("the business calendar has no business day")
    holidays = tuple(sorted(d.toordinal() for d in calendar.holidays if d.weekday() in pattern))
    gaps = tuple(_pattern_count(pattern, h) - 1 - i for i, h in enumerate(holidays))
    return _Workdays(pattern, holidays, gaps)


def _after_business_hours(start: int, hours: int, calendar: BusinessCalendar) -> int:
    """Count hours inside the windows only; outside of them the count begins at the next opening."""
    if hours < 0:
        raise ValueError("business hours are not counted back")
    left = hours * 3600
    for opens, closes in _windows(datetime.fromtimestamp(start, calendar.zone).date(), calendar):
        begin = max(opens, start)
        if begin >= closes:
            continue
        if begin + left <= closes:
            return begin + left
        left -= closes - begin
    raise AssertionError("a calendar with a business day has windows without end")


def _windows(day: date, calendar: BusinessCalendar) -> Iterator[tuple[int, int]]:
    """Yield opening hours as moments, from those of the day before `day` on (they may reach past midnight)."""
    today = business_day(day, -1, calendar)
    while True:
        for weekday, opens, closes in sorted(calendar.hours):
            if weekday == today.weekday():
                # Closing at or before the opening means on the next day; 00:00 to 00:00 is the whole day.
                until = today if closes > opens else today + timedelta(days=1)
                yield moment(today, opens, calendar.zone), moment(until, closes, calendar.zone)
        today = business_day(today, 1, calendar)
