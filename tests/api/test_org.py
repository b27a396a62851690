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
