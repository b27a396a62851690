"""What a new organisation has: its administrator, roles, profiles, modules and settings."""

from dataclasses import dataclass
from typing import Final

from kaizen.model.catalog import Catalog
from kaizen.model.document import Document, new_document
from kaizen.model.people import Organisation, User, changed_by, made_by
from kaizen.model.values import Id, Json
from kaizen.standard.catalog import Identify, standard_catalog
from kaizen.standard.data import read

#: Ids of ours among the fixed ones of every organisation.
ORGANISATION_ID: Final = 9_000_001
ADMINISTRATOR_ID: Final = 9_000_003
BUSINESS_HOURS_ID: Final = 9_000_005

_WORKING_WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True)
class NewOrganisation:
    """Everything that the first transaction of a database writes."""

    organisation: Organisation
    users: tuple[User, ...]
    catalog: Catalog
    documents: tuple[Document, ...]  #: roles and profiles among them

    @property
    def roles(self) -> tuple[Document, ...]:
        """The roles, the highest first."""
        return tuple(d for d in self.documents if d.kind == "role")

    @property
    def profiles(self) -> tuple[Document, ...]:
        """The profiles."""
        return tuple(d for d in self.documents if d.kind == "profile")


def new_organisation(
    *,
    organisation_name: str,
    admin_email: str,
    admin_last_name: str,
    time_zone: str,
    zgid: str,
    id_prefix: int,
    now: int,
    admin_first_name: str | None = None,
    business_hours: bool = True,
) -> NewOrganisation:
    """Build a new organisation, with business hours or without.

    `id_prefix` is the first ten digits of every id, `now` in seconds since the epoch.
    """

    def identify(suffix: int) -> Id:
        return id_prefix * 10**9 + suffix

    admin_id = identify(ADMINISTRATOR_ID)
    documents = _settings(identify, admin_id, now, business_hours)
    role = next(d for d in documents if d.kind == "role")
    profile = next(d for d in documents if d.kind == "profile")
    zuid = str(int(zgid) + 1)
    administrator = User(
        id=admin_id,
        email=admin_email,
        last_name=admin_last_name,
        first_name=admin_first_name,
        time_zone=time_zone,
        role_id=role.id,
        role_name=role.name,
        profile_id=profile.id,
        profile_name=profile.name,
        zuid=zuid,
        properties={
            "language": "en_US",
            "locale": "en_US",
            "country_locale": "en_US",
            **made_by(admin_id, now),
            **changed_by(admin_id, now),
        },
    )
    organisation = Organisation(
        id=identify(ORGANISATION_ID),
        zgid=zgid,
        company_name=organisation_name,
        primary_email=admin_email,
        time_zone=time_zone,
        id_prefix=id_prefix,
        properties={"primary_zuid": zuid, "created_time": now},
    )
    return NewOrganisation(organisation, (administrator,), standard_catalog(identify), documents)


def _settings(identify: Identify, by: Id, now: int, business_hours: bool) -> tuple[Document, ...]:
    def document(kind: str, suffix: int, name: str, body: dict[str, Json]) -> Document:
        return new_document(kind, identify(suffix), body, by=by, at=now, name=name)

    facts = read("organisation")
    roles = []
    above: Document | None = None
    for entry in facts["roles"]:
        reporting_to = str(above.id) if above else None
        body: dict[str, Json] = {
            "display_label": entry["name"],
            "reporting_to": reporting_to,
            "share_with_peers": True,
            "description": entry["description"],
        }
        above = document("role", entry["id"], entry["name"], body)
        roles.append(above)
    profiles = [
        document(
            "profile",
            entry["id"],
            entry["name"],
            {"display_label": entry["name"], "custom": False, "description": entry["description"]},
        )
        for entry in facts["profiles"]
    ]
    hours: dict[str, Json] = {
        "type": "custom",
        "week_starts_on": "Monday",
        "business_days": list(_WORKING_WEEK),
        "same_as_everyday": True,
        "daily_timing": ["09:00", "18:00"],
    }
    calendar = [document("business_hours", BUSINESS_HOURS_ID, "", hours)] if business_hours else []
    return (*roles, *profiles, *calendar)
