"""What holds of every delay."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen.automation.schedule import due_at
from kaizen.model.calendar import BusinessCalendar
from kaizen.vocabulary.automation import Period

EPOCH = date(2024, 1, 1)
#: Two clock changes can be an hour each: a start read twice and a target that was skipped.
SLACK = 2 * 3600

zones = st.sampled_from(["UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
starts = st.integers(1_600_000_000, 1_900_000_000)
days = st.integers(0, 730).map(lambda n: EPOCH + timedelta(days=n))
weekdays = st.sets(st.integers(0, 6), min_size=1)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    opens = draw(st.integers(0, 20))
    closes = draw(st.integers(opens + 1, 23))
    hours = tuple((day, time(opens), time(closes)) for day in sorted(draw(weekdays)))
    return BusinessCalendar(draw(zones), hours, frozenset(draw(st.sets(days, max_size=30))))


def is_open(day: date, calendar: BusinessCalendar) -> bool:
    return day.weekday() in {weekday for weekday, _, _ in calendar.hours} and day not in calendar.holidays


def stepped(start: int, count: int, calendar: BusinessCalendar) -> int:
    """Step one calendar day at a time, as the reference tells it."""
    local = datetime.fromtimestamp(start, calendar.zone)
    day = local.date()
    if count == 0:
        while not is_open(day, calendar):
            day += timedelta(days=1)
    while count:
        day += timedelta(days=1)
        count -= is_open(day, calendar)
    return int(datetime.combine(day, local.time().replace(fold=0), calendar.zone).timestamp())


@pytest.mark.source("reference: automation G.9")
@given(starts, st.integers(0, 200), calendars())
def test_business_days_agree_with_stepping_day_by_day(start: int, count: int, calendar: BusinessCalendar) -> None:
    assert due_at(start, Period.BUSINESS_DAYS, count, calendar, ZoneInfo("UTC")) == stepped(start, count, calendar)


@pytest.mark.source("reference: automation G.9")
@given(starts, st.integers(0, 99), calendars())
def test_business_hours_agree_with_stepping_hour_by_hour(start: int, count: int, calendar: BusinessCalendar) -> None:
    # In a zone without clock changes and on the hour, opening hours are whole hours of absolute time.
    calendar = BusinessCalendar("UTC", calendar.hours, calendar.holidays)
    opens = {day: (o.hour, c.hour) for day, o, c in calendar.hours}
    at = start - start % 3600
    left = count

    def works(moment: int) -> bool:
        local = datetime.fromtimestamp(moment, UTC)
        begins, ends = opens.get(local.weekday(), (0, 0))
        return begins <= local.hour < ends and local.date() not in calendar.holidays

    due = due_at(at, Period.BUSINESS_HOURS, count, calendar, ZoneInfo("UTC"))
    while not works(at):
        at += 3600
    while left:
        left -= works(at)
        at += 3600

    assert due == at


def stepped_hours(start: int, hours: int, calendar: BusinessCalendar) -> int:
    """Go from window to window, counting the seconds in each."""
    day, left = datetime.fromtimestamp(start, calendar.zone).date() - timedelta(days=1), hours * 3600
    while True:
        for weekday, opens, closes in sorted(calendar.hours):
            if weekday == day.weekday() and day not in calendar.holidays:
                until = day if closes > opens else day + timedelta(days=1)
                begin = max(start, int(datetime.combine(day, opens, calendar.zone).timestamp()))
                end = int(datetime.combine(until, closes, calendar.zone).timestamp())
                if begin < end:
                    if begin + left <= end:
                        return begin + left
                    left -= end - begin
        day += timedelta(days=1)


@st.composite
def overnight_calendars(draw: st.DrawFn) -> BusinessCalendar:
    opens = st.sampled_from([time(0), time(1, 30), time(2), time(3), time(9), time(18), time(22)])
    closes = opens | st.just(time.max)  # the end of the day, at which nothing opens
    hours = tuple((day, draw(opens), draw(closes)) for day in sorted(draw(weekdays)))
    return BusinessCalendar(draw(zones), hours, frozenset(draw(st.sets(days, max_size=30))))


@pytest.mark.source("reference: automation G.9")
@given(starts, st.integers(0, 4000), overnight_calendars())
def test_business_hours_agree_with_stepping_through_the_windows_whatever_clock_changes_lie_between(
    start: int, count: int, calendar: BusinessCalendar
) -> None:
    due = due_at(start, Period.BUSINESS_HOURS, count, calendar, ZoneInfo("UTC"))

    assert due == stepped_hours(start, count, calendar)


@pytest.mark.source("assumed: waiting longer never ends earlier")
@given(starts, st.sampled_from(list(Period)), st.integers(0, 60), st.integers(0, 20), calendars(), zones)
def test_more_units_never_fall_due_earlier(
    start: int, period: Period, unit: int, more: int, calendar: BusinessCalendar, zone: str
) -> None:
    sooner = due_at(start, period, unit, calendar, ZoneInfo(zone))
    later = due_at(start, period, unit + more, calendar, ZoneInfo(zone))

    assert sooner <= later
    assert start - SLACK <= sooner


@pytest.mark.source("assumed: what begins later does not end earlier")
@given(starts, st.integers(SLACK, 10**7), st.sampled_from(list(Period)), st.integers(0, 60), calendars(), zones)
def test_later_starts_never_fall_due_earlier(
    start: int, later: int, period: Period, unit: int, calendar: BusinessCalendar, zone: str
) -> None:
    first = due_at(start, period, unit, calendar, ZoneInfo(zone))
    second = due_at(start + later, period, unit, calendar, ZoneInfo(zone))

    if period in (Period.MONTHS, Period.YEARS, Period.BUSINESS_DAYS):
        # Several days lead to the same one, and the time of day stays: only the days are in order.
        local = calendar.zone if period is Period.BUSINESS_DAYS else ZoneInfo(zone)
        assert datetime.fromtimestamp(first, local).date() <= datetime.fromtimestamp(second, local).date()
    else:
        assert first <= second


@pytest.mark.source("assumed: business days add up")
@given(starts, st.integers(1, 60), st.integers(1, 60), calendars())
def test_business_days_add_up(start: int, some: int, more: int, calendar: BusinessCalendar) -> None:
    calendar = BusinessCalendar("UTC", calendar.hours, calendar.holidays)
    zone = ZoneInfo("UTC")

    between = due_at(start, Period.BUSINESS_DAYS, some, calendar, zone)

    assert due_at(between, Period.BUSINESS_DAYS, more, calendar, zone) == due_at(
        start, Period.BUSINESS_DAYS, some + more, calendar, zone
    )


@pytest.mark.source("assumed: counting back undoes counting on")
@given(starts, st.integers(1, 200), calendars())
def test_business_days_back_from_a_business_day_undo_those_on(
    start: int, count: int, calendar: BusinessCalendar
) -> None:
    calendar = BusinessCalendar("UTC", calendar.hours, calendar.holidays)
    zone = ZoneInfo("UTC")
    begin = due_at(start, Period.BUSINESS_DAYS, 0, calendar, zone)

    there = due_at(begin, Period.BUSINESS_DAYS, count, calendar, zone)

    assert due_at(there, Period.BUSINESS_DAYS, -count, calendar, zone) == begin
