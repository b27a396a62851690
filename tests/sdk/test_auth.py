"""Tokens from the outside, and the sample of the seed."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kaizen import Client, errors
from kaizen.sdk.stores import FileStore
from tests.sdk.conftest import CLIENT, World
from tests.support.scripted_server import Call, Reply, ScriptedServer

USER = Reply(200, {"users": [{"id": "5", "full_name": "Ada Lovelace", "email": "ada@example.com"}]})


@pytest.fixture
def accounts(server: ScriptedServer) -> ScriptedServer:
    """An accounts server that knows one grant token, which works once."""
    used: list[str] = []

    def token(call: Call) -> Reply:
        form = call.form
        if form["client_secret"] != CLIENT["client_secret"]:
            return Reply(200, {"error": "invalid_client_secret"})
        if form["grant_type"] != "authorization_code" or form["code"] != "1000.grant" or used:
            return Reply(200, {"error": "invalid_code"})
        used.append(form["code"])
        granted = {
            "access_token": "1000.granted",
            "refresh_token": "1000.refresh",
            "scope": "ZohoCRM.users.ALL,aaaserver.profile.READ",
            "api_domain": server.url,
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        return Reply(200, granted)

    server.on("POST", "/oauth/v2/token", token)
    server.on("GET", "/oauth/user/info", Reply(200, {"Email": "ada@example.com", "ZUID": 1}))
    server.on("GET", "/crm/v2/users", USER)
    return server


@pytest.fixture
def details(accounts: ScriptedServer, tmp_path: Path) -> dict[str, str]:
    """The configuration dictionary of the seed, pointed at the test's server."""
    return {
        **CLIENT,
        "redirect_uri": "https://www.zoho.com",
        "api_base_url": accounts.url,
        "accounts_url": accounts.url,
        "api_version": "v2",
        "sandbox": "false",
        "access_type": "offline",
        "token_persistence_path": str(tmp_path),
    }


@pytest.fixture
def crm(details: dict[str, str]) -> Iterator[Client]:
    with Client.from_config(details) as client:
        yield client


@pytest.mark.source("docs: Kaizen 18, step 4 and isTokenGenerated")
def test_the_sample_of_the_seed(details: dict[str, str], accounts: ScriptedServer) -> None:
    for expected in (False, True):  # run it twice: the second time the token is there
        with Client.from_config(details) as crm:
            generated = crm.auth.is_token_generated("ada@example.com")
            if not generated:
                crm.auth.exchange("1000.grant")
            assert crm.users.current()["full_name"] == "Ada Lovelace"
        assert generated is expected

    [exchange] = accounts.seen("POST", "/oauth/v2/token")
    assert exchange.form == {
        "grant_type": "authorization_code",
        "code": "1000.grant",
        "client_id": "1000.CLIENTID",
        "client_secret": "the-client-secret",
        "redirect_uri": "https://www.zoho.com",
    }
    assert accounts.seen("GET", "/oauth/user/info")[0].token == "1000.granted"
    assert [call.token for call in accounts.seen("GET", "/crm/v2/users")] == ["1000.granted"] * 2


@pytest.mark.source("reference: SDK 5.4: status tells expiry, scopes, data centre")
def test_status_tells_everything_but_the_token(crm: Client) -> None:
    absent = crm.auth.status()
    assert (absent.user, absent.generated, absent.usable) == ("ada@example.com", False, False)

    status = crm.auth.exchange("1000.grant")

    assert crm.auth.status() == status
    assert (status.user, status.generated, status.renewable, status.usable) == ("ada@example.com", True, True, True)
    assert status.scopes == ("ZohoCRM.users.ALL", "aaaserver.profile.READ")
    assert status.expires_at is not None
    assert "1000." not in repr(status)


@pytest.mark.source("docs: Kaizen 18: a grant token is valid once")
def test_a_grant_token_works_once(crm: Client) -> None:
    crm.auth.exchange("1000.grant")

    with pytest.raises(errors.InvalidGrant):
        crm.auth.exchange("1000.grant")
    assert crm.auth.is_token_generated()


@pytest.mark.source("reference: platform A.5")
def test_a_wrong_secret_is_told_without_repeating_it(details: dict[str, str]) -> None:
    with (
        Client.from_config({**details, "client_secret": "a-wrong-secret"}) as crm,
        pytest.raises(errors.InvalidClient) as caught,
    ):
        crm.auth.exchange("1000.grant")
    assert "wrong-secret" not in str(caught.value)
    assert "1000.grant" not in str(caught.value)


@pytest.mark.source("docs: Kaizen 18: the control shifts to the generation of tokens")
def test_a_call_without_a_token_tells_the_way_to_one(crm: Client) -> None:
    with pytest.raises(errors.NoToken, match=r"crm\.auth\.exchange"):
        crm.leads.get(1)


@pytest.mark.source("reference: SDK 1.1: the token is kept under the address the accounts server names")
def test_the_token_belongs_to_whom_the_accounts_server_names(crm: Client, accounts: ScriptedServer) -> None:
    accounts.on("GET", "/oauth/user/info", Reply(200, {"Email": "bob@example.com"}))

    with pytest.raises(errors.OtherUser, match=r"given by bob@example\.com, where ada@example\.com was expected"):
        crm.auth.exchange("1000.grant")

    assert crm.auth.is_token_generated("bob@example.com")
    assert not crm.auth.is_token_generated()
    assert crm.as_user("bob@example.com").users.current().id == "5"


REFUSALS = {
    "invalid_code": (errors.InvalidGrant, "expired or already used", "the refresh token was revoked"),
    "invalid_client": (errors.InvalidClient, "does not know this client_id", "does not know this client_id"),
    "invalid_client_secret": (errors.InvalidClient, "client_secret does not belong", "client_secret does not belong"),
    "invalid_redirect_uri": (errors.InvalidClient, "redirect_uri differs", "redirect_uri differs"),
    "nobody_knows": (errors.AuthError, "neither a token nor a reason", "neither a token nor a reason"),
}


@pytest.mark.source("reference: platform A.5; assumed: what a person is told says what to do next")
@pytest.mark.parametrize("code", REFUSALS)
def test_what_the_accounts_server_refuses_is_explained(crm: Client, accounts: ScriptedServer, code: str) -> None:
    kind, of_a_grant, of_a_refresh = REFUSALS[code]
    accounts.on("POST", "/oauth/v2/token", Reply(200, {"error": code}))

    with pytest.raises(kind, match=of_a_grant) as caught:
        crm.auth.exchange("1000.grant")
    with pytest.raises(kind, match=of_a_refresh):
        crm.auth.adopt("1000.theirs")

    assert caught.value.code == code


@pytest.mark.source("reference: SDK 5.4: adopt a refresh token")
def test_adopt(crm: Client, accounts: ScriptedServer) -> None:
    accounts.on("POST", "/oauth/v2/token", Reply(200, {"access_token": "1000.new", "expires_in": 3600}))

    status = crm.auth.adopt("1000.theirs", "bob@example.com")

    assert accounts.seen("POST", "/oauth/v2/token")[0].form["refresh_token"] == "1000.theirs"
    assert status.renewable
    assert crm.as_user("bob@example.com").users.current().id == "5"


@pytest.mark.source("reference: SDK 3.2: revoke always said False")
def test_revoke(crm: Client, accounts: ScriptedServer, details: dict[str, str]) -> None:
    crm.auth.exchange("1000.grant")
    accounts.on("POST", "/oauth/v2/token/revoke", Reply(200, {"status": "success"}))

    assert crm.auth.revoke() is True

    assert accounts.seen("POST", "/oauth/v2/token/revoke")[0].form == {"token": "1000.refresh"}
    assert not crm.auth.is_token_generated()
    assert FileStore(Path(details["token_persistence_path"]) / "kaizen_oauthtokens.jsonl").tokens() == []


@pytest.mark.source("reference: SDK 5.3: forget removes it here only")
def test_forget(crm: Client, accounts: ScriptedServer) -> None:
    crm.auth.exchange("1000.grant")
    before = len(accounts.calls)

    crm.auth.forget()

    assert len(accounts.calls) == before
    with pytest.raises(errors.NoToken):
        crm.users.current()


@pytest.mark.source("reference: platform A.3")
def test_the_address_for_a_web_client(crm: Client, accounts: ScriptedServer) -> None:
    url = urlsplit(crm.auth.authorize_url(["ZohoCRM.modules.ALL", "ZohoCRM.users.READ"], state="s", prompt="consent"))

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{accounts.url}/oauth/v2/auth"
    assert {name: values[0] for name, values in parse_qs(url.query).items()} == {
        "response_type": "code",
        "client_id": "1000.CLIENTID",
        "redirect_uri": "https://www.zoho.com",
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.users.READ",
        "access_type": "offline",
        "state": "s",
        "prompt": "consent",
    }


@pytest.mark.source("reference: SDK 5.3, retry table: the answer to a grant is not asked for twice")
def test_a_lost_answer_to_a_grant_is_ambiguous(crm: Client, accounts: ScriptedServer, world: World) -> None:
    accounts.on("POST", "/oauth/v2/token", Reply(502, b"<html>"))

    with pytest.raises(errors.AmbiguousResult):
        crm.auth.exchange("1000.grant")
    assert len(accounts.calls) == 1
