"""What a request to add or change a holiday means (reference: platform F.4, automation G.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kaizen.fields.moment import is_date
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, invalid, wrong_type
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

HOLIDAY_TYPES: Final = ("business_holiday", "shift_holiday")
MOST_HOLIDAYS: Final = 52  #: of a type in a year
LONGEST_NAME: Final = 80

#: What the service's message names, and what its documentation forbids besides.
_SPECIAL: Final = frozenset("#%^&*")
_FORBIDDEN: Final = frozenset("~`+=[]{}|;<>\\")
_SPECIAL_FOUND: Final = "Holiday Name should not contain special characters:#, %, ^, &, *"
_OUT_OF_RANGE: Final = "Date Should be between current and next financial year"
_NO_SHIFT: Final = "Shift id is required for shift holidays"


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday."""

    name: str
    date: str
    type: str


@dataclass(frozen=True, slots=True)
class KnownHolidays:
    """What a holiday is checked against: the others, and the days that may be named."""

    others: Sequence[Mapping[str, Json]]
    first: date  #: of the current financial year
    last: date  #: of the next one


def read_holiday(row: BodyReader, stored: Mapping[str, Json] | None, known: KnownHolidays) -> Holiday:
    """Read a holiday, or the result of a change of a stored one, where null keeps a value.

    Raises RefusedError.
    """
    if stored is not None:
        given = {key: value for key, value in row.given.items() if value is not None}
        row = BodyReader({**stored, **given}, row.path)
    holiday = Holiday(_name(row), _date(row, known), _type(row))
    of_kind = [other for other in known.others if other["type"] == holiday.type]
    if any(_same_day_and_name(other, holiday) for other in of_kind):
        raise row.refuse(Code.DUPLICATE_DATA, "name")
    if sum(str(other["date"])[:4] == holiday.date[:4] for other in of_kind) >= MOST_HOLIDAYS:
        details: dict[str, Json] = {"limit": MOST_HOLIDAYS, "limit_due_to": [row.where("type")]}
        raise RefusedError(Problem(Code.LIMIT_EXCEEDED, details, "Holidays limit exceeds"))
    return holiday


def _name(row: BodyReader) -> str:
    row.required("name")
    name = row.text("name", LONGEST_NAME) or ""
    if not _SPECIAL.isdisjoint(name):
        raise row.refuse(Code.INVALID_DATA, "name", _SPECIAL_FOUND)
    if not _FORBIDDEN.isdisjoint(name) or not name.isprintable():
        raise row.refuse(Code.INVALID_DATA, "name")
    return name


def _date(row: BodyReader, known: KnownHolidays) -> str:
    day = row.required("date")
    if not isinstance(day, str) or not is_date(day):
        raise wrong_type(row.path / "date", "date")
    if not known.first <= date.fromisoformat(day) <= known.last:
        raise row.refuse(Code.INVALID_DATA, "date", _OUT_OF_RANGE)
    return day


def _type(row: BodyReader) -> str:
    kind = row.required("type")
    if not isinstance(kind, str) or kind not in HOLIDAY_TYPES:
        raise row.refuse(Code.INVALID_DATA, "type", "Invalid type", supported_values=list(HOLIDAY_TYPES))
    if kind == "shift_holiday":
        if not row.has("shift_hour"):
            raise row.refuse(Code.DEPENDENT_FIELD_MISSING, "shift_hour", _NO_SHIFT, dependee=row.where("type"))
        # This server keeps no shifts, so no id names one.
        raise invalid(row.path / "shift_hour" / "id", "Invalid shift id")
    return kind


def _same_day_and_name(other: Mapping[str, Json], holiday: Holiday) -> bool:
    return other["date"] == holiday.date and str(other["name"]).casefold() == holiday.name.casefold()


def financial_years(today: date, starts_in: int) -> tuple[date, date]:
    """Return the first day of the current and the last day of the next financial year."""
    first = date(today.year if today.month >= starts_in else today.year - 1, starts_in, 1)
    return first, date.fromordinal(date(first.year + 2, starts_in, 1).toordinal() - 1)
