"""Values that depend on the day, the organisation's year or the caller, turned into fixed ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kaizen.criteria.comparator_kinds import COMPARATOR_KINDS, DENIES
from kaizen.criteria.normal_tests import Test
from kaizen.criteria.special_values import AGES, COUNTED, CURRENT_ROLE_TOKEN, CURRENT_USER_TOKEN
from kaizen.criteria.tree import (
    ALWAYS,
    ANY_VALUE,
    CURRENT_USER,
    CURRENT_USER_ROLE,
    NEVER,
    Compare,
    Criteria,
    FieldRef,
    Group,
    Path,
    SpecialValue,
    UnresolvedTokenError,
    leaves,
)
from kaizen.fields.kinds import ValueKind, kind_of
from kaizen.fields.moment import is_date
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.people import Organisation
from kaizen.model.values import Id, Value
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

_DAYS_OF_WEEK: Final = 7
_MONTHS_OF_QUARTER: Final = 3


def resolve(
    criteria: Criteria,
    today: date,
    organisation: Organisation,
    calendar: BusinessCalendar,
    *,
    user_id: Id | None = None,
    role_id: Id | None = None,
) -> Criteria:
    """Fix every value that depends on the day; what does not is returned as it is.

    Days are those of the organisation's zone; a day compared with a date-time field means all its seconds.
    `${CURRENTUSER}` becomes the id that is handed in, or else a reference to the pseudo field CURRENT_USER, whose
    value comes with the record's (so that a compiled rule serves every caller). `${CURRENTUSERROLE}` likewise;
    behind a field that names a user it asks for that user's role. ANY_VALUE stays.
    """
    surroundings = _Surroundings(
        today, organisation, calendar, {CURRENT_USER_TOKEN: user_id, CURRENT_ROLE_TOKEN: role_id}
    )
    return _resolved(criteria, surroundings)


def depends_on_day(criteria: Criteria) -> bool:
    """Return whether criteria mean something else tomorrow."""
    callers = (ANY_VALUE, CURRENT_USER_TOKEN, CURRENT_ROLE_TOKEN)
    return any(isinstance(leaf.value, SpecialValue) and leaf.value not in callers for leaf in leaves(criteria))


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included; None is open."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class _Surroundings:
    today: date
    organisation: Organisation
    calendar: BusinessCalendar
    callers: dict[SpecialValue, Id | None]

    def start_of(self, day: date) -> int:
        """Return when a day begins in the organisation's zone, in seconds since the epoch."""
        zone: ZoneInfo = self.organisation.zone
        return int(datetime.combine(day, time(), zone).timestamp())


_CALLER_PATHS: Final[dict[SpecialValue, Path]] = {
    CURRENT_USER_TOKEN: CURRENT_USER,
    CURRENT_ROLE_TOKEN: CURRENT_USER_ROLE,
}
#: Where a user's role is found.
_ROLE_OF_USER: Final = "role"


def _resolved(criteria: Criteria, surroundings: _Surroundings) -> Criteria:
    if isinstance(criteria, Group):
        members = tuple(_resolved(member, surroundings) for member in criteria.members)
        same = all(new is old for new, old in zip(members, criteria.members, strict=True))
        return criteria if same else Group(criteria.operator, members)
    value = criteria.value
    if isinstance(value, SpecialValue):
        if value == ANY_VALUE:
            return criteria
        if value in surroundings.callers:
            return _against_caller(criteria, value, surroundings)
        return _against_token(criteria, value, surroundings)
    if kind_of(criteria.data_type) is ValueKind.DATETIME and not isinstance(value, FieldRef) and _has_dates(value):
        return _against_dates(criteria, value, surroundings)
    return criteria


def _against_caller(leaf: Compare, token: SpecialValue, surroundings: _Surroundings) -> Criteria:
    known = surroundings.callers[token]
    path, data_type = leaf.path, leaf.data_type
    if token == CURRENT_ROLE_TOKEN and data_type in USER_REFERENCES:
        path, data_type = (*path, _ROLE_OF_USER), DataType.LOOKUP
    operand = FieldRef(_CALLER_PATHS[token], data_type) if known is None else known
    return Compare(path, leaf.comparator, operand, data_type)


def _against_token(leaf: Compare, token: SpecialValue, surroundings: _Surroundings) -> Criteria:
    if token.name in AGES:
        return _aged(leaf, token, surroundings)
    span = span_of(token, surroundings.today, surroundings.organisation, surroundings.calendar)
    return _compared(leaf, leaf.comparator, span, surroundings)


def _aged(leaf: Compare, token: SpecialValue, surroundings: _Surroundings) -> Criteria:
    """Turn days since (or until) a field's day into that day: the older, the earlier."""
    days = token.number or 0
    if token.name == "DUEINDAYS":
        comparator, day = leaf.comparator, _moved(surroundings.today, days)
    else:
        comparator, day = _MIRRORED.get(leaf.comparator, leaf.comparator), _moved(surroundings.today, -days)
    return _compared(leaf, comparator, Span(day, day), surroundings)


_MIRRORED: Final = {
    Comparator.LESS_THAN: Comparator.GREATER_THAN,
    Comparator.LESS_EQUAL: Comparator.GREATER_EQUAL,
    Comparator.GREATER_THAN: Comparator.LESS_THAN,
    Comparator.GREATER_EQUAL: Comparator.LESS_EQUAL,
}


def _against_dates(leaf: Compare, value: Value, surroundings: _Surroundings) -> Criteria:
    """Compare a date-time field with dates, or with dates and date-times mixed."""
    denied = DENIES.get(leaf.comparator)
    if denied is not None:
        plain = _against_dates(Compare(leaf.path, denied, leaf.value, leaf.data_type), value, surroundings)
        return _denied(plain)
    if leaf.comparator is Comparator.BETWEEN:
        low, high = value if isinstance(value, tuple) and len(value) == 2 else (None, None)
        starts = surroundings.start_of(date.fromisoformat(low)) if isinstance(low, str) else low
        ends = _end_of(date.fromisoformat(high), surroundings) if isinstance(high, str) else high
        return Compare(leaf.path, Comparator.BETWEEN, (starts, ends), leaf.data_type)
    if isinstance(value, tuple):
        members = (_resolved(Compare(leaf.path, Comparator.EQUAL, v, leaf.data_type), surroundings) for v in value)
        return Group(GroupOperator.OR, tuple(members))
    day = date.fromisoformat(str(value))
    return _compared(leaf, leaf.comparator, Span(day, day), surroundings)


def _compared(leaf: Compare, comparator: Comparator, span: Span, surroundings: _Surroundings) -> Criteria:
    """Compare a field with a span of days: before it, in it, after it, or not."""
    denied = DENIES.get(comparator)
    if denied is not None:
        return _denied(_compared(leaf, denied, span, surroundings))

    def ask(asked: Comparator, operand: Value) -> Criteria:
        return Compare(leaf.path, asked, operand, leaf.data_type)

    seconds = kind_of(leaf.data_type) is ValueKind.DATETIME
    first: Value = None
    last: Value = None
    if span.first is not None:
        first = surroundings.start_of(span.first) if seconds else span.first.isoformat()
    if span.last is not None:
        last = _end_of(span.last, surroundings) if seconds else span.last.isoformat()
    match COMPARATOR_KINDS[comparator].test:
        case Test.EQUAL:
            if last is None:
                return ask(Comparator.GREATER_EQUAL, first)
            if first is None:
                return ask(Comparator.LESS_EQUAL, last)
            return ask(Comparator.EQUAL, first) if first == last else ask(Comparator.BETWEEN, (first, last))
        case Test.LESS:
            return NEVER if first is None else ask(Comparator.LESS_THAN, first)
        case Test.LESS_EQUAL:
            return ask(Comparator.NOT_EMPTY, None) if last is None else ask(Comparator.LESS_EQUAL, last)
        case Test.GREATER:
            return NEVER if last is None else ask(Comparator.GREATER_THAN, last)
        case Test.GREATER_EQUAL:
            return ask(Comparator.NOT_EMPTY, None) if first is None else ask(Comparator.GREATER_EQUAL, first)
        # Only what compares one value with one has a meaning for a span of days.
        case (
            None
            | Test.ALWAYS
            | Test.NEVER
            | Test.EMPTY
            | Test.FILLED
            | Test.ONE_OF
            | Test.BETWEEN
            | Test.FORM
            | Test.SAME_SET
            | Test.ANY_OF
            | Test.ALL_OF
        ):
            return NEVER


def _denied(plain: Criteria) -> Criteria:
    """Write the opposite of one comparison, or of an OR of comparisons."""
    if plain == NEVER:
        return ALWAYS
    if isinstance(plain, Group):
        return Group(GroupOperator.AND, tuple(_denied(member) for member in plain.members))
    opposite = {asserted: negated for negated, asserted in DENIES.items()}.get(plain.comparator)
    if opposite is not None:
        return Compare(plain.path, opposite, plain.value, plain.data_type)
    # A bound has no negated comparator: what is not below it is at or above it, or empty.
    other_side = Compare(plain.path, _OTHER_SIDE[plain.comparator], plain.value, plain.data_type)
    return Group(GroupOperator.OR, (other_side, Compare(plain.path, Comparator.EMPTY, None, plain.data_type)))


_OTHER_SIDE: Final = {
    Comparator.LESS_THAN: Comparator.GREATER_EQUAL,
    Comparator.LESS_EQUAL: Comparator.GREATER_THAN,
    Comparator.GREATER_THAN: Comparator.LESS_EQUAL,
    Comparator.GREATER_EQUAL: Comparator.LESS_THAN,
}


def _has_dates(value: Value) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return any(isinstance(v, str) and is_date(v) for v in values)


def _end_of(day: date, surroundings: _Surroundings) -> int:
    return surroundings.start_of(_moved(day, 1)) - 1


# -- spans of days


def span_of(token: SpecialValue, today: date, organisation: Organisation, calendar: BusinessCalendar) -> Span:
    """Return the days that a special value means; raise UnresolvedTokenError if it does not mean days."""
    if token.name in COUNTED:
        direction, unit = token.name.split("_N_")
        return _counted(_UNITS[unit](today, calendar), token.number or 0, _MOVES[unit], back=direction == "LAST")
    made = _NAMED.get(token.name)
    if made is None:
        raise UnresolvedTokenError(token.name)
    return made(today, organisation, calendar)


def _counted(current: Span, number: int, move: Callable[[date, int], date], *, back: bool) -> Span:
    """Return the units before or after the current one, which is not counted (reference: automation B.3)."""
    first, last = _closed(current)
    if back:
        return Span(move(first, -number), _moved(first, -1))
    after = _moved(last, 1)
    return Span(after, _moved(move(after, number), -1))


def _moved(day: date, days: int) -> date:
    """Go some days on or back, no further than the calendar goes."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _moved_months(first_of_month: date, months: int) -> date:
    index = first_of_month.year * 12 + first_of_month.month - 1 + months
    if index < 12:
        return date.min
    if index >= (date.max.year + 1) * 12:
        return date.max
    return date(index // 12, index % 12 + 1, 1)


def _whole_months(first: date, months: int) -> Span:
    return Span(first, _moved(_moved_months(first, months), -1))


def _day(today: date, _calendar: BusinessCalendar) -> Span:
    return Span(today, today)


def _week(today: date, calendar: BusinessCalendar) -> Span:
    first = _moved(today, -((today.weekday() - calendar.week_starts_on) % _DAYS_OF_WEEK))
    return Span(first, _moved(first, _DAYS_OF_WEEK - 1))


def _month(today: date, _calendar: BusinessCalendar) -> Span:
    return _whole_months(today.replace(day=1), 1)


def _year(today: date, _calendar: BusinessCalendar) -> Span:
    return _whole_months(today.replace(month=1, day=1), 12)


def _fiscal_year(today: date, organisation: Organisation) -> date:
    first_month = organisation.fiscal_year_start_month
    return _moved_months(today.replace(day=1), -((today.month - first_month) % 12))


def _fiscal_quarter(today: date, organisation: Organisation) -> date:
    first_month = organisation.fiscal_year_start_month
    return _moved_months(today.replace(day=1), -((today.month - first_month) % _MONTHS_OF_QUARTER))


def _closed(span: Span) -> tuple[date, date]:
    return span.first or date.min, span.last or date.max


_UNITS: Final[dict[str, Callable[[date, BusinessCalendar], Span]]] = {
    "DAYS": _day,
    "WEEKS": _week,
    "MONTHS": _month,
    "YEARS": _year,
}
_MOVES: Final[dict[str, Callable[[date, int], date]]] = {
    "DAYS": _moved,
    "WEEKS": lambda day, number: _moved(day, number * _DAYS_OF_WEEK),
    "MONTHS": _moved_months,
    "YEARS": lambda day, number: _moved_months(day, number * 12),
}


def _unit(unit: str, steps: int) -> Callable[[date, Organisation, BusinessCalendar], Span]:
    """Make what finds the unit before (-1), around (0) or after (1) today."""

    def find(today: date, _organisation: Organisation, calendar: BusinessCalendar) -> Span:
        current = _UNITS[unit](today, calendar)
        if not steps:
            return current
        return _counted(current, 1, _MOVES[unit], back=steps < 0)

    return find


def _fiscal(
    start: Callable[[date, Organisation], date], months: int, steps: int
) -> Callable[[date, Organisation, BusinessCalendar], Span]:
    def find(today: date, organisation: Organisation, _calendar: BusinessCalendar) -> Span:
        return _whole_months(_moved_months(start(today, organisation), steps * months), months)

    return find


_NAMED: Final[dict[str, Callable[[date, Organisation, BusinessCalendar], Span]]] = {
    "TODAY": _unit("DAYS", 0),
    "TOMORROW": _unit("DAYS", 1),
    "YESTERDAY": _unit("DAYS", -1),
    "TOMORROWPLUS": lambda today, _organisation, _calendar: Span(_moved(today, 2), None),
    "YESTERDAYMINUS": lambda today, _organisation, _calendar: Span(None, _moved(today, -2)),
    "LASTWEEK": _unit("WEEKS", -1),
    "THISWEEK": _unit("WEEKS", 0),
    "NEXTWEEK": _unit("WEEKS", 1),
    "LASTMONTH": _unit("MONTHS", -1),
    "THISMONTH": _unit("MONTHS", 0),
    "NEXTMONTH": _unit("MONTHS", 1),
    "LASTYEAR": _unit("YEARS", -1),
    "THISYEAR": _unit("YEARS", 0),
    "NEXTYEAR": _unit("YEARS", 1),
    "PREVFY": _fiscal(_fiscal_year, 12, -1),
    "THISFY": _fiscal(_fiscal_year, 12, 0),
    "NEXTFY": _fiscal(_fiscal_year, 12, 1),
    "PREVFQ": _fiscal(_fiscal_quarter, 3, -1),
    "THISFQ": _fiscal(_fiscal_quarter, 3, 0),
    "NEXTFQ": _fiscal(_fiscal_quarter, 3, 1),
}
