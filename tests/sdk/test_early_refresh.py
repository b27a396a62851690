"""A token that is refreshed ahead of time serves on when the accounts server cannot give another one."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen import Config, errors
from kaizen.sdk.stores import MemoryStore
from kaizen.sdk.tokens import Token, TokenKey
from tests.sdk.conftest import CLIENT, World
from tests.support.scripted_server import HangUp, Never, Reply, ScriptedServer, scripted_server
from tests.support.waiting import Sdk

LEAD = Reply(200, {"data": [{"id": "1", "Last_Name": "Lovelace"}]})


def near_its_end(server: ScriptedServer, world: World, **options: Any) -> Config:
    """Configure a client whose token has 200 seconds left, of which the SDK would use 170."""
    server.on("GET", "/crm/v8/Leads/1", LEAD)
    settings: dict[str, Any] = {**CLIENT, "api_base_url": server.url, "surroundings": world.surroundings, **options}
    token = Token(
        Config(**settings).token_key(),
        refresh_token="1000.refresh",
        access_token="1000.ending",
        issued_at=world.now - 3400,
        expires_at=world.now + 200,
    )
    return Config(**{"store": MemoryStore([token]), **settings})


@dataclass(frozen=True)
class Failure:
    """How the accounts server fails."""

    name: str
    reply: Reply | HangUp | Never
    options: Mapping[str, Any] = field(default_factory=dict)


FAILURES = [
    Failure("an error of its own", Reply(500, {"error": "general_error"})),
    Failure("a page of the proxy", Reply(502, b"<html>Bad Gateway</html>")),
    Failure("a page instead of JSON", Reply(200, b"<html>Down for maintenance</html>")),
    Failure("too many requests", Reply(429, {"error": "Access Denied"})),
    Failure("a refusal", Reply(200, {"error": "invalid_code"})),
    Failure("a closed connection", HangUp()),
    Failure("no answer at all", Never(), {"timeout": 0.05}),
]


@pytest.mark.source("reference: SDK 5.3, token state machine: an advisory refresh never fails a call")
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_call_goes_on_with_the_token_it_has(
    failure: Failure, server: ScriptedServer, world: World, sdk: Sdk, caplog: pytest.LogCaptureFixture
) -> None:
    config = near_its_end(server, world, **failure.options)
    server.on("POST", "/oauth/v2/token", failure.reply)
    crm = sdk.client(config)

    with caplog.at_level(logging.WARNING, "kaizen.sdk"):
        for _ in range(3):
            assert crm.leads.get(1)["Last_Name"] == "Lovelace"

    assert {call.token for call in server.seen("GET", "/crm/v8/Leads/1")} == {"1000.ending"}
    assert len(server.seen("POST", "/oauth/v2/token")) == 1
    assert world.naps == []
    assert [record.message for record in caplog.records] == ["token.early_refresh_failed"]
    assert caplog.records[0].__dict__["user"] == CLIENT["current_user_email"]


@pytest.mark.source("reference: SDK 5.3, token state machine: an advisory refresh never fails a call")
def test_a_call_goes_on_when_the_accounts_server_cannot_be_reached(
    server: ScriptedServer, world: World, sdk: Sdk
) -> None:
    with scripted_server() as gone:
        address = gone.url
    crm = sdk.client(near_its_end(server, world, accounts_url=address))

    assert crm.leads.get(1)["Last_Name"] == "Lovelace"
    assert world.naps == []


@pytest.mark.source("assumed: ours: a failed early refresh is tried again, but not by every call")
def test_an_early_refresh_is_tried_again_after_a_minute(
    server: ScriptedServer, world: World, sdk: Sdk, caplog: pytest.LogCaptureFixture
) -> None:
    config = near_its_end(server, world)
    server.on("POST", "/oauth/v2/token", Reply(500), Reply(500), Reply(200, {"access_token": "1000.next"}))
    crm = sdk.client(config)

    with caplog.at_level(logging.WARNING, "kaizen.sdk"):
        for _ in range(3):
            crm.leads.get(1)
            crm.leads.get(1)
            world.now += 61

    tokens = [call.token for call in server.seen("GET", "/crm/v8/Leads/1")]
    assert tokens == ["1000.ending"] * 4 + ["1000.next"] * 2
    assert len(caplog.records) == 1


@pytest.mark.source("reference: SDK 5.3, token state machine")
def test_an_ended_token_does_not_serve_on(server: ScriptedServer, world: World, sdk: Sdk) -> None:
    config = near_its_end(server, world, retries=0)
    server.on("POST", "/oauth/v2/token", Reply(500, {"error": "general_error"}))
    crm = sdk.client(config)
    crm.leads.get(1)
    world.now += 200

    with pytest.raises(errors.ServerError):
        crm.leads.get(1)


class _Full(MemoryStore):
    """A store that keeps nothing more."""

    def save(self, token: Token) -> None:
        if token.access_token != "1000.ending":
            raise errors.StoreError(f"no space left for the token of {token.key.user}")
        super().save(token)


@pytest.mark.source("assumed: ours: a token that could not be kept serves this process")
def test_a_store_that_fails_does_not_fail_the_call(server: ScriptedServer, world: World, sdk: Sdk) -> None:
    config = near_its_end(server, world)
    server.on("POST", "/oauth/v2/token", Reply(200, {"access_token": "1000.next"}))
    key: TokenKey = config.token_key()
    ending = config.store.find(key)  # type: ignore[union-attr]  # it is the store made above
    crm = sdk.client(config.with_options(store=_Full([ending])))

    for _ in range(3):
        crm.leads.get(1)

    tokens = [call.token for call in server.seen("GET", "/crm/v8/Leads/1")]
    assert tokens == ["1000.ending", "1000.next", "1000.next"]
