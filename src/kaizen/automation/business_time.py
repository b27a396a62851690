"""Business days and business hours, by arithmetic: a delay of years costs what one of a day does.

A week repeats, holidays are found by bisection, and the few days on which a clock change falls are looked at one by
one (reference: automation G.9).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from kaizen.model.calendar import BusinessCalendar

_WEEK: Final = 7
_DAY: Final = 24 * 3600
#: Days between two looks at a zone's offset: no zone leaves an offset and comes back to it sooner.
_STRIDE: Final = 14


class NeverOpenError(ValueError):
    """The business calendar has no business day, so nothing measured in them ever falls due."""


def moment(day: date, at: time, zone: ZoneInfo) -> int:
    """Return the moment at which a clock on the wall shows a local time."""
    return int(datetime.combine(day, at.replace(fold=0), zone).timestamp())


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


def after_business_hours(start: int, hours: int, calendar: BusinessCalendar) -> int:
    """Count hours inside the windows only; outside of them the count begins at the next opening.

    Both moments are seconds since the epoch. NeverOpenError: the calendar has no business day. OverflowError: the
    hours end after the year 9999.
    """
    if hours < 0:
        raise ValueError("business hours are not counted back")
    left = hours * 3600
    today = datetime.fromtimestamp(start, calendar.zone).date()
    whole_from = business_day(today, 1, calendar)
    for opens, closes in _windows(business_day(today, -1, calendar), calendar):
        if opens >= moment(whole_from, time.min, calendar.zone):
            break
        begin = max(opens, start)
        if begin < closes and begin + left <= closes:
            return begin + left
        left -= max(0, closes - begin)
    worked = _working_time(calendar)
    before = worked.until(whole_from.toordinal() - 1)
    last = worked.first_day_with(before + left, whole_from.toordinal())
    left -= worked.until(last - 1) - before
    for opens, closes in _windows(date.fromordinal(last), calendar):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("a calendar with a business day has windows without end")


def _windows(day: date, calendar: BusinessCalendar) -> Iterator[tuple[int, int]]:
    """Yield opening hours as moments, from those of a day on (they may reach past midnight)."""
    today = business_day(day, 0, calendar)
    while True:
        yield from _windows_of(today, calendar)
        today = business_day(today, 1, calendar)


def _windows_of(day: date, calendar: BusinessCalendar) -> Iterator[tuple[int, int]]:
    for weekday, opens, closes in sorted(calendar.hours):
        if weekday == day.weekday():
            # Closing at or before the opening means on the next day; 00:00 to 00:00 is the whole day.
            until = day if closes > opens else day + timedelta(days=1)
            yield moment(day, opens, calendar.zone), moment(until, closes, calendar.zone)


@dataclass(slots=True)
class _WorkingTime:
    """How many seconds the windows of all days up to one of them last."""

    calendar: BusinessCalendar
    week: tuple[int, ...] = field(init=False)  #: seconds of Monday, Monday and Tuesday, ... without clock changes
    holidays: tuple[int, ...] = field(init=False)  #: ordinals of holidays that take time away, ascending
    taken: tuple[int, ...] = field(init=False)  #: the seconds that the first of them take, and all before

    def __post_init__(self) -> None:
        self.week = tuple(accumulate(self._usual(weekday) for weekday in range(_WEEK)))
        self.holidays = tuple(sorted(day.toordinal() for day in self.calendar.holidays))
        self.taken = tuple(accumulate(self._usual((day - 1) % _WEEK) for day in self.holidays))

    def until(self, ordinal: int) -> int:
        """Return the seconds of all windows that open up to and including a day."""
        weeks, weekday = divmod(ordinal - 1, _WEEK)
        holidays = bisect_right(self.holidays, ordinal)
        usual = weeks * self.week[-1] + self.week[weekday] - (self.taken[holidays - 1] if holidays else 0)
        return usual + _gained(self.calendar, ordinal)

    def first_day_with(self, seconds: int, first: int) -> int:
        """Return the first day, from an ordinal on, up to whose end so many seconds have passed."""
        span = _WEEK
        while self.until(first + span) < seconds:
            span *= 2
            if first + span > date.max.toordinal() - _WEEK:
                raise OverflowError("the business hours end after the year 9999")
        return first + bisect_left(range(span), seconds, key=lambda days: self.until(first + days))

    def _usual(self, weekday: int) -> int:
        return sum(_usual_seconds(opens, closes) for day, opens, closes in self.calendar.hours if day == weekday)


def _usual_seconds(opens: time, closes: time) -> int:
    between = datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
    return int(between.total_seconds()) + (0 if closes > opens else _DAY)


@lru_cache(maxsize=64)
def _working_time(calendar: BusinessCalendar) -> _WorkingTime:
    return _WorkingTime(calendar)


@lru_cache(maxsize=64)
def _gains(calendar: BusinessCalendar) -> list[tuple[list[int], list[int]]]:
    """What `_gained` found so far: for each year from 1970 on the days with a clock change, and the seconds gained."""
    return []


def _gained(calendar: BusinessCalendar, ordinal: int) -> int:
    """Return how much longer the windows up to a day are because of clock changes since 1970 (or how much shorter)."""
    years = _gains(calendar)
    year = date.fromordinal(ordinal).year - 1970
    while len(years) <= year:
        before = years[-1][1][-1] if years and years[-1][1] else 0
        this = 1970 + len(years)
        changes = (*_clock_changes(calendar.zone, this), *_clock_changes(calendar.zone, this + 1))
        near = {day for change in changes for day in (change - 1, change)}
        days = sorted(day for day in near if date.fromordinal(day).year == this)
        gains = list(accumulate((_gain_of(calendar, day) for day in days), initial=before))
        years.append((days, gains))
    if year < 0:
        return 0
    days, gains = years[year]
    return gains[bisect_right(days, ordinal)]


def _gain_of(calendar: BusinessCalendar, ordinal: int) -> int:
    day = date.fromordinal(ordinal)
    if day in calendar.holidays:
        return 0
    usual = sum(_usual_seconds(o, c) for weekday, o, c in calendar.hours if weekday == day.weekday())
    return sum(closes - opens for opens, closes in _windows_of(day, calendar)) - usual


@lru_cache(maxsize=4096)
def _clock_changes(zone: ZoneInfo, year: int) -> tuple[int, ...]:
    """Return the ordinals of the days of a year in which the zone's offset changes."""
    if year > date.max.year:
        return ()
    first, last = date(year, 1, 1).toordinal(), min(date(year, 12, 31).toordinal() + 1, date.max.toordinal())

    def offset(ordinal: int) -> timedelta | None:
        return datetime.combine(date.fromordinal(ordinal), time.min, zone).utcoffset()

    found = []
    for begin in range(first, last, _STRIDE):
        end = min(begin + _STRIDE, last)
        if offset(begin) != offset(end):
            at_begin = offset(begin)
            after = bisect_left(range(begin, end), True, key=lambda day: offset(day) != at_begin)
            found.append(begin + after - 1)
    return tuple(found)
