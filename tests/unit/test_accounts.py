"""The token endpoint, grants, revocation and authentication, above any database."""

import random
import re
from dataclasses import dataclass, field, replace

import pytest

from kaizen.accounts.authenticate import authenticate
from kaizen.accounts.clients import NewClient, create_self_client, renew_secret
from kaizen.accounts.grants import BadLifetimeError, BadScopeError, TooManyGrantsError, create_grant
from kaizen.accounts.limits import Limits
from kaizen.accounts.secrets import hashed, masked
from kaizen.accounts.tokens import OAuthAnswer, TokenService, user_info
from kaizen.model.people import User
from kaizen.model.problem import RequestRefusedError
from tests.support.accounts import MemoryAccounts

OWNER = User(id=7, email="ada@example.com", last_name="Lovelace", first_name="Ada", zuid="700")
TOKEN = re.compile(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")
DOMAIN = "http://crm.test"


@dataclass
class Office:
    """An accounts server with one user and one self client."""

    limits: Limits = field(default_factory=Limits)
    unit: MemoryAccounts = field(default_factory=lambda: MemoryAccounts(users={OWNER.id: OWNER}))

    def __post_init__(self) -> None:
        chance = random.Random(1)
        self.chance = lambda size: chance.randbytes(size).hex()
        self.tokens = TokenService(self.limits, self.chance)
        self.client: NewClient = create_self_client(self.unit, OWNER.id, self.chance)

    def grant(self, *scopes: str, minutes: int = 3) -> str:
        return create_grant(
            self.unit,
            self.client.client,
            scopes or ("ZohoCRM.modules.ALL",),
            self.chance,
            minutes=minutes,
            limits=self.limits,
        )

    def ask(self, **given: str) -> OAuthAnswer:
        known = {"client_id": self.client.client.client_id, "client_secret": self.client.secret}
        return self.tokens.token(self.unit, {**known, **given}, DOMAIN)

    def exchange(self, code: str | None = None, **given: str) -> OAuthAnswer:
        return self.ask(grant_type="authorization_code", code=code or self.grant(), **given)

    def refresh(self, token: str, **given: str) -> OAuthAnswer:
        return self.ask(grant_type="refresh_token", refresh_token=token, **given)

    def as_client(self, scope: str = "ZohoCRM.org.READ", **given: str) -> OAuthAnswer:
        soid = f"ZohoCRM.{self.unit.organisation.zgid}"
        return self.ask(**{"grant_type": "client_credentials", "scope": scope, "soid": soid, **given})

    def refusal(self, authorization: str) -> str:
        with pytest.raises(RequestRefusedError) as refused:
            authenticate(self.unit, authorization)
        return refused.value.problem.code.value


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.source("reference: platform A.5")
def test_a_grant_token_buys_a_refresh_and_an_access_token(office: Office) -> None:
    answer = office.exchange(office.grant("ZohoCRM.modules.ALL,ZohoCRM.org.READ"))

    assert answer.status == 200
    access, refresh = str(answer.body["access_token"]), str(answer.body["refresh_token"])
    assert TOKEN.fullmatch(access)
    assert TOKEN.fullmatch(refresh)
    assert access != refresh
    assert {k: v for k, v in answer.body.items() if not k.endswith("s_token") and k != "refresh_token"} == {
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ",
        "api_domain": DOMAIN,
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert authenticate(office.unit, f"Zoho-oauthtoken {access}").user is OWNER


@pytest.mark.source("reference: platform A.5")
def test_a_refresh_token_buys_access_tokens_and_no_refresh_token(office: Office) -> None:
    refresh = str(office.exchange().body["refresh_token"])

    answer = office.refresh(refresh, redirect_uri="https://anything.test")

    assert answer.status == 200
    assert "refresh_token" not in answer.body
    assert {"access_token", "api_domain", "token_type", "expires_in"} <= answer.body.keys()


@dataclass(frozen=True)
class Refused:
    name: str
    given: dict[str, str]
    error: str


REFUSED = [
    Refused("no grant type", {"grant_type": ""}, "general_error"),
    Refused("an unknown grant type", {"grant_type": "password"}, "unsupported_grant_type"),
    Refused("no code", {"code": ""}, "general_error"),
    Refused("no client id", {"client_id": ""}, "general_error"),
    Refused("no client secret", {"client_secret": ""}, "general_error"),
    Refused("an unknown client", {"client_id": "1000.NOBODY"}, "invalid_client"),
    Refused("a wrong secret", {"client_secret": "f" * 42}, "invalid_client_secret"),
    Refused("an unknown code", {"code": "1000.aa.bb"}, "invalid_code"),
    Refused("an unknown refresh token", {"grant_type": "refresh_token", "refresh_token": "1000.aa.bb"}, "invalid_code"),
    Refused("no refresh token", {"grant_type": "refresh_token"}, "general_error"),
]


@pytest.mark.source("reference: platform A.5, G.1")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_mistakes_are_told_with_status_200(case: Refused, office: Office) -> None:
    given = {"grant_type": "authorization_code", "code": office.grant(), **case.given}

    answer = office.ask(**given)

    assert (answer.status, answer.body) == (200, {"error": case.error})


@pytest.mark.source("reference: platform A.5")
def test_a_self_client_gets_an_access_token_of_its_owner_and_no_refresh_token(office: Office) -> None:
    answer = office.as_client("ZohoCRM.org.READ,ZohoCRM.users.READ")

    assert answer.status == 200
    access = answer.body["access_token"]
    assert answer.body == {
        "access_token": access,
        "scope": "ZohoCRM.org.READ,ZohoCRM.users.READ",
        "api_domain": DOMAIN,
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    actor = authenticate(office.unit, f"Zoho-oauthtoken {access}")
    assert (actor.user, actor.scopes) == (OWNER, {"ZohoCRM.org.READ", "ZohoCRM.users.READ"})


REFUSED_CLIENTS = [
    Refused("no scope", {"scope": ""}, "general_error"),
    Refused("no organisation", {"soid": ""}, "general_error"),
    Refused("no secret", {"client_secret": ""}, "general_error"),
    Refused("an unknown client", {"client_id": "1000.NOBODY"}, "invalid_client"),
    Refused("a wrong secret", {"client_secret": "f" * 42}, "invalid_client_secret"),
    Refused("what is no scope", {"scope": "everything"}, "invalid_scope"),
    Refused("another organisation", {"soid": "ZohoCRM.1"}, "access_denied"),
    Refused("another service", {"soid": "ZohoBooks.4711"}, "access_denied"),
]


@pytest.mark.source("reference: platform A.5, G.1; assumed: an organisation that is not served is access denied")
@pytest.mark.parametrize("case", REFUSED_CLIENTS, ids=lambda case: case.name)
def test_mistakes_with_client_credentials_are_told_with_status_200(case: Refused, office: Office) -> None:
    answer = office.as_client(**case.given)

    assert (answer.status, answer.body) == (200, {"error": case.error})


@pytest.mark.source("reference: platform A.5")
def test_only_self_clients_of_active_users_come_with_their_credentials(office: Office) -> None:
    office.unit.put_client(replace(office.client.client, kind="server_based"))
    assert office.as_client().body == {"error": "invalid_client"}

    office.unit.put_client(office.client.client)
    office.unit.users = {OWNER.id: replace(OWNER, status="disabled")}
    assert office.as_client().body == {"error": "access_denied"}


@pytest.mark.source("reference: platform A.8; assumed: a client without refresh tokens has the limits of one")
def test_tokens_by_client_credentials_are_limited_as_those_of_one_refresh_token() -> None:
    office = Office(Limits(access_tokens_per_window=3, active_access_tokens=2))
    other = create_self_client(office.unit, OWNER.id, office.chance)
    first, *_ = [office.as_client().body["access_token"] for _ in range(3)]

    assert office.refusal(f"Bearer {first}") == "INVALID_TOKEN"
    assert office.as_client().status == 400
    assert office.as_client(client_id=other.client.client_id, client_secret=other.secret).status == 200
    office.unit.now += 600
    assert office.as_client().status == 200


@pytest.mark.source("reference: platform A.5")
def test_a_grant_token_works_once(office: Office) -> None:
    code = office.grant()

    assert "access_token" in office.exchange(code).body
    assert office.exchange(code).body == {"error": "invalid_code"}


@pytest.mark.source("reference: RFC 6749, 4.1.2: tokens of a code that comes again are revoked")
@pytest.mark.parametrize("late", [0, 60 * 60])
def test_a_grant_token_that_comes_again_ends_what_it_was_exchanged_for(late: int, office: Office) -> None:
    code, other = office.grant(), office.exchange().body
    first = office.exchange(code).body
    second = str(office.refresh(str(first["refresh_token"])).body["access_token"])
    office.unit.now += late

    assert office.exchange(code).body == {"error": "invalid_code"}

    assert office.refresh(str(first["refresh_token"])).body == {"error": "invalid_code"}
    assert office.refusal(f"Bearer {second}") == "INVALID_TOKEN"
    assert "access_token" in office.refresh(str(other["refresh_token"])).body


@pytest.mark.source("reference: RFC 6749, 4.1.2: tokens of a code that comes again are revoked")
def test_a_grant_token_without_a_refresh_token_ends_its_access_token(office: Office) -> None:
    code = office.grant()
    grant = office.unit.grant(hashed(code))
    assert grant is not None
    office.unit.put_grant(replace(grant, offline=False))
    body = office.exchange(code).body
    assert "refresh_token" not in body
    assert authenticate(office.unit, f"Bearer {body['access_token']}").user is OWNER

    office.exchange(code)

    assert office.refusal(f"Bearer {body['access_token']}") == "INVALID_TOKEN"


@pytest.mark.source("assumed: only the client that a grant token was made for can end anything with it")
def test_strangers_end_nothing_with_a_used_grant_token(office: Office) -> None:
    code = office.grant()
    body = office.exchange(code).body
    other = create_self_client(office.unit, OWNER.id, office.chance)

    office.exchange(code, client_id=other.client.client_id, client_secret=other.secret)
    office.exchange(code, client_secret="f" * 42)

    assert authenticate(office.unit, f"Bearer {body['access_token']}").user is OWNER


@pytest.mark.source("reference: platform A.4")
@pytest.mark.parametrize("minutes", [3, 5, 7, 10])
def test_a_grant_token_lives_as_long_as_picked(minutes: int, office: Office) -> None:
    just_in_time, late = office.grant(minutes=minutes), office.grant(minutes=minutes)

    office.unit.now += minutes * 60 - 1
    assert "access_token" in office.exchange(just_in_time).body
    office.unit.now += 1
    assert office.exchange(late).body == {"error": "invalid_code"}


@pytest.mark.source("reference: platform A.5")
def test_a_code_of_another_client_is_unknown(office: Office) -> None:
    other = create_self_client(office.unit, OWNER.id, office.chance)
    code = create_grant(office.unit, other.client, ["ZohoCRM.org.READ"], office.chance)

    assert office.exchange(code).body == {"error": "invalid_code"}


@pytest.mark.source("reference: platform A.4")
@pytest.mark.parametrize("minutes", [0, 1, 4, 60, -3])
def test_other_lifetimes_are_refused(minutes: int, office: Office) -> None:
    with pytest.raises(BadLifetimeError):
        office.grant(minutes=minutes)


@pytest.mark.source("reference: platform A.9")
@pytest.mark.parametrize(
    "scope", ["", "ALL", "ZohoCRM", "ZohoCRM.ALL", "ZohoCRM.modules", "ZohoCRM.modules.EVERY", "a b"]
)
def test_what_is_no_scope_is_refused(scope: str, office: Office) -> None:
    with pytest.raises(BadScopeError):
        office.grant(scope)


@pytest.mark.source("reference: platform A.8")
def test_an_access_token_lives_an_hour(office: Office) -> None:
    access = office.exchange().body["access_token"]

    office.unit.now += 3599
    assert authenticate(office.unit, f"Zoho-oauthtoken {access}").user is OWNER
    office.unit.now += 1
    assert office.refusal(f"Zoho-oauthtoken {access}") == "INVALID_TOKEN"


@pytest.mark.source("assumed: a virtual clock must not end the sessions of clients that count real time")
def test_an_access_token_can_be_honoured_for_longer_than_clients_are_told() -> None:
    office = Office(Limits(honoured_seconds=10**9))
    answer = office.exchange().body

    office.unit.now += 10**8
    assert answer["expires_in"] == 3600
    assert authenticate(office.unit, f"Bearer {answer['access_token']}").user is OWNER


@pytest.mark.source("reference: platform A.8")
def test_the_sixteenth_access_token_displaces_the_first(office: Office) -> None:
    first = office.exchange().body
    refresh = str(first["refresh_token"])
    others = [office.refresh(refresh).body["access_token"] for _ in range(14)]

    assert authenticate(office.unit, f"Zoho-oauthtoken {first['access_token']}").user is OWNER
    sixteenth = office.refresh(refresh).body["access_token"]

    assert office.refusal(f"Zoho-oauthtoken {first['access_token']}") == "INVALID_TOKEN"
    assert all(authenticate(office.unit, f"Zoho-oauthtoken {token}") for token in (*others, sixteenth))


@pytest.mark.source("reference: platform A.8")
def test_the_twenty_first_refresh_token_replaces_the_first(office: Office) -> None:
    first = office.exchange().body
    others = [str(office.exchange().body["refresh_token"]) for _ in range(20)]

    assert office.refresh(str(first["refresh_token"])).body == {"error": "invalid_code"}
    assert office.refusal(f"Zoho-oauthtoken {first['access_token']}") == "INVALID_TOKEN"
    assert all("access_token" in office.refresh(token).body for token in others)


@pytest.mark.source("reference: platform A.8")
def test_a_throttled_request_is_told_with_status_400() -> None:
    office = Office(Limits(access_tokens_per_window=10))
    refresh = str(office.exchange().body["refresh_token"])
    for _ in range(9):
        assert "access_token" in office.refresh(refresh).body

    answer = office.refresh(refresh)
    assert (answer.status, answer.body["error"], answer.body["status"]) == (400, "Access Denied", "failure")

    office.unit.now += 600
    assert "access_token" in office.refresh(refresh).body


@pytest.mark.source("reference: platform A.8: what counts is what was given")
def test_giving_tokens_back_does_not_reset_a_throttle() -> None:
    office = Office(Limits(access_tokens_per_window=2, refresh_tokens_per_window=2))
    for _ in range(2):
        first = office.exchange().body
        office.tokens.revoke(office.unit, str(first["access_token"]))
    refresh = str(first["refresh_token"])
    office.tokens.revoke(office.unit, str(office.refresh(refresh).body["access_token"]))

    assert office.refresh(refresh).status == 400
    office.tokens.revoke(office.unit, refresh)
    assert office.exchange().status == 400


@pytest.mark.source("reference: platform A.8")
def test_a_client_is_given_so_many_grant_tokens_in_ten_minutes() -> None:
    office = Office(Limits(grants_per_window=10))
    for _ in range(10):
        office.grant()

    with pytest.raises(TooManyGrantsError, match=r"has reached .* 10 in 10 minutes"):
        office.grant()
    other = create_self_client(office.unit, OWNER.id, office.chance).client
    assert create_grant(office.unit, other, ["ZohoCRM.org.READ"], office.chance, limits=office.limits)
    office.unit.now += 600
    assert office.grant()


@pytest.mark.source("assumed: no throttle is on unless it is given; tests/api/test_token_limits.py says where one is")
def test_tokens_are_not_throttled_unless_asked(office: Office) -> None:
    bodies = [office.exchange().body for _ in range(25)]
    refresh = str(bodies[-1]["refresh_token"])

    assert all("access_token" in body for body in bodies)
    assert all("access_token" in office.refresh(refresh).body for _ in range(25))


@pytest.mark.source("reference: platform A.6")
def test_revoking_a_refresh_token_ends_its_access_tokens(office: Office) -> None:
    body = office.exchange().body

    assert office.tokens.revoke(office.unit, str(body["refresh_token"])).body == {"status": "success"}

    assert office.refusal(f"Zoho-oauthtoken {body['access_token']}") == "INVALID_TOKEN"
    assert office.refresh(str(body["refresh_token"])).body == {"error": "invalid_code"}
    again = office.tokens.revoke(office.unit, str(body["refresh_token"]))
    assert (again.status, again.body) == (400, {"error": "invalid_token"})


@pytest.mark.source("reference: platform A.6")
def test_revoking_an_access_token_leaves_its_refresh_token(office: Office) -> None:
    body = office.exchange().body

    assert office.tokens.revoke(office.unit, str(body["access_token"])).status == 200

    assert office.refusal(f"Zoho-oauthtoken {body['access_token']}") == "INVALID_TOKEN"
    assert "access_token" in office.refresh(str(body["refresh_token"])).body


@dataclass(frozen=True)
class Header:
    name: str
    text: str
    code: str


HEADERS = [
    Header("no header", "", "AUTHENTICATION_FAILURE"),
    Header("another scheme", "Basic YTpi", "AUTHENTICATION_FAILURE"),
    Header("a scheme without a token", "Zoho-oauthtoken ", "AUTHENTICATION_FAILURE"),
    Header("an unknown token", "Zoho-oauthtoken 1000.aa.bb", "INVALID_TOKEN"),
    Header("an unknown bearer token", "Bearer 1000.aa.bb", "INVALID_TOKEN"),
]


@pytest.mark.source("reference: platform A.10")
@pytest.mark.parametrize("case", HEADERS, ids=lambda case: case.name)
def test_a_stranger_is_refused(case: Header, office: Office) -> None:
    assert office.refusal(case.text) == case.code


@pytest.mark.source("reference: platform A.10, G.2")
def test_an_inactive_user_is_refused(office: Office) -> None:
    access = office.exchange().body["access_token"]
    office.unit.users = {OWNER.id: User(id=7, email="a@b.c", last_name="L", status="disabled")}

    assert office.refusal(f"Zoho-oauthtoken {access}") == "INACTIVE_USER"
    assert office.exchange().body == {"error": "access_denied"}


@pytest.mark.source("reference: platform A.7")
def test_user_info_has_exactly_the_keys_that_sdks_read() -> None:
    assert user_info(OWNER) == {
        "First_Name": "Ada",
        "Last_Name": "Lovelace",
        "Email": "ada@example.com",
        "Display_Name": "Ada Lovelace",
        "ZUID": 700,
    }


@pytest.mark.source("assumed: a secret that got into wrong hands is worth nothing once there is another")
def test_another_secret_ends_the_one_before(office: Office) -> None:
    before = office.client
    office.client = renew_secret(office.unit, before.client, office.chance)

    assert office.client.secret != before.secret
    assert office.exchange(client_secret=before.secret).body == {"error": "invalid_client_secret"}
    assert "access_token" in office.exchange().body


@pytest.mark.source("assumed: a log is read by more people than may use a token")
def test_what_of_a_secret_may_be_seen(office: Office) -> None:
    code = office.grant()

    assert masked(code) == f"{code[:9]}…"
    assert masked(office.client.secret) == f"{office.client.secret[:9]}…"
    assert masked("hunter2") == masked("a password that is not all too long") == "…"


@pytest.mark.source("assumed: a copy of the database must not let anybody in")
def test_secrets_are_kept_as_hashes_only(office: Office) -> None:
    code = office.grant()
    body = office.exchange(code).body

    kept = office.unit.everything()

    for secret in (code, str(body["access_token"]), str(body["refresh_token"]), office.client.secret):
        assert secret not in kept
        assert hashed(secret) in kept


@pytest.mark.source("reference: platform A.5")
def test_a_code_needs_the_redirect_uri_it_was_issued_for(office: Office) -> None:
    code = office.grant()
    grant = office.unit.grant(hashed(code))
    assert grant is not None
    office.unit.put_grant(replace(grant, redirect_uri="https://app.test/back"))

    assert office.exchange(code, redirect_uri="https://app.test/other").body == {"error": "invalid_redirect_uri"}
    assert "access_token" in office.exchange(code, redirect_uri="https://app.test/back").body
