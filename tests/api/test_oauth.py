"""The accounts server over HTTP, on each database."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from kaizen.accounts.clients import NewClient, create_self_client
from kaizen.accounts.grants import create_grant
from kaizen.store.unit_of_work import Unit
from tests.support.server import Crm, MakeCrm, Reply

FORM = {"content-type": "application/x-www-form-urlencoded"}
BOUNDARY = "----kaizen"


class Customer:
    """Somebody with a self client."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        chance = crm.server.chance
        self.client: NewClient = crm.store.write_now(lambda unit: create_self_client(unit, crm.user.id, chance))

    def grant(self, *scopes: str) -> str:
        """Make a grant token."""

        def work(unit: Unit) -> str:
            return create_grant(
                unit, self.client.client, scopes or ("ZohoCRM.org.READ",), self.crm.server.chance, minutes=3
            )

        return self.crm.store.write_now(work)

    def parameters(self, **given: str) -> dict[str, str]:
        """Return the parameters of an exchange."""
        known = {"client_id": self.client.client.client_id, "client_secret": self.client.secret}
        return {**known, "grant_type": "authorization_code", **given}

    def exchange(self, *scopes: str) -> dict[str, Any]:
        """Exchange a fresh grant token."""
        body: dict[str, Any] = in_query(self.crm, self.parameters(code=self.grant(*scopes))).json
        return body


def in_query(crm: Crm, given: Mapping[str, str], path: str = "/oauth/v2/token") -> Reply:
    return crm.ask("POST", path, None, given, token="")


def in_form(crm: Crm, given: Mapping[str, str], path: str = "/oauth/v2/token") -> Reply:
    return crm.ask("POST", path, urlencode(given).encode(), token="", headers=FORM)


def in_multipart(crm: Crm, given: Mapping[str, str], path: str = "/oauth/v2/token") -> Reply:
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in given.items()]
    content = ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
    return crm.ask(
        "POST", path, content, token="", headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    )


def in_both(crm: Crm, given: Mapping[str, str], path: str = "/oauth/v2/token") -> Reply:
    query = {k: v for k, v in given.items() if k != "code"}
    body = urlencode({"code": given["code"]}).encode()
    return crm.ask("POST", path, body, query, token="", headers=FORM)


@pytest.mark.source("reference: platform A.5")
@pytest.mark.parametrize("send", [in_query, in_form, in_multipart, in_both], ids=lambda f: f.__name__)
def test_a_grant_token_is_exchanged_wherever_its_parameters_are(send: Any, crm: Crm) -> None:
    customer = Customer(crm)

    reply = send(crm, customer.parameters(code=customer.grant()))

    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json;charset=UTF-8"
    assert reply.json["api_domain"] == "http://crm.test"
    assert crm.get("org", token=reply.json["access_token"]).status == 200


@pytest.mark.source("reference: platform A.5")
def test_the_api_domain_is_the_public_address_when_one_is_set(make_crm: MakeCrm) -> None:
    crm = make_crm(public_url="https://crm.example.com/")

    assert Customer(crm).exchange()["api_domain"] == "https://crm.example.com"


@pytest.mark.source("reference: platform A.5; assumed: proxies that the settings name are believed")
@pytest.mark.parametrize(("proxies", "domain"), [("127.0.0.0/8", "https://crm.example.com"), ("", "http://crm.test")])
def test_the_api_domain_is_that_which_known_proxies_say(proxies: str, domain: str, make_crm: MakeCrm) -> None:
    crm = make_crm(proxies=proxies)
    customer = Customer(crm)
    said = {"x-forwarded-proto": "https", "x-forwarded-host": "crm.example.com", **FORM}
    form = urlencode(customer.parameters(code=customer.grant())).encode()

    reply = crm.ask("POST", "/oauth/v2/token", form, token="", headers=said)

    assert reply.json["api_domain"] == domain


@pytest.mark.source("reference: platform A.5")
def test_the_whole_life_of_tokens(crm_on: Crm) -> None:
    customer = Customer(crm_on)
    code = customer.grant("ZohoCRM.org.READ", "ZohoCRM.users.READ")

    first = in_query(crm_on, customer.parameters(code=code)).json
    refreshing = customer.parameters(grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = in_form(crm_on, refreshing).json
    assert second.keys() == {"access_token", "scope", "api_domain", "token_type", "expires_in"}
    assert crm_on.get("org", token=first["access_token"]).status == 200
    assert crm_on.get("org", token=second["access_token"]).status == 200

    revoked = in_query(crm_on, {"token": first["refresh_token"]}, "/oauth/v2/token/revoke")
    assert (revoked.status, revoked.json) == (200, {"status": "success"})
    assert crm_on.get("org", token=first["access_token"]).problem == (401, "INVALID_TOKEN")
    assert crm_on.get("org", token=second["access_token"]).problem == (401, "INVALID_TOKEN")
    assert in_query(crm_on, refreshing).json == {"error": "invalid_code"}


@pytest.mark.source("reference: RFC 6749, 4.1.2: tokens of a code that comes again are revoked")
def test_a_grant_token_that_comes_again_ends_what_it_was_exchanged_for(crm_on: Crm) -> None:
    customer = Customer(crm_on)
    given = customer.parameters(code=customer.grant())
    first = in_query(crm_on, given).json

    assert in_query(crm_on, given).json == {"error": "invalid_code"}

    assert crm_on.get("org", token=first["access_token"]).problem == (401, "INVALID_TOKEN")
    refreshing = customer.parameters(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert in_query(crm_on, refreshing).json == {"error": "invalid_code"}


@pytest.mark.source("reference: platform A.5")
@pytest.mark.parametrize("send", [in_query, in_form, in_multipart], ids=lambda f: f.__name__)
def test_a_self_client_comes_with_its_own_credentials(send: Any, crm_on: Crm) -> None:
    zgid = crm_on.get("org").json["org"][0]["zgid"]
    given = {"grant_type": "client_credentials", "scope": "ZohoCRM.org.READ", "soid": f"ZohoCRM.{zgid}"}

    reply = send(crm_on, Customer(crm_on).parameters(**given))

    assert (reply.status, reply.json.keys() & {"refresh_token", "error"}) == (200, set())
    assert crm_on.get("org", token=reply.json["access_token"]).status == 200
    assert crm_on.get("users", token=reply.json["access_token"]).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: platform A.8")
def test_the_sixteenth_access_token_displaces_the_first(crm_on: Crm) -> None:
    customer = Customer(crm_on)
    first = customer.exchange()
    refreshing = customer.parameters(grant_type="refresh_token", refresh_token=first["refresh_token"])
    others = [in_query(crm_on, refreshing).json["access_token"] for _ in range(15)]

    assert crm_on.get("org", token=first["access_token"]).problem == (401, "INVALID_TOKEN")
    assert {crm_on.get("org", token=token).status for token in others} == {200}


@pytest.mark.source("reference: platform A.8")
def test_an_access_token_ends_after_an_hour(make_crm: MakeCrm) -> None:
    from kaizen.server.settings import TokenLimits

    crm = make_crm(tokens=TokenLimits(honoured_seconds=0))
    token = Customer(crm).exchange()["access_token"]

    crm.advance(minutes=59)
    assert crm.get("org", token=token).status == 200
    # The clock is moved with a token that is as old.
    crm.advance(minutes=1)
    assert crm.get("org", token=token).problem == (401, "INVALID_TOKEN")


@pytest.mark.source("assumed: a virtual clock must not end the sessions of clients that count real time")
def test_a_virtual_clock_does_not_end_sessions(crm: Crm) -> None:
    body = Customer(crm).exchange()

    crm.advance(years=5)

    assert body["expires_in"] == 3600
    assert crm.get("org", token=body["access_token"]).status == 200


@pytest.mark.source("reference: platform G.1")
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "general_error"),
        ({"code": "1000.a.b"}, "invalid_code"),
        ({"client_id": "1000.X", "code": "1000.a.b"}, "invalid_client"),
        ({"client_secret": "x", "code": "1000.a.b"}, "invalid_client_secret"),
        ({"client_secret": "\udcff", "code": "1000.a.b"}, "invalid_client_secret"),
        ({"grant_type": "password", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "x", "soid": "x"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "ZohoCRM.org.READ", "soid": "x"}, "access_denied"),
    ],
)
def test_mistakes_are_told_with_status_200(given: dict[str, str], error: str, crm: Crm) -> None:
    query = urlencode(Customer(crm).parameters(**given), errors="surrogateescape")

    reply = crm.ask("POST", "/oauth/v2/token", query.encode(), token="", headers=FORM)

    assert (reply.status, reply.json) == (200, {"error": error})


@pytest.mark.source("assumed: no name is too odd for the database")
def test_odd_names_are_unknown_names(crm_on: Crm) -> None:
    for name, error in {"\0": "general_error", "1000.\u00e9\U0001f600": "invalid_client"}.items():
        given = Customer(crm_on).parameters(client_id=name, code="1000.a.b")
        assert in_query(crm_on, given).json == {"error": error}


@pytest.mark.source("reference: platform A.5")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b'{"grant_type":"authorization_code"}', "application/json"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"no parts at all", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b"&" * 5000, "application/x-www-form-urlencoded"),
        (b"a=b&" * 5000, "application/x-www-form-urlencoded"),
    ],
)
def test_an_unreadable_body_is_a_general_error(content: bytes, kind: str, crm: Crm) -> None:
    reply = crm.ask("POST", "/oauth/v2/token", content, token="", headers={"content-type": kind})

    assert (reply.status, reply.json) == (200, {"error": "general_error"})


@pytest.mark.source("assumed: nobody sends a form of a megabyte to a token endpoint")
def test_a_body_that_is_too_large_is_refused(crm: Crm) -> None:
    assert crm.ask("POST", "/oauth/v2/token", b"x" * 1_000_000, token="").problem == (413, "BODY_SIZE_REACHED")


@pytest.mark.source("reference: platform A.6")
def test_revoking_what_is_no_token(crm: Crm) -> None:
    for given in ({"token": "1000.x.y"}, {"token": ""}, {}):
        reply = in_query(crm, given, "/oauth/v2/token/revoke")
        assert (reply.status, reply.json) == (400, {"error": "invalid_token"})


@pytest.mark.source("reference: platform A.7")
def test_user_info(crm: Crm) -> None:
    token = crm.token("AaaServer.profile.Read")

    reply = crm.ask("GET", "/oauth/user/info", token=token)

    assert reply.status == 200
    assert reply.json.keys() == {"First_Name", "Last_Name", "Email", "Display_Name", "ZUID"}
    assert reply.json["Email"] == crm.user.email


@pytest.mark.source("reference: platform A.7")
def test_user_info_needs_its_scope(crm: Crm) -> None:
    assert crm.ask("GET", "/oauth/user/info", token=crm.token("ZohoCRM.org.READ")).problem == (
        401,
        "INVALID_OAUTHSCOPE",
    )
    assert crm.ask("GET", "/oauth/user/info", token="").problem == (401, "AUTHENTICATION_FAILURE")
    assert crm.ask("GET", "/oauth/user/info", token="1000.a.b").problem == (401, "INVALID_TOKEN")


@pytest.mark.source("assumed: what is not served says so")
def test_the_consent_page_says_that_it_is_not_served(crm: Crm) -> None:
    assert crm.ask("GET", "/oauth/v2/auth", token="").problem == (501, "NOT_IMPLEMENTED")
    assert crm.ask("POST", "/oauth/v3/device/code", token="").problem == (501, "NOT_IMPLEMENTED")


@pytest.mark.source("reference: platform G.2")
def test_other_addresses_and_methods(crm: Crm) -> None:
    assert crm.ask("GET", "/oauth/v2/token", token="").problem == (400, "INVALID_REQUEST_METHOD")
    assert crm.ask("POST", "/oauth/v9/token", token="").problem == (404, "INVALID_URL_PATTERN")
    assert crm.ask("GET", "/", token="").problem == (404, "INVALID_URL_PATTERN")
