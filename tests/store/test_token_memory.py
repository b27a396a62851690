"""Access tokens are kept in memory, and a revoked one passes nowhere once its revocation is answered."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaizen.model.oauth import AccessToken, OAuthClient
from kaizen.store import Database
from kaizen.store.parts import accounts
from kaizen.store.unit_of_work import Unit
from tests.support.stores import ADMIN, START, created

pytestmark = pytest.mark.source("assumed: the contract of accounts.ports")

ACCESS = AccessToken("", "", "", ADMIN, ("ZohoCRM.modules.ALL",), START, START + 3600)
_NUMBERS = count()


@pytest.fixture
def processes(opening: Callable[[], Database]) -> list[Database]:
    """Two stores over one database, as two processes have them."""
    return [created(opening()), opening()]


def issue(store: Database, client: str = "client") -> AccessToken:
    """Issue an access token of a refresh token of its own."""
    number = next(_NUMBERS)
    token = replace(ACCESS, token_hash=f"access {number}", refresh_hash=f"refresh {number}", client_id=client)
    store.write_now(lambda unit: unit.put_access_token(token))
    return token


def passes(store: Database, token: AccessToken) -> bool:
    """Return whether a token is let in."""
    return store.read_now(lambda unit: unit.live_token(token.token_hash)) is not None


REVOCATIONS: dict[str, Callable[[Unit, AccessToken], None]] = {
    "token": lambda unit, token: unit.revoke_access_token(token.token_hash),
    "refresh token": lambda unit, token: unit.revoke_refresh_token(token.refresh_hash),
    "client": lambda unit, token: unit.drop_client(token.client_id),
}


def test_a_token_is_looked_up_once(any_store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    token = issue(any_store)
    looked_up: list[str] = []
    find = accounts.AccountsTables.access_token

    def told(tables: accounts.AccountsTables, token_hash: str) -> AccessToken | None:
        looked_up.append(token_hash)
        return find(tables, token_hash)

    monkeypatch.setattr(accounts.AccountsTables, "access_token", told)

    found = [any_store.read_now(lambda unit: unit.live_token(token.token_hash)) for _ in range(3)]
    found.append(any_store.write_now(lambda unit: unit.live_token(token.token_hash)))

    assert found == [token] * 4
    assert looked_up == [token.token_hash]


@pytest.mark.parametrize("how", REVOCATIONS)
@pytest.mark.parametrize("where", [0, 1], ids=["here", "in another process"])
def test_a_revoked_token_passes_in_no_process(how: str, where: int, processes: list[Database]) -> None:
    token = issue(processes[0])
    assert all(passes(store, token) for store in processes)

    processes[where].write_now(lambda unit: REVOCATIONS[how](unit, token))

    assert not any(passes(store, token) for store in processes)


_STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["issue", "ask", *REVOCATIONS]), st.integers(0, 9)), max_size=25
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=_STEPS)
def test_tokens_pass_until_they_are_revoked_whatever_happens(
    steps: list[tuple[int, str, int]], processes: list[Database]
) -> None:
    tokens: list[AccessToken] = []
    revoked: set[str] = set()
    for where, what, which in [(0, "issue", 0), *steps]:
        store = processes[where]
        if what == "issue":
            tokens.append(issue(store, f"client {next(_NUMBERS)}"))
            continue
        token = tokens[which % len(tokens)]
        if what in REVOCATIONS:
            store.write_now(lambda unit, what=what, token=token: REVOCATIONS[what](unit, token))  # type: ignore[misc]
            revoked.add(token.token_hash)
        assert passes(store, token) is (token.token_hash not in revoked)
    for store in processes:
        assert {t.token_hash for t in tokens if not passes(store, t)} == revoked


def test_a_token_that_was_rolled_back_passes_nowhere(any_store: Database) -> None:
    token = replace(ACCESS, token_hash="never")

    def fail(unit: Unit) -> None:
        unit.put_access_token(token)
        assert unit.live_token("never") == token
        raise RuntimeError

    with pytest.raises(RuntimeError):
        any_store.write_now(fail)

    assert not passes(any_store, token)


def test_a_revocation_that_was_rolled_back_takes_nothing(any_store: Database) -> None:
    token = issue(any_store)

    def fail(unit: Unit) -> None:
        unit.revoke_access_token(token.token_hash)
        assert unit.live_token(token.token_hash) is None
        raise RuntimeError

    with pytest.raises(RuntimeError):
        any_store.write_now(fail)

    assert passes(any_store, token)


def test_memory_is_bounded(any_store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_IN_MEMORY", 3)
    tokens = [issue(any_store) for _ in range(8)]

    assert all(passes(any_store, token) for token in tokens * 2)

    kept = any_store.read_now(lambda unit: unit._settings.snapshot("accounts", dict))
    assert 0 < len(kept) <= 3


def test_strangers_are_not_remembered(any_store: Database) -> None:
    any_store.write_now(lambda unit: unit.put_client(CLIENT))

    assert not any(passes(any_store, replace(ACCESS, token_hash=f"guess {n}")) for n in range(5))

    assert any_store.read_now(lambda unit: unit._settings.snapshot("accounts", dict)) == {}


CLIENT = OAuthClient("client", "hash", "self_client", "Office", (), ADMIN, START)
