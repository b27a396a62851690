"""Two who look up and write at the same moment on PostgreSQL leave what one after the other would."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from secrets import token_hex
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from kaizen.accounts.clients import create_self_client
from kaizen.accounts.limits import Limits
from kaizen.accounts.tokens import THROTTLED, TokenService
from kaizen.model.claim import Claim
from kaizen.model.document import Document, new_document
from kaizen.model.people import Actor
from kaizen.model.values import Id, Json, Value
from kaizen.records.draft import Draft, Options
from kaizen.records.hierarchy import refuse_cycles
from kaizen.records.pipeline import Pipeline
from kaizen.store import Database, StoreError
from kaizen.store.postgres import store as postgres
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.codes import Code
from tests.store.racing import race, two_stores
from tests.store.working import added, change, changed, fetch, fetched, is_equal, query, selected
from tests.support.stores import ADMIN, ORGANISATION, START, field, small_catalog

__all__ = ["two_stores"]

pytestmark = [
    pytest.mark.source("assumed: the contract of records.ports"),
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

DEALS = small_catalog().by_name["Deals"]


def test_who_loses_a_race_for_a_unique_value_hears_of_a_duplicate(two_stores: tuple[Database, Database]) -> None:
    def insert(unit: Unit) -> tuple[Id, Code | None]:
        rows: list[Any] = [{"Deal_Name": "A", "Reference": "One of a kind"}]
        (outcome,) = Pipeline().insert(unit, Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"], rows, Options())
        return outcome.record_id, outcome.problem.code if outcome.problem else None

    answers = race(two_stores, insert)

    (won, attempts), (lost, more_attempts) = sorted(answers, key=lambda answer: answer[1])
    assert (won[1], attempts) == (None, 1)
    assert lost[1] is Code.DUPLICATE_DATA
    assert more_attempts > 1
    assert [row["id"] for row in selected(two_stores[0], query("Deals", "id"))] == [won[0]]


def upsert(rows: Sequence[Mapping[str, Json]]) -> Callable[[Unit], list[tuple[Id, bool, Code | None]]]:
    """Make the work that upserts deals: which record each row became, whether it is new, or why it was refused."""

    def work(unit: Unit) -> list[tuple[Id, bool, Code | None]]:
        actor, deals = Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"]
        outcomes = Pipeline().upsert(unit, actor, deals, [dict(row) for row in rows], Options())
        return [(o.record_id, o.created, o.problem.code if o.problem else None) for o in outcomes]

    return work


def test_two_upserts_of_one_value_at_once_make_one_record(two_stores: tuple[Database, Database]) -> None:
    answers = race(two_stores, upsert([{"Deal_Name": "One of a kind"}]))

    (one, *first), (other, *second) = (outcomes[0] for outcomes, _ in answers)
    assert one == other
    assert sorted((first, second)) == [[False, None], [True, None]]
    assert [row["id"] for row in selected(two_stores[0], query("Deals", "id"))] == [one]


def _in_two_orders(count: int) -> st.SearchStrategy[tuple[list[int], list[int]]]:
    return st.tuples(st.permutations(range(count)), st.permutations(range(count)))


@pytest.fixture
def no_deadlocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a deadlock be the caller's instead of a reason to try again."""
    monkeypatch.setattr(postgres, "LOST", tuple(e for e in postgres.LOST if e is not errors.DeadlockDetected))


_numbers = count()
_a_few = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("rows", [100, 300], ids=["one lock a value", "one lock for all"])
@pytest.mark.usefixtures("no_deadlocks")
@given(data=st.data())
@_a_few
def test_upserts_of_many_values_in_different_order_wait_and_never_in_a_circle(
    rows: int, data: st.DataObject, two_stores: tuple[Database, Database]
) -> None:
    unit_of = next(_numbers)
    orders = data.draw(_in_two_orders(rows))
    works = [upsert([{"Deal_Name": f"{unit_of} {n}"} for n in order]) for order in orders]

    answers = race(two_stores, *works)

    made = [{outcome[0] for outcome in outcomes if outcome[1]} for outcomes, _ in answers]
    assert sorted(map(len, made)) == [0, rows]
    assert [attempts for _, attempts in answers] == [2, 2]  # neither lost: both asked for their claims, and waited
    where = is_equal("Deal_Name", f"{unit_of} 0")
    assert len(selected(two_stores[0], query("Deals", "id", where=where))) == 1


@pytest.mark.usefixtures("no_deadlocks")
@given(orders=_in_two_orders(100))
@_a_few
def test_inserts_of_unique_values_in_different_order_never_wait_in_a_circle(
    orders: tuple[list[int], list[int]], two_stores: tuple[Database, Database]
) -> None:
    unit_of = next(_numbers)

    def insert(order: Sequence[int]) -> Callable[[Unit], list[Code | None]]:
        def work(unit: Unit) -> list[Code | None]:
            actor, deals = Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"]
            rows: list[Json] = [{"Deal_Name": "A", "Reference": f"{unit_of} {n}"} for n in order]
            outcomes = Pipeline().insert(unit, actor, deals, rows, Options())
            return [o.problem.code if o.problem else None for o in outcomes]

        return work

    answers = race(two_stores, *map(insert, orders))

    (won, _), (lost, attempts) = sorted(answers, key=lambda answer: answer[1])
    assert set(won) == {None}
    assert (set(lost), attempts) == ({Code.DUPLICATE_DATA}, 2)


@pytest.mark.usefixtures("no_deadlocks")
@given(orders=_in_two_orders(100))
@_a_few
def test_updates_of_records_in_different_order_never_wait_in_a_circle(
    orders: tuple[list[int], list[int]], two_stores: tuple[Database, Database]
) -> None:
    deals = added(two_stores[0], "Deals", *({} for _ in range(100)))

    def update(order: Sequence[int]) -> Callable[[Unit], None]:
        def work(unit: Unit) -> None:
            for number in order:
                what: Value = number
                # In several statements, because the fields differ.
                change(unit, "Deals", deals[number], {"Quantity": what} if number % 3 else {"Deal_Name": "Third"})

        return work

    answers = race(two_stores, *map(update, orders))

    assert max(attempts for _, attempts in answers) <= 2


def test_nothing_refers_to_what_was_deleted_meanwhile(two_stores: tuple[Database, Database]) -> None:
    (account,) = added(two_stores[0], "Accounts", {"Account_Name": "A"})

    def refer(unit: Unit) -> Code | None:
        rows: list[Json] = [{"Deal_Name": "D", "Account_Name": {"id": str(account)}}]
        (outcome,) = Pipeline().insert(unit, Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"], rows, Options())
        return outcome.problem.code if outcome.problem else None

    def delete(unit: Unit) -> Code | None:
        accounts = unit.catalog.by_name["Accounts"]
        (outcome,) = Pipeline().delete(unit, Actor(unit.users[ADMIN]), accounts, [account], Options())
        return outcome.problem.code if outcome.problem else None

    (referred, _), (deleted, _) = race(two_stores, refer, delete)

    assert deleted is None
    assert referred in (None, Code.INVALID_DATA)
    links = [row["Account_Name"] for row in selected(two_stores[0], query("Deals", "Account_Name"))]
    assert links == ([None] if referred is None else [])


def test_two_that_move_at_once_do_not_hang_below_each_other(two_stores: tuple[Database, Database]) -> None:
    ids = added(two_stores[0], "Accounts", {"Account_Name": "A"}, {"Account_Name": "B"})

    def move(record: Id, below: Id) -> Callable[[Unit], bool]:
        def work(unit: Unit) -> bool:
            accounts = unit.catalog.by_name["Accounts"]
            draft = Draft(0, {}, {"Parent_Account": below}, record_id=record, before={})
            refuse_cycles(unit, accounts, accounts.by_name["Parent_Account"], [draft])
            if not draft.problems:
                change(unit, "Accounts", record, draft.values)
            return bool(draft.problems)

        return work

    answers = race(two_stores, move(*ids), move(*reversed(ids)))

    assert sorted(refused for refused, _ in answers) == [False, True]


def test_settings_of_one_name_are_made_once(two_stores: tuple[Database, Database]) -> None:
    def make(unit: Unit) -> Document:
        found = unit.documents_named("role", "", "Manager")
        made = new_document("role", unit.new_id(), {}, name="Manager", by=ADMIN, at=START)
        if not found:
            unit.put_document(made)
        return found[0] if found else made

    answers = race(two_stores, make)

    assert len({document.id for document, _ in answers}) == 1


def test_a_tag_of_one_name_is_made_once(two_stores: tuple[Database, Database]) -> None:
    def tag(unit: Unit) -> Code | None:
        rows: list[Json] = [{"Deal_Name": "D", "Tag": [{"name": "urgent"}]}]
        (outcome,) = Pipeline().insert(unit, Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"], rows, Options())
        return outcome.problem.code if outcome.problem else None

    answers = race(two_stores, tag)

    assert [code for code, _ in answers] == [None, None]
    (made,) = two_stores[0].read_now(lambda unit: unit.documents("tag"))
    tags = [row["Tag"] for row in selected(two_stores[1], query("Deals", "Tag"))]
    assert tags == [(made.id,), (made.id,)]


def test_a_window_lets_no_more_tokens_through_when_two_ask_at_once(two_stores: tuple[Database, Database]) -> None:
    tokens = TokenService(Limits(access_tokens_per_window=1), token_hex)
    client = two_stores[0].write_now(lambda unit: create_self_client(unit, ADMIN, token_hex))
    given = {
        "grant_type": "client_credentials",
        "client_id": client.client.client_id,
        "client_secret": client.secret,
        "scope": "ZohoCRM.modules.ALL",
        "soid": f"ZohoCRM.{ORGANISATION.zgid}",
    }

    answers = race(two_stores, lambda unit: tokens.token(unit, given, "http://x").status)

    assert sorted(status for status, _ in answers) == [200, THROTTLED]


def test_who_loses_a_race_for_a_record_sees_what_the_other_did(two_stores: tuple[Database, Database]) -> None:
    (deal,) = added(two_stores[0], "Deals", {"Quantity": 1})

    def double(unit: Unit) -> Value:
        before: Any = fetch(unit, "Deals", deal)[deal]["Quantity"]
        change(unit, "Deals", deal, {"Quantity": before * 2})
        return before

    answers = race(two_stores, double)

    assert sorted(before for before, _ in answers) == [1, 2]
    assert fetched(two_stores[1], "Deals", deal) == {deal: {"Quantity": 4}}


def test_who_loses_a_race_for_a_column_hears_that_it_is_there(two_stores: tuple[Database, Database]) -> None:
    answers = race(two_stores, lambda unit: unit.add_field(DEALS, field(1099, "Extra")))

    assert {type(outcome) for outcome, _ in answers} == {StoreError, type(None)}
    changed(two_stores[0], "Deals", added(two_stores[1], "Deals", {})[0], {"Extra": "there"})
    assert [row["Extra"] for row in selected(two_stores[1], query("Deals", "Extra"))] == ["there"]


def test_a_unit_that_asks_for_other_claims_each_time_is_given_up(two_stores: tuple[Database, Database]) -> None:
    with pytest.raises(StoreError, match="other claims each time"):
        two_stores[0].write_now(lambda unit: unit.claim([Claim("x", next(_numbers))]))
