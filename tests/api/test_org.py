"""GET org."""

import pytest

from tests.support.server import Crm


@pytest.mark.source("reference: platform F.3")
def test_the_organisation_says_who_it_is(crm: Crm) -> None:
    (org,) = crm.get("org").json["org"]

    assert org["company_name"] == "Kaizen Tests"
    assert org["domain_name"] == f"org{org['zgid']}"
    assert org["primary_email"] == crm.user.email
    assert org["primary_zuid"] == crm.user.zuid
    assert org["currency"] == "US Dollar - USD"
    assert org["type"] == "production"
    assert org["license_details"]["paid"] is True


@pytest.mark.source("reference: platform F.3, B.2")
def test_the_organisation_needs_its_scope_and_is_not_sent_twice(crm: Crm) -> None:
    assert crm.get("org", token=crm.token("ZohoCRM.settings.ALL")).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.get("org", headers={"If-Modified-Since": "2026-02-01T00:00:00+00:00"}).status == 304


#: The keys of the example.
KEYS = """
    alias call_icon checkin_preferences city company_name country country_code created_time currency currency_locale
    currency_symbol deletable_org_account description domain_name employee_count ezgid fax gapps_enabled
    hierarchy_preferences hipaa_compliance_enabled id iso_code license_details lite_users_enabled max_per_page mc_status
    mobile oauth_presence phone photo_id primary_email primary_zuid privacy_settings state street time_zone
    translation_enabled type website zgid zia_portal_id zia_zgid zip
"""
LICENSE_KEYS = """
    paid paid_expiry paid_type portal_users_license_purchased trial_action trial_expiry trial_type
    users_license_purchased
"""


@pytest.mark.source("docs: getOrganization examples")
def test_the_organisation_has_the_keys_of_the_example(crm: Crm) -> None:
    (org,) = crm.get("org").json["org"]

    assert sorted(org) == KEYS.split()
    assert sorted(org["license_details"]) == LICENSE_KEYS.split()
    assert (org["max_per_page"], org["oauth_presence"], org["call_icon"]) == (200, True, "show")
    assert org["checkin_preferences"] == {"restricted_event_types": None}
    assert org["currency_locale"] == "en_US"
