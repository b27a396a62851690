"""The organisation, its users, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from kaizen.model.values import Id, Json


@dataclass(frozen=True)
class Organisation:
    """The one organisation a database holds."""

    id: Id
    zgid: str
    company_name: str
    primary_email: str
    time_zone: str = "UTC"
    currency_symbol: str = "$"
    iso_code: str = "USD"
    id_prefix: int = 4876876000  #: first ten digits of every id
    fiscal_year_start_month: int = 1
    properties: Mapping[str, Json] = field(default_factory=dict)  #: the rest of the answer of /org

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of all wall-clock work of the organisation."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class User:
    """One user of the organisation."""

    id: Id
    email: str
    last_name: str  #: empty: none
    first_name: str | None = None
    time_zone: str = "UTC"
    status: str = "active"
    confirmed: bool = True
    role_id: Id = 0
    role_name: str = ""
    profile_id: Id = 0
    profile_name: str = ""
    reporting_to: Id | None = None
    zuid: str = ""
    properties: Mapping[str, Json] = field(default_factory=dict)  #: the rest of the answer of /users

    @property
    def full_name(self) -> str:
        """First and last name as shown; a user has at least one of them."""
        return " ".join(name for name in (self.first_name, self.last_name) if name)

    @property
    def is_administrator(self) -> bool:
        """Whether the profile is the administrator's."""
        return self.profile_name == "Administrator"


@dataclass(frozen=True)
class Actor:
    """Who asks: a user, with the scopes of the token used."""

    user: User
    scopes: frozenset[str] = frozenset()
    client_id: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which this caller reads date-times."""
        return ZoneInfo(self.user.time_zone)


def may_own(user: User | None) -> bool:
    """Return whether a user may be given records: active and confirmed."""
    return user is not None and user.status == "active" and user.confirmed


def made_by(user_id: Id, at: int) -> dict[str, Json]:
    """Return the properties of a user that record who added the user and when."""
    return {"created_by": user_id, "created_time": at}


def changed_by(user_id: Id, at: int) -> dict[str, Json]:
    """Return the properties of a user that record who last changed the user and when."""
    return {"Modified_By": user_id, "Modified_Time": at}
