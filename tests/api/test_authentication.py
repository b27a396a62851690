"""Who may ask at all: tokens, schemes, inactive users, and what a stranger learns."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kaizen.server.http.recent_callers import MOST, RecentCallers
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


ROW = {"data": [{"Last_Name": "Lovelace"}]}


def units_of(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that the units of work which requests begin will be written to."""
    begun: list[str] = []

    def noted(kind: str) -> Callable[..., Any]:
        begin = getattr(crm.store, kind)

        async def begin_noted(work: Callable[..., Any]) -> Any:
            begun.append(kind)
            return await begin(work)

        return begin_noted

    for kind in ("read", "write"):
        monkeypatch.setattr(crm.store, kind, noted(kind))
    # The clock is virtual and nothing is due: the worker, which looks after each request of a test, finds nothing.
    monkeypatch.setattr(crm.server.worker, "settle", _settled)
    return begun


async def _settled() -> list[Any]:
    return []


@pytest.mark.source("assumed: a write is one unit of work, admission included")
def test_who_was_admitted_before_is_admitted_where_the_work_is_done(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = units_of(crm, monkeypatch)

    for _ in range(2):
        assert crm.post("Leads", ROW).status == 201

    # The first time, the body is not read before the caller is known.
    assert begun == ["read", "write", "write"]


@pytest.mark.source("reference: platform A.6")
def test_who_was_admitted_before_writes_nothing_with_a_revoked_token(crm_on: Crm) -> None:
    assert crm_on.post("Leads", ROW).status == 201
    other = crm_on.token("ZohoCRM.modules.ALL")

    crm_on.ask("POST", "/oauth/v2/token/revoke", None, {"token": crm_on.access_token}, token="")

    assert crm_on.post("Leads", ROW).problem == (401, "INVALID_TOKEN")
    assert crm_on.post("Leads", b"x" * 11_000_000).problem == (401, "INVALID_TOKEN")
    assert len(crm_on.get("Leads", {"fields": "Last_Name"}, token=other).json["data"]) == 1


@pytest.mark.source("reference: platform B.6")
def test_who_was_admitted_before_is_refused_before_the_body_is_judged(crm: Crm) -> None:
    narrow = crm.token("ZohoCRM.modules.accounts.ALL")
    assert crm.post("Accounts", {"data": [{"Account_Name": "A"}]}, token=narrow).status == 201

    assert crm.post("Leads", b"{not json", token=narrow).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.post("settings/no/such", b"{not json", token=narrow).problem[1] == "INVALID_URL_PATTERN"


@pytest.mark.source("assumed: what strangers send does not pile up")
def test_so_many_callers_are_remembered() -> None:
    callers = RecentCallers()

    for number in range(MOST + 1):
        callers.note(f"token {number}")

    assert callers.knows(f"token {MOST}")
    assert not callers.knows("token 0")
