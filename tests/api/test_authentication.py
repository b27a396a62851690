"""Who may ask at all: tokens, schemes, inactive users, and what a stranger learns."""

from dataclasses import replace

import pytest

from tests.support.server import Crm


@pytest.mark.source("reference: platform A.10")
@pytest.mark.parametrize("scheme", ["Zoho-oauthtoken", "zoho-oauthtoken", "Bearer", "bearer"])
def test_both_schemes_are_taken(scheme: str, crm: Crm) -> None:
    assert crm.get("org", token="", headers={"Authorization": f"{scheme} {crm.access_token}"}).status == 200


@pytest.mark.source("reference: platform A.10")
@pytest.mark.parametrize(
    ("header", "code", "message"),
    [
        (None, "AUTHENTICATION_FAILURE", "Authentication failed"),
        ("", "AUTHENTICATION_FAILURE", "Authentication failed"),
        ("Basic Zm9vOmJhcg==", "AUTHENTICATION_FAILURE", "Authentication failed"),
        ("Zoho-oauthtoken", "AUTHENTICATION_FAILURE", "Authentication failed"),
        ("Zoho-oauthtoken 1000.aa.bb", "INVALID_TOKEN", "invalid oauth token"),
        ("Zoho-oauthtoken \xe9\xff", "INVALID_TOKEN", "invalid oauth token"),
    ],
)
def test_a_stranger_is_refused(header: str | None, code: str, message: str, crm: Crm) -> None:
    headers = {} if header is None else {"Authorization": header}

    reply = crm.get("org", token="", headers=headers)

    assert reply.status == 401
    assert reply.json == {"code": code, "details": {}, "message": message, "status": "error"}


@pytest.mark.source("reference: platform B.6")
@pytest.mark.parametrize("path", ["org", "no/such/address", "settings/layout_rules", "Leads/upsert", "NoModule"])
def test_a_stranger_does_not_learn_which_addresses_exist(path: str, crm: Crm) -> None:
    assert crm.get(path, token="").problem == (401, "AUTHENTICATION_FAILURE")


@pytest.mark.source("reference: platform B.6")
def test_a_stranger_is_refused_before_the_body_is_read(crm: Crm) -> None:
    assert crm.post("Leads", b"{not json", token="1000.a.b").problem == (401, "INVALID_TOKEN")
    assert crm.post("Leads", b"x" * 11_000_000, token="1000.a.b").problem == (401, "INVALID_TOKEN")


@pytest.mark.source("reference: platform G.2")
def test_an_inactive_user_is_refused(crm: Crm) -> None:
    crm.store.write_now(lambda unit: unit.update_user(replace(crm.user, status="disabled")))

    assert crm.get("org").problem == (403, "INACTIVE_USER")


@pytest.mark.source("reference: platform A.6")
def test_a_revoked_token_is_refused_at_once(crm_on: Crm) -> None:
    assert crm_on.get("org").status == 200

    crm_on.ask("POST", "/oauth/v2/token/revoke", None, {"token": crm_on.access_token}, token="")

    assert crm_on.get("org").problem == (401, "INVALID_TOKEN")
