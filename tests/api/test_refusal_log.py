"""Wrong secrets and tokens leave a line, in which no secret stands."""

import logging
from typing import Any

import pytest

from kaizen.server.settings import TokenLimits
from tests.api.test_oauth import FORM, Customer, in_query
from tests.support.server import Crm, MakeCrm

pytestmark = pytest.mark.source("assumed: whoever guesses is seen; a log is read by more people than may use a token")

HOUR = 3600


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the facts of every line, with its event."""
    usual = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime"}
    lines = [record for record in caplog.records if record.name == "kaizen.server"]
    return [
        {"event": record.getMessage()} | {k: v for k, v in record.__dict__.items() if k not in usual}
        for record in lines
    ]


def test_wrong_secrets_and_proofs_leave_a_line(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    customer = Customer(crm)
    stranger, client_id = "1000." + "ab" * 40, customer.client.client.client_id
    for given in (
        {"client_secret": "f" * 42, "code": stranger},
        {"client_id": "1000.NOBODY", "code": stranger},
        {"code": stranger},
        {"grant_type": "refresh_token", "refresh_token": stranger},
    ):
        in_query(crm, customer.parameters(**given))

    same = {"event": "credentials.refused", "client": "127.0.0.1", "token": "1000.abab…"}
    assert told(caplog) == [
        {**same, "error": "invalid_client_secret", "client_id": client_id},
        {**same, "error": "invalid_client", "client_id": "1000.NOBODY"},
        {**same, "error": "invalid_code", "client_id": client_id},
        {**same, "error": "invalid_code", "client_id": client_id},
    ]
    assert stranger not in caplog.text
    assert customer.client.secret not in caplog.text


def test_a_grant_that_comes_again_is_told_from_a_wrong_one(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    customer = Customer(crm)
    given = customer.parameters(code=customer.grant())
    in_query(crm, given)
    assert told(caplog) == []

    in_query(crm, given)

    (line,) = told(caplog)
    assert line["why"] == "a grant came again; its tokens are revoked"


def test_wrong_and_revoked_tokens_leave_a_line(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    stranger, revoked = "1000." + "cd" * 40, crm.token("ZohoCRM.org.READ")
    in_query(crm, {"token": revoked}, "/oauth/v2/token/revoke")

    crm.get("org", token=stranger)
    crm.control("GET", "clock", token=stranger)
    crm.ask("GET", "/oauth/user/info", token=stranger)
    in_query(crm, {"token": stranger}, "/oauth/v2/token/revoke")
    crm.get("org", token=revoked)

    whys = ["unknown", "unknown", "unknown", "nothing to revoke", "revoked"]
    tokens = ["1000.cdcd…"] * 4 + [f"{revoked[:9]}…"]
    assert told(caplog) == [
        {"event": "token.refused", "client": "127.0.0.1", "token": token, "why": why}
        for token, why in zip(tokens, whys, strict=True)
    ]


def test_what_is_no_guess_leaves_no_line(make_crm: MakeCrm, caplog: pytest.LogCaptureFixture) -> None:
    crm = make_crm(tokens=TokenLimits(honoured_seconds=HOUR))
    expired = crm.token("ZohoCRM.org.READ")
    crm.server.clock.set(crm.server.clock.now() + HOUR)  # type: ignore[attr-defined]  # it is a virtual one

    assert crm.get("org", token=expired).problem == (401, "INVALID_TOKEN")
    assert crm.ask("GET", "/oauth/user/info", token=expired).problem == (401, "INVALID_TOKEN")
    assert crm.get("org", token="").problem == (401, "AUTHENTICATION_FAILURE")
    assert crm.ask("POST", "/oauth/v2/token", b"", token="", headers=FORM).json == {"error": "general_error"}

    assert told(caplog) == []


def test_the_client_behind_a_known_proxy_is_told(make_crm: MakeCrm, caplog: pytest.LogCaptureFixture) -> None:
    crm = make_crm(proxies="127.0.0.1")

    crm.get("org", token="1000.a.b", headers={"x-forwarded-for": "192.0.2.9"})

    assert [(line["client"], line["token"]) for line in told(caplog)] == [("192.0.2.9", "…")]
