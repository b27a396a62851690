"""How the client behaves: what it repeats, what it keeps apart, what it never does."""

import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from kaizen import Client, Config, errors
from kaizen.sdk.stores import MemoryStore
from kaizen.sdk.tokens import Token
from tests.sdk.conftest import CLIENT, World
from tests.support.scripted_server import HangUp, Never, Reply, ScriptedServer, scripted_server

LEAD = Reply(200, {"data": [{"id": "1", "Last_Name": "Lovelace"}]})
KEPT = Reply(
    201, {"data": [{"code": "SUCCESS", "details": {"id": "7"}, "message": "record added", "status": "success"}]}
)
BUSY = Reply(429, {"code": "TOO_MANY_REQUESTS", "message": "slow down", "status": "error"}, {"Retry-After": "3"})
BROKEN = Reply(500, {"code": "INTERNAL_ERROR", "message": "Internal Server Error", "status": "error"})


def kept(count: int) -> Reply:
    return Reply(
        201, {"data": [{"code": "SUCCESS", "details": {"id": str(n)}, "status": "success"} for n in range(count)]}
    )


@pytest.mark.source("reference: SDK 5.5: no hidden calls")
def test_making_a_client_does_nothing(server: ScriptedServer) -> None:
    before = threading.active_count()

    client = Client(**CLIENT, api_base_url=server.url, token_persistence_path="/nonexistent/folder")
    view = client.as_user("bob@example.com").leads

    assert (server.calls, server.connections) == ([], 0)
    assert threading.active_count() == before
    assert "Leads" in repr(view)
    client.close()


@pytest.mark.source("reference: SDK 5.5: no hidden calls, one connection")
def test_a_hundred_calls_are_a_hundred_requests_on_one_connection(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/1", LEAD)

    for _ in range(100):
        crm.leads.get(1)

    assert (len(server.calls), server.connections) == (100, 1)


@pytest.mark.source("reference: SDK 5.3, retry table")
def test_a_read_whose_answer_is_lost_is_repeated(server: ScriptedServer, crm: Client, world: World) -> None:
    server.on("GET", "/crm/v8/Leads/1", HangUp(), BROKEN, BUSY, LEAD)

    assert crm.leads.get(1)["Last_Name"] == "Lovelace"
    assert world.naps == [0.25, 0.5, 3.0]


@pytest.mark.source("reference: SDK 5.3, retry table: POST create")
@pytest.mark.parametrize(
    ("script", "cause"),
    [(HangUp(), errors.TransportError), (BROKEN, errors.ServerError)],
    ids=["no answer", "a failure"],
)
def test_a_create_without_a_clear_answer_is_never_repeated(
    script: HangUp | Reply, cause: type[errors.KaizenError], server: ScriptedServer, crm: Client
) -> None:
    server.on("POST", "/crm/v8/Leads", script)

    with pytest.raises(errors.AmbiguousResult, match="may or may not have been done") as caught:
        crm.leads.create({"Last_Name": "Lovelace"})

    assert isinstance(caught.value.__cause__, cause)
    assert len(server.calls) == 1


@pytest.mark.source("reference: SDK 5.3, retry table: upsert with match")
def test_an_upsert_by_given_fields_is_repeated_and_another_is_not(server: ScriptedServer, crm: Client) -> None:
    server.on("POST", "/crm/v8/Leads/upsert", HangUp(), KEPT)
    assert crm.leads.upsert({"Email": "a@b.c"}, match="Email").ids == ["7"]

    server.on("POST", "/crm/v8/Leads/upsert", HangUp(), KEPT)
    with pytest.raises(errors.AmbiguousResult):
        crm.leads.upsert({"Email": "a@b.c"})


@pytest.mark.source("reference: SDK 5.3, retry table: 429 always, even POST")
def test_a_create_that_was_put_off_is_repeated(server: ScriptedServer, crm: Client, world: World) -> None:
    server.on("POST", "/crm/v8/Leads", BUSY, KEPT)

    assert crm.leads.create({"Last_Name": "Lovelace"}).id == "7"
    assert world.naps == [3.0]


@pytest.mark.source("reference: SDK 5.3, retry table: total time bounded")
def test_patience_ends(server: ScriptedServer, crm: Client, world: World) -> None:
    server.on("GET", "/crm/v8/Leads/1", BUSY)
    started = world.now

    with pytest.raises(errors.RateLimited) as caught:
        crm.with_options(retries=1000, timeout_total=10).leads.get(1)

    assert caught.value.retry_after == 3.0
    assert len(server.calls) == 4
    assert world.now - started == 9.0


@pytest.mark.source("reference: SDK 5.3, retry table: 4xx never")
def test_a_refusal_is_not_repeated(server: ScriptedServer, crm: Client, world: World) -> None:
    server.on("GET", "/crm/v8/Leads/1", Reply(400, {"code": "INVALID_MODULE", "message": "no", "status": "error"}))

    with pytest.raises(errors.BadRequest):
        crm.leads.get(1)
    assert (len(server.calls), world.naps) == (1, [])


@pytest.mark.source("reference: SDK 5.3, retry table: connect errors, all methods")
def test_a_server_that_is_not_there(config: Config, world: World) -> None:
    with scripted_server() as gone:
        address = gone.url
    with (
        Client(config.with_options(api_base_url=address, accounts_url=config.accounts_origin)) as crm,
        pytest.raises(errors.TransportError, match="no answer"),
    ):
        crm.leads.create({"Last_Name": "Lovelace"})
    assert len(world.naps) == 4


@pytest.mark.source("reference: SDK 3.2: POST ignored the timeouts")
def test_an_answer_that_never_comes(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/1", Never())
    server.on("POST", "/crm/v8/Leads", Never())
    hasty = crm.with_options(timeout=0.05, retries=0)

    with pytest.raises(errors.Timeout):
        hasty.leads.get(1)
    with pytest.raises(errors.AmbiguousResult) as caught:
        hasty.leads.create({"Last_Name": "Lovelace"})
    assert isinstance(caught.value.__cause__, errors.Timeout)


@pytest.mark.source("reference: platform C.6: 204 for an unknown record")
def test_a_missing_record_is_an_exception(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Deals/42", Reply(204))

    with pytest.raises(errors.NotFound) as caught:
        crm.deals.get(42)

    error = caught.value
    assert (error.code, error.status, error.method) == ("NOT_FOUND", 204, "GET")
    assert error.url == f"{server.url}/crm/v8/Deals/42"


@pytest.mark.source("assumed: addresses of people do not belong into messages")
def test_an_exception_does_not_repeat_what_was_searched(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/search", Reply(400, {"code": "INVALID_QUERY", "message": "no"}))

    with pytest.raises(errors.BadRequest) as caught:
        list(crm.leads.search(email="secret@example.com"))
    assert "secret" not in str(caught.value)


@pytest.mark.source("reference: SDK 5.3: an empty id would list everything")
def test_an_empty_id_is_not_sent(server: ScriptedServer, crm: Client) -> None:
    for act in (crm.leads.get, crm.leads.delete):
        with pytest.raises(ValueError, match="cannot be empty"):
            act("")
    assert server.calls == []


@pytest.mark.source("reference: platform D.2: a search looks for one thing")
def test_a_search_for_two_things_is_not_sent(server: ScriptedServer, crm: Client) -> None:
    with pytest.raises(ValueError, match="exactly one of criteria, email, phone and word"):
        list(crm.leads.search(email="a", word="b"))
    with pytest.raises(ValueError, match="it was given nothing"):
        list(crm.leads.search())
    assert server.calls == []


@pytest.mark.source("reference: SDK 5.3, records: only changed fields are sent")
def test_saving_sends_what_was_changed(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/1", LEAD)
    stamped = {"code": "SUCCESS", "details": {"id": "1", "Modified_Time": "2026-01-02T00:00:00+00:00"}}
    server.on("PUT", "/crm/v8/Leads/1", Reply(200, {"data": [stamped]}))
    lead = crm.leads.get(1)

    lead.save()
    lead["City"] = "Paris"
    lead.save(trigger=["workflow"])
    lead.save()

    [call] = server.seen("PUT", "/crm/v8/Leads/1")
    assert call.json == {"data": [{"City": "Paris"}], "trigger": ["workflow"]}
    assert lead.changes == {}
    assert (lead["City"], lead["Modified_Time"]) == ("Paris", "2026-01-02T00:00:00+00:00")


SLIPS: dict[str, tuple[Callable[[Any], object], str]] = {
    "a list for a record": (lambda leads: leads.create([{"Last_Name": "x"}]), "not list .* use create_many"),
    "nothing for a record": (lambda leads: leads.create(None), "expected a mapping of names to values, not None"),
    "a record for many": (
        lambda leads: leads.create_many({"Last_Name": "x"}),
        "expected a list or another iterable, not dict",
    ),
    "nothing for many": (lambda leads: leads.create_many(None), "expected a list or another iterable, not None"),
    "texts for many": (lambda leads: leads.create_many(["x"]), "expected a mapping of names to values, not str"),
    "a text for many": (lambda leads: leads.delete_many("123"), "expected a list or another iterable, not str '123'"),
    "a text to tag": (lambda leads: leads.add_tags("123", ["a"]), "expected a list or another iterable, not str '123'"),
    "nothing for an id": (lambda leads: leads.get(None), "expected an id .* not None"),
    "a list for an id": (lambda leads: leads.get([1]), r"expected an id .* not list \[1\]"),
    "a truth for an id": (lambda leads: leads.delete(True), "not bool True"),
    "a number for an id": (lambda leads: leads.update(1.5, {}), "expected an id .* not float 1.5"),
    "nothing for values": (
        lambda leads: leads.update(1, None),
        "expected a mapping of names to values, not None",
    ),
    "nothing to upsert": (lambda leads: leads.upsert(None), "expected a list or another iterable, not None"),
    "what is no JSON": (lambda leads: leads.create({"Last_Name": object()}), "cannot be written as JSON"),
}


@pytest.mark.source("assumed: what a person is told says what was given and what is wanted")
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_before_anything_is_sent(server: ScriptedServer, crm: Client, name: str) -> None:
    slip, said = SLIPS[name]

    with pytest.raises(errors.Misuse, match=said):
        slip(crm.leads)

    assert server.calls == []


@pytest.mark.source("reference: SDK 5.3, records: save, reload, delete")
def test_the_life_of_a_record(server: ScriptedServer, crm: Client) -> None:
    server.on("POST", "/crm/v8/Leads", KEPT)
    server.on("GET", "/crm/v8/Leads/7", Reply(200, {"data": [{"id": "7", "Last_Name": "King"}]}))
    server.on("DELETE", "/crm/v8/Leads/7", KEPT)

    lead = crm.leads.new({"Last_Name": "Lovelace"})
    with pytest.raises(errors.NotSaved, match="this record of Leads has no id"):
        _ = lead.id
    assert getattr(lead, "id", None) is None
    assert lead.save().id == "7"
    lead["Last_Name"] = "Byron"
    lead.reload()
    assert (lead["Last_Name"], lead.changes) == ("King", {})
    lead.delete()

    assert [call.method for call in server.calls] == ["POST", "GET", "DELETE"]


@pytest.mark.source("reference: SDK 5.3, records: a change that failed is not forgotten")
def test_a_change_that_was_refused_stays_a_change(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/1", LEAD)
    refusal = {"code": "ALREADY_MODIFIED", "details": {}, "message": "too late", "status": "error"}
    server.on("PUT", "/crm/v8/Leads/1", Reply(412, {"data": [refusal]}))
    lead = crm.leads.get(1)
    lead["City"] = "Paris"

    with pytest.raises(errors.AlreadyModified):
        lead.save()
    assert lead.changes == {"City": "Paris"}


@pytest.mark.source("reference: SDK 5.3, writes: any length, 100 a call, in order")
def test_many_rows_are_cut_into_calls(server: ScriptedServer, crm: Client) -> None:
    server.on("POST", "/crm/v8/Leads", kept(100), kept(100), kept(50))

    result = crm.leads.create_many({"Last_Name": str(n)} for n in range(250))

    assert [outcome.index for outcome in result] == list(range(250))
    assert [len(call.json["data"]) for call in server.calls] == [100, 100, 50]
    assert result[249].row == {"Last_Name": "249"}


@pytest.mark.source("reference: SDK 5.3: per-row outcome, never lost")
def test_a_write_cut_short_keeps_what_was_done(server: ScriptedServer, crm: Client) -> None:
    server.on("POST", "/crm/v8/Leads", kept(100), BROKEN)

    with pytest.raises(errors.AmbiguousResult) as caught:
        crm.leads.create_many({"Last_Name": str(n)} for n in range(250))

    assert caught.value.partial is not None
    assert len(caught.value.partial.succeeded) == 100
    assert len(server.calls) == 2
    assert len(pickle.loads(pickle.dumps(caught.value)).partial) == 100


@pytest.mark.source("reference: SDK 5.3, pagination: page to 2,000, then page_token")
def test_iterating_goes_over_to_tokens(server: ScriptedServer, crm: Client) -> None:
    def page(call: Any) -> Reply:
        number = int(call.query.get("page", 0)) or int(call.query["page_token"])
        rows = [{"id": str(number * 1000 + n)} for n in range(200)]
        more = number < 12
        return Reply(200, {"data": rows, "info": {"more_records": more, "next_page_token": str(number + 1)}})

    server.on("GET", "/crm/v8/Leads", page)

    ids = [lead.id for lead in crm.leads.iter(fields=["id"])]

    assert len(set(ids)) == 2400
    assert [call.query.get("page") for call in server.calls] == [*map(str, range(1, 11)), None, None]


@pytest.mark.source("assumed: a page is fetched when it is needed")
def test_iterating_asks_for_no_page_too_many(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads", Reply(200, {"data": [{"id": "1"}], "info": {"more_records": True}}))

    next(iter(crm.leads.iter(fields=["id"])))

    assert len(server.calls) == 1


@pytest.mark.source("reference: platform D.2")
def test_a_search_that_is_cut_at_its_reach_raises(server: ScriptedServer, crm: Client) -> None:
    last = Reply(200, {"data": [{"id": "1"}], "info": {"more_records": True}})
    beyond = Reply(400, {"code": "LIMIT_REACHED", "details": {"limit": "2000"}, "message": "reached"})
    server.on("GET", "/crm/v8/Leads/search", last, beyond)
    found = crm.leads.search(word="it")

    assert next(found).id == "1"
    told = r"LIMIT_REACHED: the search finds more than the 2000 records in Leads .* with coql\(\.\.\.\) or iter"
    with pytest.raises(errors.LimitExceeded, match=told):
        next(found)


@pytest.mark.source("reference: SDK 5.3, users: a cheap immutable view, safe in any thread")
def test_views_share_connections_and_nothing_else(server: ScriptedServer, config: Config) -> None:
    store = config.store
    assert isinstance(store, MemoryStore)
    key = replace(config.token_key(), user="bob@example.com")
    store.save(Token(key, access_token="1000.bob", refresh_token="1000.r", expires_at=9_999_999_999.0))
    server.on("GET", "/crm/v8/Leads/1", replace(LEAD, headers={"Set-Cookie": "JSESSIONID=ada; Path=/"}))

    with Client(config) as ada:
        with ada.as_user("bob@example.com") as bob:
            ada.leads.get(1)
            bob.leads.get(1)
        ada.with_options(api_version="v8", timeout=5).leads.get(1)

    assert [call.token for call in server.calls] == ["1000.first", "1000.bob", "1000.first"]
    assert all("cookie" not in call.headers for call in server.calls)
    assert server.connections == 1


@pytest.mark.source("reference: SDK 5.1, construction")
def test_a_view_cannot_have_another_identity(crm: Client) -> None:
    with pytest.raises(errors.ConfigError, match="client_id cannot be changed"):
        crm.with_options(client_id="x")
    with pytest.raises(errors.ConfigError, match="nothing cannot be changed"):
        crm.with_options(nothing=3)


@pytest.mark.source("assumed: a closed client says that it is closed")
def test_a_closed_client_says_so(config: Config) -> None:
    crm = Client(config)
    crm.close()
    crm.close()

    with pytest.raises(errors.ClientClosed):
        crm.leads.get(1)


@pytest.mark.source("reference: SDK 5.3, transport: any httpx2 transport")
def test_any_transport_will_do(config: Config) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"data": [{"id": "1", "Last_Name": request.method}]})

    with Client(config.with_options(transport=httpx2.MockTransport(answer))) as crm:
        assert crm.leads.get(1)["Last_Name"] == "GET"
    with (
        Client(config.with_options(transport=httpx2.AsyncHTTPTransport())) as crm,
        pytest.raises(errors.ConfigError, match="AsyncHTTPTransport, not BaseTransport"),
    ):
        crm.leads.get(1)


@pytest.mark.source("reference: SDK 2, pain 2: truncated JSON gave None")
def test_a_truncated_answer_is_an_exception(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/1", Reply(200, b'{"data": [{"id": "1", "Last_'))

    with pytest.raises(errors.UnexpectedAnswer, match="is not JSON"):
        crm.leads.get(1)


@pytest.mark.source("reference: SDK 5.3: sleeping and time come from one place")
def test_the_real_surroundings_are_the_default() -> None:
    assert Config(client_id="a", client_secret="b").surroundings.clock is time.time
