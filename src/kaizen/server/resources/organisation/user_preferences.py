"""What users say of themselves and how they want to see the service (reference: platform F.1)."""

from collections.abc import Mapping
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from kaizen.fields.moment import is_date
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.model.people import User
from kaizen.model.problem import Problem, expected_type
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.standard.data import read
from kaizen.vocabulary.codes import Code

#: Preferences of a user that are kept as they are given.
PERSONAL: Final = (
    "alias",
    "phone",
    "mobile",
    "fax",
    "website",
    "dob",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "signature",
    "image_link",
)
#: The default preferences of a user.
USUAL: Final[Mapping[str, str]] = {
    "language": "en_US",
    "locale": "en_US",
    "country_locale": "en_US",
    "time_format": "HH:mm",
    "date_format": "yyyy-MM-dd",
    "number_separator": "Comma",
    "decimal_separator": "Period",
    "name_format__s": "Salutation,First Name,Last Name",
    "sort_order_preference__s": "First Name,Last Name",
    "distance_preference__s": "Kilometers",
}
#: What the service says when a value is not one that can be chosen.
_NO_CHOICE: Final[Mapping[str, str]] = {
    "language": "Give a proper language code",
    "locale": "INVALID_DATA",
    "country_locale": "INVALID_DATA",
    "time_format": "Pattern not matched",
    "date_format": "Valid date format should be given",
    "name_format__s": "Valid name format should be given",
    "sort_order_preference__s": "Valid sort order preference should be given",
    "distance_preference__s": "Pattern not matched",
}
_SEPARATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "number_separator": ("Comma", "Period", "Space"),
    "decimal_separator": ("Comma", "Period"),
}
#: What only the user can change.
_ONES_OWN: Final = ("name_format__s", "sort_order_preference__s", "language", "time_zone", "signature")


def read_preferences(uow: UnitOfWork, row: BodyReader, known: Mapping[str, Json]) -> dict[str, Json]:
    """Read the preferences of a user in a request into the known ones; null resets one.

    Raises RefusedError.
    """
    said: dict[str, Json] = {
        **{name: _personal(uow, row, name) for name in PERSONAL if name in row.given},
        **{name: _choice(row, name, message) for name, message in _NO_CHOICE.items() if name in row.given},
        **{name: _separator(row, name) for name in _SEPARATORS if name in row.given},
    }
    facts = {name: value for name, value in {**known, **said}.items() if name not in said or value is not None}
    number, decimal = (facts.get(name, USUAL[name]) for name in _SEPARATORS)
    if number == decimal and said.keys() & _SEPARATORS.keys():
        message = "the number separator and decimal separator values should not be same"
        mapped = row.where("number_separator")
        raise row.refuse(Code.MAPPING_MISMATCH, "decimal_separator", message, mapped_field=mapped)
    return facts


def read_time_zone(row: BodyReader) -> str | None:
    """Read the time zone of a user; None if there is none. Raises RefusedError."""
    name = row.text("time_zone", 150)
    if name is not None and name not in _time_zones():
        raise row.refuse(Code.INVALID_DATA, "time_zone", "Give a proper time zone value")
    return name


def refuse_others_own(row: BodyReader, user: User) -> None:
    """Refuse what only the user himself changes; raises RefusedError."""
    for name in _ONES_OWN:
        shown = user.time_zone if name == "time_zone" else user.properties.get(name, USUAL.get(name))
        if name in row.given and row.given[name] != shown:
            message = f"Cannot update the {name} of another User"
            raise RefusedError(Problem(Code.NOT_ALLOWED, {"api_name": name}, message))


def _personal(uow: UnitOfWork, row: BodyReader, name: str) -> Json:
    text = row.text(name, _lengths(uow).get(name, 255))
    if name == "dob" and text is not None and not is_date(text):
        raise row.refuse(Code.INVALID_DATA, "dob", **expected_type("date"))
    return text


def _choice(row: BodyReader, name: str, message: str) -> Json:
    chosen = row.given[name]
    if chosen is not None and (not isinstance(chosen, str) or chosen not in _choices()[name]):
        raise row.refuse(Code.INVALID_DATA, name, message)
    return chosen


def _separator(row: BodyReader, name: str) -> Json:
    given, allowed = row.given[name], _SEPARATORS[name]
    if given is None:
        return None
    word = given.capitalize() if isinstance(given, str) else ""
    if word not in allowed:
        message = f"Invalid data. Valid values are {'/'.join(allowed)} (Not case-sensitive)"
        raise row.refuse(Code.INVALID_DATA, name, message)
    return word


@cache
def _choices() -> Mapping[str, frozenset[str]]:
    published = {name: frozenset(values) for name, values in read("user_preferences").items()}
    # The published languages leave out some that users can choose as their locale.
    return {**published, "language": published["language"] | published["locale"]}


@cache
def _time_zones() -> frozenset[str]:
    # `localtime` is whatever the machine is set to, and another on the next one.
    return frozenset(available_timezones() - {"localtime"})


def _lengths(uow: UnitOfWork) -> Mapping[str, int]:
    module = uow.catalog.by_name.get("Users")
    return {field.api_name: field.length for field in module.fields} if module else {}
