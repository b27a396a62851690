"""Days, weeks, years and callers in criteria, fixed for one day."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kaizen.criteria.holds import holds
from kaizen.criteria.resolve import Span, depends_on_day, resolve, span_of
from kaizen.criteria.tree import (
    ANY_VALUE,
    CURRENT_USER,
    CURRENT_USER_ROLE,
    Compare,
    Criteria,
    FieldRef,
    Group,
    SpecialValue,
    UnresolvedTokenError,
)
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.people import Organisation
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType

#: A Thursday in a leap year; the fiscal year began in April.
TODAY = date(2024, 2, 29)
INDIA = Organisation(1, "1", "Acme", "a@example.com", time_zone="Asia/Kolkata", fiscal_year_start_month=4)
MONDAYS = BusinessCalendar()
SUNDAYS = BusinessCalendar(week_starts_on=6)


def fixed(criteria: Criteria, organisation: Organisation = INDIA, **callers: int) -> Criteria:
    return resolve(criteria, TODAY, organisation, MONDAYS, **callers)


def days(comparator: Is, value: Any) -> Compare:
    return Compare(("Closing_Date",), comparator, value, DataType.DATE)


def moments(comparator: Is, value: Any) -> Compare:
    return Compare(("Seen_Time",), comparator, value, DataType.DATETIME)


SPANS = [
    ("TODAY", None, "2024-02-29", "2024-02-29"),
    ("TOMORROW", None, "2024-03-01", "2024-03-01"),
    ("YESTERDAY", None, "2024-02-28", "2024-02-28"),
    ("TOMORROWPLUS", None, "2024-03-02", None),
    ("YESTERDAYMINUS", None, None, "2024-02-27"),
    ("THISWEEK", None, "2024-02-26", "2024-03-03"),
    ("LASTWEEK", None, "2024-02-19", "2024-02-25"),
    ("NEXTWEEK", None, "2024-03-04", "2024-03-10"),
    ("THISMONTH", None, "2024-02-01", "2024-02-29"),
    ("LASTMONTH", None, "2024-01-01", "2024-01-31"),
    ("NEXTMONTH", None, "2024-03-01", "2024-03-31"),
    ("THISYEAR", None, "2024-01-01", "2024-12-31"),
    ("LASTYEAR", None, "2023-01-01", "2023-12-31"),
    ("NEXTYEAR", None, "2025-01-01", "2025-12-31"),
    ("THISFY", None, "2023-04-01", "2024-03-31"),
    ("PREVFY", None, "2022-04-01", "2023-03-31"),
    ("NEXTFY", None, "2024-04-01", "2025-03-31"),
    ("THISFQ", None, "2024-01-01", "2024-03-31"),
    ("PREVFQ", None, "2023-10-01", "2023-12-31"),
    ("NEXTFQ", None, "2024-04-01", "2024-06-30"),
    ("LAST_N_DAYS", 7, "2024-02-22", "2024-02-28"),
    ("NEXT_N_DAYS", 2, "2024-03-01", "2024-03-02"),
    ("LAST_N_WEEKS", 2, "2024-02-12", "2024-02-25"),
    ("NEXT_N_WEEKS", 1, "2024-03-04", "2024-03-10"),
    ("LAST_N_MONTHS", 3, "2023-11-01", "2024-01-31"),
    ("NEXT_N_MONTHS", 1, "2024-03-01", "2024-03-31"),
    ("LAST_N_YEARS", 1, "2023-01-01", "2023-12-31"),
    ("NEXT_N_YEARS", 2, "2025-01-01", "2026-12-31"),
    ("LAST_N_YEARS", 99_999, "0001-01-01", "2023-12-31"),
    ("NEXT_N_DAYS", 99_999_999, "2024-03-01", "9999-12-30"),
]


@pytest.mark.source("reference: automation B.3")
@pytest.mark.parametrize(("name", "number", "first", "last"), SPANS)
def test_a_special_value_means_a_span_of_days(
    name: str, number: int | None, first: str | None, last: str | None
) -> None:
    expected = Span(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)

    assert span_of(SpecialValue(name, number), TODAY, INDIA, MONDAYS) == expected


@pytest.mark.source("reference: automation B.3, C14")
def test_weeks_begin_on_the_day_the_organisation_says() -> None:
    assert span_of(SpecialValue("THISWEEK"), TODAY, INDIA, SUNDAYS) == Span(date(2024, 2, 25), date(2024, 3, 2))


@pytest.mark.source("reference: automation B.3")
@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [
        (Is.EQUAL, SpecialValue("TODAY"), days(Is.EQUAL, "2024-02-29")),
        (Is.NOT_EQUAL, SpecialValue("TODAY"), days(Is.NOT_EQUAL, "2024-02-29")),
        (Is.EQUAL, SpecialValue("THISMONTH"), days(Is.BETWEEN, ("2024-02-01", "2024-02-29"))),
        (Is.NOT_EQUAL, SpecialValue("THISMONTH"), days(Is.NOT_BETWEEN, ("2024-02-01", "2024-02-29"))),
        (Is.LESS_THAN, SpecialValue("THISMONTH"), days(Is.LESS_THAN, "2024-02-01")),
        (Is.LESS_EQUAL, SpecialValue("THISMONTH"), days(Is.LESS_EQUAL, "2024-02-29")),
        (Is.GREATER_THAN, SpecialValue("THISMONTH"), days(Is.GREATER_THAN, "2024-02-29")),
        (Is.GREATER_EQUAL, SpecialValue("THISMONTH"), days(Is.GREATER_EQUAL, "2024-02-01")),
        (Is.EQUAL, SpecialValue("TOMORROWPLUS"), days(Is.GREATER_EQUAL, "2024-03-02")),
        (Is.EQUAL, SpecialValue("YESTERDAYMINUS"), days(Is.LESS_EQUAL, "2024-02-27")),
        (Is.LESS_EQUAL, SpecialValue("TOMORROWPLUS"), days(Is.NOT_EMPTY, None)),
        (Is.GREATER_THAN, SpecialValue("TOMORROWPLUS"), Group(GroupOperator.OR, ())),
        (
            Is.NOT_EQUAL,
            SpecialValue("TOMORROWPLUS"),
            Group(GroupOperator.OR, (days(Is.LESS_THAN, "2024-03-02"), days(Is.EMPTY, None))),
        ),
        (Is.EQUAL, SpecialValue("AGEINDAYS", 3), days(Is.EQUAL, "2024-02-26")),
        (Is.LESS_THAN, SpecialValue("AGEINDAYS", 3), days(Is.GREATER_THAN, "2024-02-26")),
        (Is.GREATER_EQUAL, SpecialValue("AGEINDAYS", 3), days(Is.LESS_EQUAL, "2024-02-26")),
        (Is.EQUAL, SpecialValue("DUEINDAYS", 1), days(Is.EQUAL, "2024-03-01")),
        (Is.LESS_EQUAL, SpecialValue("DUEINDAYS", 7), days(Is.LESS_EQUAL, "2024-03-07")),
        (Is.BETWEEN, ("2024-01-01", "2024-02-01"), days(Is.BETWEEN, ("2024-01-01", "2024-02-01"))),
    ],
)
def test_a_date_is_compared_with_days(comparator: Is, value: Any, expected: Criteria) -> None:
    assert fixed(days(comparator, value)) == expected


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


START, END = at("2024-02-29T00:00:00+05:30"), at("2024-02-29T23:59:59+05:30")


@pytest.mark.source("assumed: a day means all its seconds in the organisation's zone; reference: automation G.9")
@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [
        (Is.EQUAL, SpecialValue("TODAY"), moments(Is.BETWEEN, (START, END))),
        (Is.EQUAL, "2024-02-29", moments(Is.BETWEEN, (START, END))),
        (Is.NOT_EQUAL, "2024-02-29", moments(Is.NOT_BETWEEN, (START, END))),
        (Is.LESS_THAN, "2024-02-29", moments(Is.LESS_THAN, START)),
        (Is.LESS_EQUAL, "2024-02-29", moments(Is.LESS_EQUAL, END)),
        (Is.GREATER_THAN, "2024-02-29", moments(Is.GREATER_THAN, END)),
        (Is.GREATER_EQUAL, "2024-02-29", moments(Is.GREATER_EQUAL, START)),
        (Is.BETWEEN, ("2024-02-29", "2024-02-29"), moments(Is.BETWEEN, (START, END))),
        (Is.BETWEEN, (5, "2024-02-29"), moments(Is.BETWEEN, (5, END))),
        (Is.NOT_BETWEEN, ("2024-02-29", "2024-02-29"), moments(Is.NOT_BETWEEN, (START, END))),
        (
            Is.IN,
            ("2024-02-29", 5),
            Group(GroupOperator.OR, (moments(Is.BETWEEN, (START, END)), moments(Is.EQUAL, 5))),
        ),
        (
            Is.NOT_IN,
            ("2024-02-29", 5),
            Group(GroupOperator.AND, (moments(Is.NOT_BETWEEN, (START, END)), moments(Is.NOT_EQUAL, 5))),
        ),
        (Is.EQUAL, 5, moments(Is.EQUAL, 5)),
    ],
)
def test_a_moment_is_compared_with_whole_days(comparator: Is, value: Any, expected: Criteria) -> None:
    assert fixed(moments(comparator, value)) == expected


@pytest.mark.source("assumed: the day of a clock change has 23 or 25 hours")
def test_a_day_is_as_long_as_the_zone_makes_it() -> None:
    berlin = Organisation(1, "1", "Acme", "a@example.com", time_zone="Europe/Berlin")

    resolved = resolve(moments(Is.EQUAL, SpecialValue("TODAY")), date(2024, 3, 31), berlin, MONDAYS)

    assert isinstance(resolved, Compare)
    assert isinstance(resolved.value, tuple)
    first, last = resolved.value
    assert isinstance(first, int)
    assert isinstance(last, int)
    assert last - first + 1 == 23 * 3600
    assert datetime.fromtimestamp(first, ZoneInfo("Europe/Berlin")).isoformat() == "2024-03-31T00:00:00+01:00"


OWNED = Compare(("Owner",), Is.EQUAL, SpecialValue("CURRENTUSER"), DataType.OWNERLOOKUP)
ROLE = Compare(("Owner",), Is.NOT_EQUAL, SpecialValue("CURRENTUSERROLE"), DataType.OWNERLOOKUP)


@pytest.mark.source("reference: automation B.3")
def test_the_caller_is_a_pseudo_field_unless_he_is_known() -> None:
    assert fixed(OWNED) == Compare(
        ("Owner",), Is.EQUAL, FieldRef(CURRENT_USER, DataType.OWNERLOOKUP), DataType.OWNERLOOKUP
    )
    assert fixed(OWNED, user_id=7) == Compare(("Owner",), Is.EQUAL, 7, DataType.OWNERLOOKUP)
    assert holds(fixed(OWNED), {"Owner": 7, CURRENT_USER[0]: 7})


@pytest.mark.source("docs: OAS workflow-rules: the caller's role stands behind a field that names a user")
def test_the_callers_role_is_compared_with_the_role_of_the_user_whom_a_field_names() -> None:
    role = ("Owner", "role")
    pseudo = FieldRef(CURRENT_USER_ROLE, DataType.LOOKUP)

    assert fixed(ROLE) == Compare(role, Is.NOT_EQUAL, pseudo, DataType.LOOKUP)
    assert fixed(ROLE, role_id=8) == Compare(role, Is.NOT_EQUAL, 8, DataType.LOOKUP)
    assert fixed(Compare(role, Is.EQUAL, SpecialValue("CURRENTUSERROLE"), DataType.LOOKUP)) == Compare(
        role, Is.EQUAL, pseudo, DataType.LOOKUP
    )
    assert not holds(fixed(ROLE), {"Owner": 7, "Owner.role": 8, CURRENT_USER_ROLE[0]: 8})
    assert holds(fixed(ROLE), {"Owner": 8, "Owner.role": 7, CURRENT_USER_ROLE[0]: 8})


@pytest.mark.source("assumed: what does not depend on the day is kept as it is")
def test_criteria_without_special_values_come_back_themselves() -> None:
    plain = Group(GroupOperator.AND, (days(Is.EQUAL, "2024-02-29"), moments(Is.EQUAL, ANY_VALUE)))

    assert fixed(plain) is plain
    assert not depends_on_day(plain)
    assert not depends_on_day(OWNED)
    assert depends_on_day(Group(GroupOperator.OR, (plain, days(Is.EQUAL, SpecialValue("TODAY")))))


@pytest.mark.source("assumed: a special value nobody knows is a broken rule, not a false one")
def test_an_unknown_special_value_is_an_error() -> None:
    with pytest.raises(UnresolvedTokenError):
        fixed(days(Is.EQUAL, SpecialValue("SOMEDAY")))


@pytest.mark.source("reference: automation B.3")
@pytest.mark.parametrize(
    ("token", "moment", "expected"),
    [
        ("TODAY", "2024-02-28T18:29:59Z", False),
        ("TODAY", "2024-02-28T18:30:00Z", True),
        ("TODAY", "2024-02-29T18:29:59Z", True),
        ("TODAY", "2024-02-29T18:30:00Z", False),
        ("YESTERDAYMINUS", "2024-02-27T18:29:59Z", True),
        ("YESTERDAYMINUS", "2024-02-27T18:30:00Z", False),
    ],
)
def test_the_edges_of_a_day_are_those_of_the_organisations_zone(token: str, moment: str, expected: bool) -> None:
    values = {"Seen_Time": int(datetime.fromisoformat(moment).astimezone(UTC).timestamp())}

    assert holds(fixed(moments(Is.EQUAL, SpecialValue(token))), values) is expected
