"""Clients, grants and tokens come back as they were and stop working when they should."""

from dataclasses import replace

import pytest

from kaizen.model.oauth import AccessToken, Grant, OAuthClient, RefreshToken
from kaizen.store import Database
from kaizen.store.errors import ReadOnlyError
from kaizen.store.unit_of_work import Unit
from tests.store.working import at_once
from tests.support.stores import ADMIN, MEMBER, START, Clock

pytestmark = pytest.mark.source("assumed: the contract of accounts.ports")

CLIENT = OAuthClient("1000.B", "hash", "self_client", "Büro", ("https://a.test/?x=1", "b"), ADMIN, START)
GRANT = Grant("code", "1000.B", ADMIN, ("ZohoCRM.modules.ALL", "b"), "https://a.test", True, START + 180)
REFRESH = RefreshToken("refresh", "1000.B", ADMIN, ("ZohoCRM.modules.ALL",), START)
ACCESS = AccessToken("access", "refresh", "1000.B", ADMIN, (), START, START + 3600)


def test_clients_come_back_oldest_first(any_store: Database) -> None:
    other = replace(CLIENT, client_id="1000.A", redirect_uris=())
    any_store.write_now(lambda unit: [unit.put_client(CLIENT), unit.put_client(other)])
    renamed = replace(CLIENT, name="Office", redirect_uris=("c",))

    any_store.write_now(lambda unit: unit.put_client(renamed))

    assert any_store.read_now(lambda unit: unit.clients()) == [renamed, other]
    assert any_store.read_now(lambda unit: (unit.client("1000.A"), unit.client("1000.C"))) == (other, None)


def test_a_grant_is_used_once(any_store: Database) -> None:
    any_store.write_now(lambda unit: unit.put_grant(GRANT))
    assert any_store.read_now(lambda unit: (unit.grant("code"), unit.grant("edoc"))) == (GRANT, None)

    assert any_store.write_now(lambda unit: [unit.use_grant("code", "made"), unit.use_grant("code", "made")]) == [
        True,
        False,
    ]
    assert not any_store.write_now(lambda unit: unit.use_grant("code", "made"))
    assert not any_store.write_now(lambda unit: unit.use_grant("edoc", "made"))
    assert any_store.read_now(lambda unit: unit.grant("code")) == replace(GRANT, used=True, made="made")


def test_grants_are_counted_by_client_and_time(any_store: Database) -> None:
    made = [("a", "1000.B", START), ("b", "1000.B", START + 1), ("c", "1000.A", START + 1)]
    grants = [replace(GRANT, code_hash=code, client_id=client, created_at=at) for code, client, at in made]
    any_store.write_now(lambda unit: [unit.put_grant(grant) for grant in grants])

    def count(client: str, moment: int) -> int:
        return any_store.read_now(lambda unit: unit.grants_since(client, moment))

    assert [count("1000.B", START - 1), count("1000.B", START), count("1000.A", START + 1)] == [2, 1, 0]


def test_a_grant_is_used_by_one_of_many(any_store: Database) -> None:
    any_store.write_now(lambda unit: unit.put_grant(GRANT))

    assert sum(at_once(any_store, lambda _, unit: unit.use_grant("code", "made"))) == 1


def test_refresh_tokens_of_a_user_come_back_oldest_first(any_store: Database) -> None:
    tokens = [replace(REFRESH, token_hash=name, created_at=at) for name, at in (("z", 1), ("a", 1), ("m", 0))]
    others = [replace(REFRESH, token_hash="u", user_id=MEMBER), replace(REFRESH, token_hash="c", client_id="1000.C")]
    any_store.write_now(lambda unit: [unit.put_refresh_token(token) for token in (*tokens, *others)])
    any_store.write_now(lambda unit: unit.revoke_refresh_token("a"))

    found = any_store.read_now(lambda unit: unit.refresh_tokens("1000.B", ADMIN))

    assert found == [tokens[0], tokens[2]]
    assert any_store.read_now(lambda unit: unit.refresh_token("a")) == replace(tokens[1], revoked=True)
    assert any_store.read_now(lambda unit: unit.refresh_token("nobody's")) is None
    assert any_store.read_now(lambda unit: unit.refresh_tokens("1000.C", ADMIN)) == [others[1]]


def test_a_refresh_token_takes_its_access_tokens_along(any_store: Database) -> None:
    other = replace(ACCESS, token_hash="other", refresh_hash="other")
    alone = replace(ACCESS, token_hash="alone", refresh_hash="")

    def work(unit: Unit) -> None:
        unit.put_refresh_token(REFRESH)
        for token in (ACCESS, other, alone):
            unit.put_access_token(token)
        unit.revoke_refresh_token("refresh")

    any_store.write_now(work)

    assert any_store.read_now(lambda unit: unit.access_token("access")) == replace(ACCESS, revoked=True)
    assert any_store.read_now(lambda unit: unit.access_token("other")) == other
    assert any_store.read_now(lambda unit: unit.access_token("alone")) == alone


def test_access_tokens_that_work_come_back_oldest_first(any_store: Database, clock: Clock) -> None:
    tokens = [replace(ACCESS, token_hash=f"{n}", expires_at=START + n) for n in (30, 10, 20, 40)]
    any_store.write_now(lambda unit: [unit.put_access_token(token) for token in tokens])
    any_store.write_now(lambda unit: unit.revoke_access_token("20"))

    def working() -> list[str]:
        return [token.token_hash for token in any_store.read_now(lambda unit: unit.access_tokens("1000.B", "refresh"))]

    assert working() == ["30", "10", "40"]
    clock.now = START + 10
    assert working() == ["30", "40"]
    assert any_store.read_now(lambda unit: unit.access_token("10")) == tokens[1]
    assert any_store.read_now(lambda unit: unit.access_token("nobody's")) is None


def test_a_client_goes_with_all_that_it_was_given(any_store: Database) -> None:
    def work(unit: Unit) -> None:
        for client_id in ("1000.B", "1000.A"):
            unit.put_client(replace(CLIENT, client_id=client_id))
            unit.put_grant(replace(GRANT, code_hash=f"code of {client_id}", client_id=client_id))
            unit.put_refresh_token(replace(REFRESH, token_hash=f"refresh of {client_id}", client_id=client_id))
            unit.put_access_token(replace(ACCESS, token_hash=f"access of {client_id}", client_id=client_id))
        unit.drop_client("1000.B")

    any_store.write_now(work)

    def left(client_id: str) -> list[bool]:
        return any_store.read_now(
            lambda unit: [
                unit.client(client_id) is not None,
                unit.grant(f"code of {client_id}") is not None,
                unit.refresh_token(f"refresh of {client_id}") is not None,
                unit.access_token(f"access of {client_id}") is not None,
            ]
        )

    assert left("1000.B") == [False] * 4
    assert left("1000.A") == [True] * 4


def test_accounts_are_written_by_units_that_write(any_store: Database) -> None:
    for attempt in (
        lambda unit: unit.put_client(CLIENT),
        lambda unit: unit.drop_client("1000.B"),
        lambda unit: unit.put_grant(GRANT),
        lambda unit: unit.use_grant("code", "made"),
        lambda unit: unit.put_refresh_token(REFRESH),
        lambda unit: unit.revoke_refresh_token("refresh"),
        lambda unit: unit.put_access_token(ACCESS),
        lambda unit: unit.revoke_access_token("access"),
    ):
        with pytest.raises(ReadOnlyError):
            any_store.read_now(attempt)
