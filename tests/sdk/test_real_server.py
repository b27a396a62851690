"""The SDK's way to tokens, and what it makes of refusals, against a real server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kaizen import Config, errors
from kaizen.cli.main import run
from kaizen.sdk.answers import body_of
from kaizen.sdk.stores import FileStore, MemoryStore, SQLiteStore, TokenStore
from kaizen.sdk.wire import Request
from tests.sdk.conftest import World
from tests.support.server import START, KaizenProcess, StartKaizen
from tests.support.waiting import Sdk

#: What the sample of the seed asks for: the user's details, and the scope that tells whose token it is.
SEED_SCOPES = ("ZohoCRM.users.READ", "aaaserver.profile.READ")

STORES: dict[str, Callable[[Path], TokenStore]] = {
    "file": lambda folder: FileStore(folder / "tokens.jsonl"),
    "SQLite": lambda folder: SQLiteStore(folder / "tokens.sqlite"),
}


def grant(server: KaizenProcess, capsys: pytest.CaptureFixture[str], *scopes: str) -> str:
    """Make a grant token, as a person does in the API console."""
    assert (
        run(["grant", "--database", str(server.database), *(word for one in scopes for word in ("--scope", one))]) == 0
    )
    return capsys.readouterr().out.splitlines()[0]


def configuration(server: KaizenProcess, **more: Any) -> dict[str, Any]:
    """Write the configuration dictionary of the seed, with its own keys, for a server."""
    known = server.credentials
    return {
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
        "redirect_uri": "https://www.zoho.com",
        "api_base_url": server.url,
        "accounts_url": server.url,
        "current_user_email": known["user_email"],
        "api_version": "v2",
        "sandbox": "false",
        "access_type": "offline",
        "log_in_console": "false",
        **more,
    }


@pytest.mark.source("docs: Kaizen 18, steps 3 and 4")
def test_the_sample_of_the_seed(
    kaizen: KaizenProcess, sdk: Sdk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configuration(
        kaizen, token_persistence_path=str(tmp_path), application_log_file_path=str(tmp_path / "log.log")
    )
    user = config["current_user_email"]
    token = grant(kaizen, capsys, *SEED_SCOPES)
    for expected in (False, True):  # the second run finds what the first one kept
        crm = sdk.from_config(config)
        generated = crm.auth.is_token_generated(user)
        if not generated:
            crm.auth.exchange(token)
        assert (generated, crm.users.current().email) == (expected, user)

    assert (tmp_path / "kaizen_oauthtokens.jsonl").exists()
    with pytest.raises(errors.InvalidGrant):
        crm.auth.exchange(token)


@pytest.mark.source("docs: Kaizen 18: the scope aaaserver.profile.READ")
def test_a_grant_that_does_not_say_whose_it_is(
    kaizen: KaizenProcess, sdk: Sdk, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configuration(kaizen, current_user_email=None)
    del config["current_user_email"]
    crm = sdk.from_config(config, store=MemoryStore())

    with pytest.raises(errors.AuthError, match=r"aaaserver\.profile\.READ") as caught:
        crm.auth.exchange(grant(kaizen, capsys, "ZohoCRM.users.READ"))

    assert caught.value.code == "OAUTH_SCOPE_MISMATCH"
    status = crm.auth.exchange(grant(kaizen, capsys, *SEED_SCOPES))
    assert status.user == kaizen.credentials["user_email"]
    assert status.scopes == SEED_SCOPES


@pytest.mark.source("docs: Kaizen 18, step 3.a: tokens are kept between runs")
@pytest.mark.parametrize("kind", STORES)
def test_a_token_is_kept_between_runs(
    kind: str, kaizen: KaizenProcess, sdk: Sdk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user = kaizen.credentials["user_email"]
    first = sdk.client(configuration(kaizen), store=STORES[kind](tmp_path))
    first.auth.exchange(grant(kaizen, capsys, *SEED_SCOPES))

    second = sdk.client(configuration(kaizen), store=STORES[kind](tmp_path))

    assert second.auth.is_token_generated()
    assert not second.auth.is_token_generated("nobody@example.com")
    assert second.users.current().email == user
    second.auth.forget()
    assert not first.auth.is_token_generated()


@pytest.mark.source("assumed: tokens in memory end with the client")
def test_a_token_in_memory_is_gone_with_its_store(
    kaizen: KaizenProcess, sdk: Sdk, capsys: pytest.CaptureFixture[str]
) -> None:
    sdk.client(configuration(kaizen), store=MemoryStore()).auth.exchange(grant(kaizen, capsys, *SEED_SCOPES))

    other = sdk.client(configuration(kaizen), store=MemoryStore())

    assert not other.auth.is_token_generated()
    with pytest.raises(errors.NoToken):
        other.users.current()


@pytest.fixture
def hasty(start_kaizen: StartKaizen, tmp_path: Path) -> KaizenProcess:
    """A server whose access tokens live a minute, and end at the same moment here and there."""
    file = tmp_path / "hasty.toml"
    file.write_text("[tokens]\naccess_token_seconds = 60\nhonoured_seconds = 60\n")
    return start_kaizen("--clock", START, "--config", str(file))


@pytest.mark.source("docs: Kaizen 18: the SDK refreshes the access token as and when required")
def test_a_token_is_refreshed_before_it_ends(
    hasty: KaizenProcess, sdk: Sdk, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    store = MemoryStore()
    crm = sdk.client(configuration(hasty), store=store, surroundings=world.surroundings)
    status = crm.auth.exchange(grant(hasty, capsys, *SEED_SCOPES))
    assert status.expires_at.timestamp() == world.now + 60
    [first] = store.tokens()

    world.now += 30
    crm.users.current()
    [still] = store.tokens()
    world.now += 25
    crm.users.current()
    [second] = store.tokens()

    assert still.access_token == first.access_token
    assert second.access_token != first.access_token
    assert second.refresh_token == first.refresh_token
    assert second.scopes == SEED_SCOPES


@pytest.mark.source("reference: SDK 5.3: a refused token is refreshed once and the call repeated")
def test_a_token_that_the_server_ended_is_refreshed(hasty: KaizenProcess, sdk: Sdk) -> None:
    store = MemoryStore()
    crm = sdk.from_credentials(hasty.database.with_name("credentials.json"), store=store)
    lead = crm.leads.create({"Last_Name": "Lovelace", "Company": "Analytical Engines"})
    [first] = store.tokens()

    crm.control.clock.advance(hours=3)

    assert crm.leads.get(lead)["Last_Name"] == "Lovelace"
    [second] = store.tokens()
    assert second.access_token != first.access_token


@pytest.mark.source("reference: SDK 5.3: turning the clock of a test server is no run-away client")
def test_a_clock_turned_again_and_again_does_not_use_the_refreshes_up(hasty: KaizenProcess, sdk: Sdk) -> None:
    crm = sdk.from_credentials(hasty.database.with_name("credentials.json"), refresh_budget=2)

    for _ in range(5):
        crm.control.clock.advance(hours=1)

    assert crm.users.current().email == hasty.credentials["user_email"]


@pytest.mark.source("reference: platform A.8: too many access tokens from one refresh token")
def test_the_servers_own_limit_on_refreshes(start_kaizen: StartKaizen, sdk: Sdk, tmp_path: Path) -> None:
    file = tmp_path / "strict.toml"
    file.write_text("[tokens]\naccess_tokens_per_window = 3\n")
    server = start_kaizen("--clock", START, "--config", str(file))
    crm = sdk.client(configuration(server), store=MemoryStore())

    with pytest.raises(errors.RefreshLimitReached) as caught:
        for _ in range(5):
            crm.auth.adopt(server.credentials["refresh_token"])

    assert caught.value.code == "Access Denied"


@pytest.mark.source("reference: SDK 3.2: revoke ends the token at the accounts server")
def test_a_revoked_token_is_dead_everywhere(
    kaizen: KaizenProcess, sdk: Sdk, capsys: pytest.CaptureFixture[str]
) -> None:
    store = MemoryStore()
    crm = sdk.client(configuration(kaizen), store=store)
    crm.auth.exchange(grant(kaizen, capsys, *SEED_SCOPES))
    [token] = store.tokens()

    assert crm.auth.revoke() is True

    assert store.tokens() == []
    with pytest.raises(errors.NoToken):
        crm.users.current()
    with pytest.raises(errors.InvalidGrant):
        crm.auth.adopt(token.refresh_token)
    thief = sdk.client(configuration(kaizen), store=MemoryStore([token]))
    with pytest.raises(errors.AuthError):
        thief.users.current()


@pytest.mark.source("reference: platform A.5")
def test_a_wrong_secret(kaizen: KaizenProcess, sdk: Sdk, capsys: pytest.CaptureFixture[str]) -> None:
    crm = sdk.client(configuration(kaizen, client_secret="not the secret"), store=MemoryStore())

    with pytest.raises(errors.InvalidClient):
        crm.auth.exchange(grant(kaizen, capsys, *SEED_SCOPES))


@pytest.mark.source("reference: SDK 5.2: views of one client")
def test_two_users_on_one_client(kaizen: KaizenProcess, sdk: Sdk, capsys: pytest.CaptureFixture[str]) -> None:
    crm = sdk.from_credentials(kaizen.database.with_name("credentials.json"))
    admin = kaizen.credentials["user_email"]
    # The same person under another name: a self client's grants are all of its owner.
    other = crm.as_user("somebody@example.com")
    with pytest.raises(errors.NoToken, match=r"somebody@example\.com"):
        other.users.current()
    other.auth.adopt(kaizen.credentials["refresh_token"])

    assert other.users.current().email == crm.users.current().email == admin


@dataclass(frozen=True)
class Refusal:
    name: str
    act: Callable[[Any], object]
    raises: type[errors.KaizenError]
    code: str
    status: int
    details: dict[str, object] = field(default_factory=dict)


REFUSALS = [
    Refusal("an unknown module", lambda crm: crm["Unicorns"].get(1), errors.BadRequest, "INVALID_MODULE", 400),
    Refusal(
        "a record without what it must have",
        lambda crm: crm.leads.create({"Company": "Analytical Engines"}),
        errors.BadRequest,
        "MANDATORY_NOT_FOUND",
        400,
        {"api_name": "Last_Name", "json_path": "$.data[0].Last_Name"},
    ),
    Refusal(
        "a value of the wrong type",
        lambda crm: crm.leads.create({"Last_Name": "L", "Annual_Revenue": "lots"}),
        errors.BadRequest,
        "INVALID_DATA",
        400,
        {"api_name": "Annual_Revenue", "json_path": "$.data[0].Annual_Revenue", "expected_data_type": "double"},
    ),
    Refusal("an id that is no id", lambda crm: crm.leads.get("seven"), errors.BadRequest, "INVALID_DATA", 400),
    Refusal("no such record", lambda crm: crm.leads.get(4150868000000000001), errors.NotFound, "NOT_FOUND", 204),
    Refusal(
        "change no such record",
        lambda crm: crm.leads.update(4150868000000000001, {"Last_Name": "L"}),
        errors.BadRequest,
        "INVALID_DATA",
        400,
        {"resource_path_index": 1},
    ),
    Refusal(
        "delete no such record",
        lambda crm: crm.leads.delete(4150868000000000001),
        errors.BadRequest,
        "INVALID_DATA",
        400,
        {"resource_path_index": 1},
    ),
    Refusal("a list without fields", lambda crm: crm.leads.list(), errors.BadRequest, "REQUIRED_PARAM_MISSING", 400),
    Refusal(
        "a query that is none",
        lambda crm: list(crm.coql("please find Leads")),
        errors.BadRequest,
        "SYNTAX_ERROR",
        400,
    ),
    Refusal(
        "criteria that are none",
        lambda crm: list(crm.leads.search("(City:equals")),
        errors.BadRequest,
        "INVALID_QUERY",
        400,
    ),
    Refusal(
        "an operation that is not served",
        lambda crm: body_of(crm.call(Request(method="GET", path="settings/pipeline"))),
        errors.NotServed,
        "NOT_IMPLEMENTED",
        501,
    ),
    Refusal(
        "a clock turned back",
        lambda crm: crm.control.clock.set("2001-01-01T00:00:00Z"),
        errors.BadRequest,
        "INVALID_DATA",
        400,
    ),
]


@pytest.mark.source("reference: platform B.3, B.4, C")
@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_refusal(case: Refusal, real: Any) -> None:
    with pytest.raises(case.raises) as caught:
        case.act(real)

    error = caught.value
    assert type(error) is case.raises
    assert (error.code, error.status) == (case.code, case.status)
    assert case.details.items() <= error.details.items(), error.details
    assert error.message
    assert error.url is not None


@pytest.mark.source("reference: platform A.6")
def test_a_call_beyond_the_scopes_of_the_token(
    kaizen: KaizenProcess, sdk: Sdk, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = sdk.client(configuration(kaizen, api_version="v8"), store=MemoryStore())
    crm.auth.exchange(grant(kaizen, capsys, "ZohoCRM.modules.leads.READ", "aaaserver.profile.READ"))

    crm.leads.list(fields="Last_Name")
    for beyond in (
        lambda: crm.leads.create({"Last_Name": "L"}),
        lambda: crm.deals.list(fields="Deal_Name"),
        crm.automation.workflow_rules.list,
        crm.control.clock.get,
        crm.users.current,
    ):
        with pytest.raises(errors.ScopeMismatch) as caught:
            beyond()
        assert (caught.value.code, caught.value.status) == ("OAUTH_SCOPE_MISMATCH", 401)


@pytest.mark.source("reference: SDK 5.5: one connection, no hidden calls")
def test_a_server_that_does_not_run(sdk: Sdk, start_kaizen: StartKaizen) -> None:
    server = start_kaizen("--clock", START)
    config = Config.from_credentials(server.database.with_name("credentials.json"), retries=0)
    server.stop()

    with pytest.raises(errors.TransportError) as caught:
        sdk.client(config).users.current()
    assert server.url in str(caught.value)
