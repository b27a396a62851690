"""When something falls due."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from kaizen.automation.business_time import NeverOpenError
from kaizen.automation.schedule import due_at
from kaizen.model.calendar import BusinessCalendar
from kaizen.vocabulary.automation import Period

OFFICE = BusinessCalendar()
CHRISTMAS = frozenset({date(2025, 12, 25), date(2026, 1, 1)})


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def shown(moment: int, zone: str) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat()[:16]


@dataclass(frozen=True)
class Case:
    name: str
    start: str
    period: str
    unit: int
    due: str
    zone: str = "UTC"
    calendar: BusinessCalendar = field(default=OFFICE)


BUSINESS_DAYS = [
    Case("a Friday plus one is Monday", "2025-11-21T10:00", "business_days", 1, "2025-11-24T10:00"),
    Case("a Saturday plus one is Monday", "2025-11-22T10:00", "business_days", 1, "2025-11-24T10:00"),
    Case("thirty from a Monday", "2025-11-24T10:00", "business_days", 30, "2026-01-05T10:00"),
    Case("none on a business day is that day", "2025-11-21T10:00", "business_days", 0, "2025-11-21T10:00"),
    Case("none at a weekend is the next business day", "2025-11-22T10:00", "business_days", 0, "2025-11-24T10:00"),
    Case("back from a Monday is Friday", "2025-11-24T10:00", "business_days", -1, "2025-11-21T10:00"),
    Case("back from a Sunday is Friday", "2025-11-23T10:00", "business_days", -1, "2025-11-21T10:00"),
    Case(
        "holidays are not counted",
        "2025-12-24T10:00",
        "business_days",
        1,
        "2025-12-26T10:00",
        calendar=BusinessCalendar(holidays=CHRISTMAS),
    ),
    Case(
        "thirty with two holidays on the way",
        "2025-11-24T10:00",
        "business_days",
        30,
        "2026-01-07T10:00",
        calendar=BusinessCalendar(holidays=CHRISTMAS),
    ),
    Case(
        "a holiday at a weekend changes nothing",
        "2025-11-21T10:00",
        "business_days",
        1,
        "2025-11-24T10:00",
        calendar=BusinessCalendar(holidays=frozenset({date(2025, 11, 22)})),
    ),
    Case(
        "a week of Sunday to Thursday",
        "2025-11-20T10:00",
        "business_days",
        1,
        "2025-11-23T10:00",
        calendar=BusinessCalendar(hours=tuple((day, time(9), time(18)) for day in (6, 0, 1, 2, 3))),
    ),
    Case(
        "days are those of the calendar's zone",
        "2025-11-21T20:00",
        "business_days",
        1,
        # 20:00 in UTC is Saturday morning in Auckland, so the first business day is Monday there.
        "2025-11-23T20:00",
        calendar=BusinessCalendar(time_zone="Pacific/Auckland"),
    ),
    Case(
        "the local time stays when the clocks change",
        "2025-10-24T10:00",
        "business_days",
        1,
        "2025-10-27T10:00",
        zone="Europe/Berlin",
        calendar=BusinessCalendar(time_zone="Europe/Berlin"),
    ),
]

ROUND_THE_CLOCK = BusinessCalendar(hours=tuple((day, time(0), time(0)) for day in range(7)))
NIGHT = BusinessCalendar(hours=tuple((day, time(22), time(6)) for day in range(5)))
LUNCH = BusinessCalendar(hours=tuple((d, *w) for d in range(5) for w in ((time(9), time(12)), (time(13), time(18)))))

BUSINESS_HOURS = [
    Case("inside one day", "2025-11-21T10:00", "business_hours", 3, "2025-11-21T13:00"),
    Case("up to the closing time", "2025-11-21T10:00", "business_hours", 8, "2025-11-21T18:00"),
    Case("over a weekend", "2025-11-21T17:00", "business_hours", 2, "2025-11-24T10:00"),
    Case("before opening counts from the opening", "2025-11-21T06:30", "business_hours", 1, "2025-11-21T10:00"),
    Case("after closing counts from the next opening", "2025-11-21T18:00", "business_hours", 1, "2025-11-24T10:00"),
    Case("none inside the hours is at once", "2025-11-21T10:30", "business_hours", 0, "2025-11-21T10:30"),
    Case("none outside of them is the next opening", "2025-11-22T10:30", "business_hours", 0, "2025-11-24T09:00"),
    Case("a lunch break is not counted", "2025-11-21T11:00", "business_hours", 2, "2025-11-21T14:00", calendar=LUNCH),
    Case(
        "a holiday is skipped",
        "2025-12-24T17:00",
        "business_hours",
        2,
        "2025-12-26T10:00",
        calendar=BusinessCalendar(holidays=CHRISTMAS),
    ),
    Case(
        "round the clock is absolute",
        "2025-11-21T10:30",
        "business_hours",
        99,
        "2025-11-25T13:30",
        calendar=ROUND_THE_CLOCK,
    ),
    Case(
        "a night shift ends the next day", "2025-11-21T23:00", "business_hours", 7, "2025-11-22T06:00", calendar=NIGHT
    ),
    Case("a night shift has begun", "2025-11-22T03:00", "business_hours", 4, "2025-11-24T23:00", calendar=NIGHT),
]

WALL_CLOCK = [
    Case("minutes", "2025-11-21T10:00", "minutes", 5, "2025-11-21T10:05"),
    Case("hours are absolute", "2025-03-30T00:30", "hours", 4, "2025-03-30T05:30", "Europe/Berlin"),
    Case("days keep the local time", "2025-03-29T10:00", "days", 1, "2025-03-30T10:00", "Europe/Berlin"),
    Case("weeks keep the local time", "2025-10-20T10:00", "weeks", 1, "2025-10-27T10:00", "Europe/Berlin"),
    Case("a skipped time moves forward", "2025-03-29T02:30", "days", 1, "2025-03-30T03:30", "Europe/Berlin"),
    Case("the end of a shorter month", "2025-01-31T10:00", "months", 1, "2025-02-28T10:00"),
    Case("months over the end of a year", "2025-11-30T10:00", "months", 15, "2027-02-28T10:00"),
    Case("years from a leap day", "2024-02-29T10:00", "years", 1, "2025-02-28T10:00"),
    Case("years to a leap day", "2024-02-29T10:00", "years", 4, "2028-02-29T10:00"),
    Case("no days at all is at once", "2025-11-22T10:00", "days", 0, "2025-11-22T10:00"),
]


@pytest.mark.source("reference: automation G.9")
@pytest.mark.parametrize("case", [*BUSINESS_DAYS, *BUSINESS_HOURS, *WALL_CLOCK], ids=lambda case: case.name)
def test_a_delay_ends_when_the_calendar_says(case: Case) -> None:
    due = due_at(at(case.start, case.zone), Period(case.period), case.unit, case.calendar, ZoneInfo(case.zone))

    assert shown(due, case.zone) == case.due


@pytest.mark.source("assumed: the first of two equal local times")
def test_a_local_time_that_occurs_twice_is_the_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    due = due_at(at("2025-10-25T02:30", "Europe/Berlin"), Period.DAYS, 1, OFFICE, berlin)

    assert datetime.fromtimestamp(due, berlin).isoformat() == "2025-10-26T02:30:00+02:00"


@pytest.mark.source("assumed: a calendar without business days")
@pytest.mark.parametrize("period", [Period.BUSINESS_DAYS, Period.BUSINESS_HOURS])
def test_nothing_falls_due_where_nobody_ever_works(period: Period) -> None:
    with pytest.raises(NeverOpenError):
        due_at(0, period, 1, BusinessCalendar(hours=()), ZoneInfo("UTC"))
