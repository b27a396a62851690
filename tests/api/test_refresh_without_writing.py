"""While the database cannot be written, readers still get access tokens, which any revocation ends."""

import logging
from collections.abc import Iterator

import pytest

from kaizen.server.settings import TokenLimits
from kaizen.store.errors import NoRoomError, UnavailableError
from kaizen.store.sqlite import session as sqlite_session
from tests.api.test_oauth import Customer, in_query
from tests.support.server import Crm, MakeCrm, Reply

pytestmark = pytest.mark.source("assumed: a full disk or another program that writes does not keep readers out")


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The database is full until the returned patch is undone."""
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_session.Transaction, "__enter__", _refuse)
        yield patch


def _refuse(*_: object) -> None:
    raise NoRoomError("no room is left for kaizen.db")


@pytest.fixture
def customer(crm: Crm) -> Customer:
    return Customer(crm)


@pytest.fixture
def refresh_token(customer: Customer) -> str:
    return str(customer.exchange("ZohoCRM.org.READ", "ZohoCRM.modules.ALL")["refresh_token"])


def refreshed(customer: Customer, refresh_token: str, **given: str) -> Reply:
    return in_query(customer.crm, customer.parameters(grant_type="refresh_token", refresh_token=refresh_token, **given))


@pytest.fixture
def access_token(customer: Customer, refresh_token: str, unwritable: pytest.MonkeyPatch) -> str:
    """An access token that was refreshed while nothing could be written."""
    answer = refreshed(customer, refresh_token).json
    assert {"scope", "api_domain", "token_type", "expires_in"} < answer.keys()
    return str(answer["access_token"])


def test_a_reader_reads_and_cannot_write(crm: Crm, access_token: str) -> None:
    assert crm.get("org", token=access_token).status == 200
    assert crm.post("Leads", {"data": [{"Last_Name": "A"}]}, token=access_token).problem == (503, "SERVICE_UNAVAILABLE")


def test_the_log_names_the_reason(customer: Customer, refresh_token: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING, "kaizen.server"):
        patch.setattr(sqlite_session.Transaction, "__enter__", _refuse)
        refreshed(customer, refresh_token)

    (record,) = (each for each in caplog.records if each.message == "token.not_written")
    assert vars(record)["reason"] == "no room is left for kaizen.db"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"client_secret": "guessed"}, "invalid_client_secret"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"refresh_token": "guessed"}, "invalid_code"),
    ],
)
def test_who_could_not_refresh_before_cannot_now(
    given: dict[str, str], error: str, customer: Customer, refresh_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_session.Transaction, "__enter__", _refuse)
    known = customer.parameters(grant_type="refresh_token", refresh_token=refresh_token)
    assert in_query(customer.crm, {**known, **given}).json == {"error": error}


def test_what_must_be_written_is_refused(
    customer: Customer, refresh_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = customer.grant()
    monkeypatch.setattr(sqlite_session.Transaction, "__enter__", _refuse)

    assert in_query(customer.crm, customer.parameters(code=grant)).problem == (503, "SERVICE_UNAVAILABLE")
    revocation = in_query(customer.crm, {"token": refresh_token}, "/oauth/v2/token/revoke")
    assert revocation.problem == (503, "SERVICE_UNAVAILABLE")


def test_a_database_that_does_not_answer_gives_nobody_a_token(
    customer: Customer, refresh_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise UnavailableError("no route")

    monkeypatch.setattr(sqlite_session.Transaction, "__enter__", away)

    assert refreshed(customer, refresh_token).problem == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("of", ["its refresh token", "another token"])
def test_a_revocation_ends_it(
    of: str,
    crm: Crm,
    customer: Customer,
    refresh_token: str,
    access_token: str,
    unwritable: pytest.MonkeyPatch,
) -> None:
    unwritable.undo()
    assert crm.get("org", token=access_token).status == 200
    revoked = refresh_token if of == "its refresh token" else crm.token("ZohoCRM.org.READ")

    assert in_query(crm, {"token": revoked}, "/oauth/v2/token/revoke").status == 200

    assert crm.get("org", token=access_token).problem == (401, "INVALID_TOKEN")


def test_it_ends_in_its_time(make_crm: MakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = make_crm(tokens=TokenLimits(honoured_seconds=0))
    customer = Customer(crm)
    refresh_token = str(customer.exchange("ZohoCRM.org.READ")["refresh_token"])
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_session.Transaction, "__enter__", _refuse)
        token = str(refreshed(customer, refresh_token).json["access_token"])
    assert crm.get("org", token=token).status == 200

    crm.advance(hours=1)

    assert crm.get("org", token=token).problem == (401, "INVALID_TOKEN")
