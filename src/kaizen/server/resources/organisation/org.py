"""The organisation (reference: platform F.3)."""

from typing import Final

from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import conditional
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.paging import PER_PAGE
from kaizen.server.resources.shared.stamps import moment

#: What the server does not know about the organisation.
_UNKNOWN: Final = (
    "alias",
    "city",
    "country",
    "country_code",
    "description",
    "employee_count",
    "ezgid",
    "fax",
    "mobile",
    "phone",
    "photo_id",
    "state",
    "street",
    "website",
    "zia_portal_id",
    "zia_zgid",
    "zip",
)
_OFF: Final = (
    "deletable_org_account",
    "gapps_enabled",
    "hipaa_compliance_enabled",
    "lite_users_enabled",
    "mc_status",
    "privacy_settings",
    "translation_enabled",
)
#: There is nothing to buy: as many users as one likes.
_LICENSE: Final[dict[str, Json]] = {
    "paid": True,
    "paid_type": "ultimate",
    "paid_expiry": None,
    "trial_type": None,
    "trial_expiry": None,
    "trial_action": None,
    "users_license_purchased": 100_000,
    "portal_users_license_purchased": 0,
}
#: The name of a currency, and the locale that writes its amounts.
_CURRENCIES: Final = {
    "USD": ("US Dollar", "en_US"),
    "EUR": ("Euro", "de_DE"),
    "GBP": ("British Pound", "en_GB"),
    "INR": ("Indian Rupee", "en_IN"),
}
#: What is the same for every organisation here.
_FIXED: Final[dict[str, Json]] = {
    "call_icon": "show",
    "checkin_preferences": {"restricted_event_types": None},
    "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": False},
    "license_details": _LICENSE,
    "max_per_page": PER_PAGE,
    "oauth_presence": True,
}


def get_organisation(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the organisation."""
    organisation = uow.organisation
    facts = organisation.properties
    made = facts.get("created_time")
    if conditional.unchanged(call, made if isinstance(made, int) else 0):
        return conditional.NOT_MODIFIED
    code = organisation.iso_code
    currency, locale = _CURRENCIES.get(code, (code, "en_US"))
    shown: dict[str, Json] = {
        "id": str(organisation.id),
        "zgid": organisation.zgid,
        "company_name": organisation.company_name,
        "primary_email": organisation.primary_email,
        "primary_zuid": facts.get("primary_zuid"),
        "domain_name": f"org{organisation.zgid}",
        "type": "production",
        "currency": f"{currency} - {code}",
        "currency_locale": locale,
        "currency_symbol": organisation.currency_symbol,
        "iso_code": code,
        "time_zone": organisation.time_zone,
        "created_time": moment(call, made),
        **_FIXED,
        **{name: facts.get(name) for name in _UNKNOWN},
        **dict.fromkeys(_OFF, False),
    }
    return Answer(body={"org": [shown]})


ROUTES: Final = (Route("GET", "org", get_organisation, ("ZohoCRM.org.READ",), operation="getOrganization"),)
