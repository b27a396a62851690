"""Addresses, methods, versions, bodies and answers, whatever the operation."""

import json
import logging
import threading
from dataclasses import dataclass, replace
from threading import Event, current_thread
from typing import Any

import apsw
import pytest

from kaizen.model.values import Json, Unreadable
from kaizen.server.http import body
from kaizen.server.http.call import Absent, Answer, Call, Route
from kaizen.server.http.table import RouteTable
from kaizen.store.dialect import SQLITE
from kaizen.store.errors import (
    ConflictError,
    LockedError,
    NoRoomError,
    OutcomeUnknownError,
    ReadTooLongError,
    RefusedByStoreError,
    TooManyReadsError,
    UnavailableError,
)
from kaizen.store.unit_of_work import Unit
from tests.support.server import Crm, MakeCrm

UNREADABLE = {
    "code": "INVALID_DATA",
    "details": {"expected_data_type": "jsonobject"},
    "message": "body",
    "status": "error",
}
LEAD = {"data": [{"Last_Name": "Lovelace"}]}


def serve(crm: Crm, *routes: Route) -> None:
    """Let the server answer these operations instead of its own."""
    crm.server.app.crm = replace(crm.server.app.crm, table=RouteTable(routes))


def echo(unit: object, call: Call) -> Answer:
    """Answer what arrived."""
    said = call.body if isinstance(call.body, dict | list | str | int | float) else None
    return Answer(body={"body": said, "query": dict(call.query), "params": dict(call.params)})


ECHO = Route("POST", "echo", echo, ("ZohoCRM.org.READ",))


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    status: int
    code: str


ADDRESSES = [
    Case("GET", "/crm/v8/no/such/address/at/all", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v8/settings/nothing", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v8/", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v8", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v9/org", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v1/org", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/8/org", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v8/Leads/\0", 404, "INVALID_URL_PATTERN"),
    Case("PATCH", "/crm/v8/org", 400, "INVALID_REQUEST_METHOD"),
    Case("DELETE", "/crm/v8/org", 400, "INVALID_REQUEST_METHOD"),
    Case("HEAD", "/crm/v8/org", 400, "INVALID_REQUEST_METHOD"),
    Case("GET", "/crm/v8/Leads/upsert", 400, "INVALID_REQUEST_METHOD"),
    Case("GET", "/crm/v8/No_Such_Module", 400, "INVALID_MODULE"),
    Case("GET", "/crm/v8/leads", 400, "INVALID_MODULE"),
    Case("POST", "/crm/bulk/v8/read", 501, "NOT_IMPLEMENTED"),
    Case("PATCH", "/crm/v8/actions/watch", 501, "NOT_IMPLEMENTED"),
    Case("GET", "/kaizen/v1/nothing", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/kaizen/v2/clock", 404, "INVALID_URL_PATTERN"),
    Case("DELETE", "/kaizen/v1/clock", 400, "INVALID_REQUEST_METHOD"),
]


@pytest.mark.source("reference: platform B.1, G.2")
@pytest.mark.parametrize("case", ADDRESSES, ids=lambda case: f"{case.method} {case.path!r}")
def test_an_address_or_method_that_is_none(case: Case, crm: Crm) -> None:
    reply = crm.ask(case.method, case.path)

    assert reply.problem == (case.status, case.code)
    assert reply.headers["content-type"] == "application/json;charset=UTF-8"
    assert reply.json.keys() == {"code", "details", "message", "status"}


JOINED = [
    Case("GET", "/crm/v8/Leads%2F{lead}", 400, "INVALID_MODULE"),
    Case("GET", "/crm/v8/Leads/{lead}%2FNotes", 400, "INVALID_DATA"),
    Case("DELETE", "/crm/v8/Leads/{lead}%2FNotes%2F{note}", 400, "INVALID_DATA"),
    Case("DELETE", "/crm/v8/Leads/{lead}%2fNotes/{note}", 501, "NOT_IMPLEMENTED"),
    Case("POST", "/crm/v8/Leads%2Fupsert", 400, "INVALID_MODULE"),
    Case("GET", "/crm/v8/settings%2Ffields", 400, "INVALID_MODULE"),
    Case("GET", "/crm/v8/settings/modules%2FLeads", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm/v8%2Forg", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/crm%2Fv8/org", 404, "INVALID_URL_PATTERN"),
    Case("GET", "/kaizen/v1%2Fclock", 404, "INVALID_URL_PATTERN"),
    Case("POST", "/oauth%2Fv2/token", 404, "INVALID_URL_PATTERN"),
]


@pytest.mark.source("reference: RFC 3986, an encoded slash is data")
@pytest.mark.parametrize("case", JOINED, ids=lambda case: f"{case.method} {case.path}")
def test_an_encoded_slash_separates_nothing(case: Case, crm: Crm) -> None:
    lead = crm.post("Leads", LEAD).details()["id"]
    note = crm.post(f"Leads/{lead}/Notes", {"data": [{"Note_Content": "kept"}]}).details()["id"]

    reply = crm.ask(case.method, case.path.format(lead=lead, note=note))

    # An operation that writes rows refuses in the list of them.
    problem = reply.json["data"][0] if "data" in reply.json else reply.json
    assert (reply.status, problem["code"]) == (case.status, case.code)
    assert crm.get(f"Leads/{lead}/Notes/{note}").status == 200


@pytest.mark.source("assumed: what is known and not served says which operation it is")
def test_an_operation_that_is_not_served_says_so(crm: Crm) -> None:
    reply = crm.post("Leads/1/actions/merge", {"merge": []})

    assert reply.problem == (501, "NOT_IMPLEMENTED")
    assert reply.json["details"] == {"operation": "mergeRecords"}


@pytest.mark.source("reference: platform B.1")
def test_an_operation_of_later_versions_is_not_supported_in_earlier_ones(crm: Crm) -> None:
    serve(crm, Route("GET", "org", echo, ("ZohoCRM.org.READ",), since="v6"))

    assert crm.get("org", version="v6").status == 200
    assert crm.get("org", version="v8").status == 200
    assert crm.get("org", version="v5").problem == (400, "API_NOT_SUPPORTED")


BODIES = [
    pytest.param(b"", None, id="empty"),
    pytest.param(b"null", None, id="null"),
    pytest.param(b" \r\n\t ", None, id="blank"),
    pytest.param(b"  null ", None, id="null between blanks"),
    pytest.param(b"{}", {}, id="empty object"),
    pytest.param(b'{"a": 1, "a": 2}', {"a": 2}, id="a repeated key: the last counts"),
    pytest.param(b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}, id="a huge number"),
    pytest.param('{"a": "\u00e9\U0001f600"}'.encode(), {"a": "é😀"}, id="text beyond ASCII"),
    pytest.param(b'{"a": "\\\\u0000"}', {"a": "\\u0000"}, id="a backslash that looks like a NUL"),
    pytest.param(b"[1, 2]", [1, 2], id="a list"),
]


@pytest.mark.source("reference: platform B.2")
@pytest.mark.parametrize(("content", "body"), BODIES)
@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded", "text/plain"])
def test_a_body_is_json_whatever_its_type(content: bytes, body: object, kind: str | None, crm: Crm) -> None:
    serve(crm, ECHO)

    reply = crm.post("echo", content, headers={"content-type": kind} if kind else {})

    assert (reply.status, reply.json["body"]) == (200, body)


@pytest.mark.source("reference: platform B.2")
@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\xff}',
        b'{"a": "\\u000"}',
        b"1" * 5000,
        b'"\\u0000"',
        b'{"\\ud800": 1}',
        b"\xef\xbb\xbf{}",
        b"data=1&b=2",
        b"[" * 50_000,
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    ],
    ids=lambda content: f"{content[:20]!r} of {len(content)}",
)
def test_a_body_that_is_no_json_is_refused(content: bytes, crm: Crm) -> None:
    serve(crm, ECHO)

    reply = crm.post("echo", content)

    assert (reply.status, reply.json) == (400, UNREADABLE)


UNREADABLE_VALUES = [
    pytest.param(b'"\\ud83d"', "?", id="half a surrogate pair"),
    pytest.param(b'"x\\udc00y"', "x?y", id="the other half"),
    pytest.param(b'"a\\u0000b"', "a\ufffdb", id="a NUL"),
    pytest.param(b'"x\\\\\\u0000"', "x\\\ufffd", id="a NUL behind a backslash"),
    pytest.param(b'"x\xe9"', "x?", id="bytes that are no UTF-8"),
    pytest.param(b"1e999", "1e999", id="a number beyond a double"),
    pytest.param(b"-1e999", "-1e999", id="a negative number beyond a double"),
    pytest.param(b"1" * 5000, "1" * 5000, id="a number of too many digits"),
    pytest.param(b'{"\\ud800": 1}', "?", id="a key that is no text"),
]


@pytest.mark.source("reference: platform B.6")
@pytest.mark.parametrize(("value", "shown"), UNREADABLE_VALUES)
def test_a_value_that_cannot_be_kept_leaves_the_rest_of_the_body_as_it_is(value: bytes, shown: str, crm: Crm) -> None:
    seen: list[Any] = []

    def look(unit: object, call: Call) -> Answer:
        seen.append(call.body)
        return Answer(204)

    serve(crm, Route("POST", "look", look, ("ZohoCRM.org.READ",)))
    reply = crm.post("look", b'{"rows": [{"a": 1}, {"a": [' + value + b'], "b": "\\\\u0000 \xc3\xa9"}]}')

    assert reply.status == 204
    ((before, after),) = (body["rows"] for body in seen)
    (bad,) = after.pop("a")
    assert (before, after) == ({"a": 1}, {"b": "\\u0000 é"})
    assert (type(bad), str(bad)) == (Unreadable, shown)


@pytest.mark.source("reference: platform B.6")
def test_a_refusal_can_repeat_what_could_not_be_read(crm: Crm) -> None:
    reply = crm.delete("Leads", {"ids": "\ufffd"})
    named = crm.put("Leads", b'{"data": [{"id": "1\\ud83d", "Last_Name": "x"}]}')

    assert reply.details()["id"] == "\ufffd"
    assert named.details()["id"] == "1?"


@pytest.mark.source("assumed: a body that is nested too deeply for a reader is as unreadable as a broken one")
def test_a_handler_that_runs_out_of_stack_refuses_the_body(crm: Crm) -> None:
    def depth(value: object) -> int:
        return 1 + depth(value)

    serve(crm, Route("POST", "echo", lambda unit, call: Answer(body=depth(call.body)), ("ZohoCRM.org.READ",)))

    reply = crm.post("echo", {"a": 1})

    assert (reply.status, reply.json) == (400, UNREADABLE)


@pytest.mark.source("reference: platform G.7")
def test_a_body_that_is_too_large_is_refused(make_crm: MakeCrm) -> None:
    crm = make_crm(body_limit=1000)
    serve(crm, ECHO)

    assert crm.post("echo", b'"' + b"x" * 998 + b'"').status == 200
    assert crm.post("echo", b'"' + b"x" * 999 + b'"').problem == (413, "BODY_SIZE_REACHED")


@pytest.mark.source("reference: platform G.7")
def test_a_body_without_a_length_is_counted_as_it_comes(make_crm: MakeCrm) -> None:
    crm = make_crm(body_limit=1000)
    serve(crm, ECHO)
    taken: list[int] = []

    class Pieces(list[dict[str, Any]]):
        def __iter__(self) -> Any:
            for number in range(1000):
                taken.append(number)
                yield {"type": "http.request", "body": b"x" * 300, "more_body": True}

    reply = crm.send(_scope(crm, "/crm/v8/echo", (b"transfer-encoding", b"chunked")), Pieces())

    assert reply.problem == (413, "BODY_SIZE_REACHED")
    assert len(taken) == 4


@pytest.mark.source("assumed: a body of more values than any request needs is too large, whatever its bytes")
@pytest.mark.parametrize("value", [b"{}", b"[]", b"[[]]", b'{"a":{}}'])
def test_a_body_of_too_many_values_is_refused_before_they_are_made(
    value: bytes, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(crm, ECHO)
    monkeypatch.setattr("kaizen.server.http.body.decode", lambda _: pytest.fail("it was decoded"))

    reply = crm.post("echo", b"[" + b",".join([value] * 310_000) + b"]")

    assert reply.problem == (413, "BODY_SIZE_REACHED")


@pytest.mark.source("assumed: other requests do not wait for the reading of a large body")
def test_a_large_body_is_decoded_beside_the_event_loop(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(crm, ECHO)
    decode, threads = body.decode, set()

    def noted(raw: bytes) -> Json | Absent:
        threads.add(threading.current_thread() is threading.main_thread())
        return decode(raw)

    monkeypatch.setattr("kaizen.server.http.body.decode", noted)

    small, large = (crm.post("echo", b'["' + b"x" * size + b'"]') for size in (1000, 300_000))

    assert (small.status, large.status) == (200, 200)
    assert large.json["body"] == ["x" * 300_000]
    assert threads == {True, False}


@pytest.mark.source("assumed: a network cuts a body where it likes")
def test_a_body_may_come_in_pieces(crm: Crm) -> None:
    serve(crm, ECHO)
    content = json.dumps({"data": list(range(100))}).encode()
    pieces = [content[i : i + 7] for i in range(0, len(content), 7)]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]

    reply = crm.send(
        _scope(crm, "/crm/v8/echo", (b"content-length", str(len(content)).encode())),
        [*messages, {"type": "http.request", "body": b"", "more_body": False}],
    )

    assert reply.json["body"] == {"data": list(range(100))}


@pytest.mark.source("reference: platform B.2")
@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("page=&per_page=", {}),
        ("a=1&a=2", {"a": "1"}),
        ("a=1%2C2%2C", {"a": "1,2,"}),
        ("a=b+c", {"a": "b c"}),
        ("a=%C3%A9", {"a": "é"}),
        ("a=2026-01-05T09:00:00%2B05:30", {"a": "2026-01-05T09:00:00+05:30"}),
        ("novalue&a=1", {"a": "1"}),
    ],
)
def test_the_query(query: str, seen: dict[str, str], crm: Crm) -> None:
    serve(crm, Route("GET", "echo", echo, ("ZohoCRM.org.READ",)))

    reply = crm.send({**_scope(crm, "/crm/v8/echo"), "method": "GET", "query_string": query.encode()}, [])

    assert reply.json["query"] == seen


@pytest.mark.source("reference: platform B.2")
@pytest.mark.parametrize("query", [b"a=%FF", b"a=%00", b"\xff=1", b"a=b&" * 2000])
def test_a_query_that_cannot_be_read(query: bytes, crm: Crm) -> None:
    serve(crm, Route("GET", "echo", echo, ("ZohoCRM.org.READ",)))

    reply = crm.send({**_scope(crm, "/crm/v8/echo"), "method": "GET", "query_string": query}, [])

    assert reply.problem == (400, "UNABLE_TO_PARSE_DATA_TYPE")


@pytest.mark.source("reference: platform B.3, B.5")
@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body_at_all(status: int, crm: Crm) -> None:
    serve(crm, Route("GET", "echo", lambda unit, call: Answer(status), ("ZohoCRM.org.READ",)))

    reply = crm.get("echo")

    assert (reply.status, reply.content) == (status, b"")
    assert "content-type" not in reply.headers


@pytest.mark.source("reference: platform G.2")
def test_a_defect_is_told_without_its_inside(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    def broken(unit: object, call: Call) -> Answer:
        raise RuntimeError("the combination is 1-2-3")

    serve(crm, Route("GET", "echo", broken, ("ZohoCRM.org.READ",)))

    with caplog.at_level(logging.ERROR, "kaizen.server"):
        reply = crm.get("echo")

    assert reply.status == 500
    assert reply.json == {
        "code": "INTERNAL_ERROR",
        "details": {},
        "message": "Internal Server Error",
        "status": "error",
    }
    assert "the combination is 1-2-3" in caplog.text


UNAVAILABLE = [
    UnavailableError("no route to 10.1.2.3"),
    NoRoomError("no room is left for /data/kaizen.db"),
    LockedError("another process holds /data/kaizen.db"),
    OutcomeUnknownError("10.1.2.3 went away"),
    ConflictError("others write kz_state all the time"),
]


@pytest.mark.source("assumed: what stands in the way of the database is said once, without a traceback")
@pytest.mark.parametrize("error", UNAVAILABLE, ids=lambda error: type(error).__name__)
def test_a_database_that_refuses(error: RefusedByStoreError, crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(unit: Unit, call: Call) -> Answer:
        raise error

    serve(crm, Route("GET", "echo", refuse, ("ZohoCRM.org.READ",)))

    with caplog.at_level(logging.ERROR, "kaizen.server"):
        reply = crm.get("echo")

    assert reply.status == 503
    assert reply.json == {
        "code": "SERVICE_UNAVAILABLE",
        "details": {},
        "message": error.public,
        "status": "error",
    }
    assert "10.1.2.3" not in error.public
    assert "/data" not in error.public
    (record,) = (each for each in caplog.records if each.name.startswith("kaizen"))
    assert (record.exc_info, vars(record)["reason"]) == (None, str(error))


@pytest.mark.source("assumed: who asks for too much at once is told the limit")
@pytest.mark.parametrize(
    ("error", "status", "code", "limit"),
    [(ReadTooLongError(2.5), 400, "REQUEST_TIMEOUT", 2.5), (TooManyReadsError(10), 429, "TOO_MANY_REQUESTS", 10)],
    ids=["too long", "too many"],
)
def test_a_read_beyond_the_limits(
    error: RefusedByStoreError, status: int, code: str, limit: float, crm: Crm, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(unit: Unit, call: Call) -> Answer:
        raise error

    serve(crm, Route("GET", "echo", refuse, ("ZohoCRM.org.READ",)))

    with caplog.at_level(logging.WARNING, "kaizen.server"):
        reply = crm.get("echo")

    assert reply.status == status
    assert reply.json == {"code": code, "details": {"limit": limit}, "message": error.public, "status": "error"}
    (record,) = (each for each in caplog.records if each.name.startswith("kaizen"))
    assert (record.levelname, record.message, record.exc_info) == ("WARNING", "request.stopped", None)


@pytest.mark.source("assumed: nobody needs the answer to a client that has gone")
def test_a_long_read_ends_with_its_client(crm_on: Crm) -> None:
    began, ended = Event(), Event()

    def long(unit: Unit, call: Call) -> Answer:
        if not current_thread().name.startswith("kaizen-long"):
            raise apsw.InterruptError if unit.session.dialect is SQLITE else ReadTooLongError(0.1)
        began.set()
        try:
            while True:
                unit.session.rows("SELECT COUNT(*) FROM m_leads")
        finally:
            ended.set()

    serve(crm_on, Route("GET", "echo", long, ("ZohoCRM.org.READ",)))
    messages = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
    scope = {**_scope(crm_on, "/crm/v8/echo"), "method": "GET"}

    with pytest.raises(IndexError):  # nothing was sent
        crm_on.send(scope, messages)

    # Unless it had not begun.
    assert not began.is_set() or ended.wait(60)


@pytest.mark.source("assumed: an answer that cannot be written is a defect too")
def test_an_answer_that_cannot_be_written(crm: Crm) -> None:
    answer = Answer(body=object())  # type: ignore[arg-type]  # the defect
    serve(crm, Route("GET", "echo", lambda unit, call: answer, ("ZohoCRM.org.READ",)))

    assert crm.get("echo").problem == (500, "INTERNAL_ERROR")


@pytest.mark.source("assumed: a refused request leaves nothing behind")
def test_what_a_refused_request_wrote_is_rolled_back(crm_on: Crm) -> None:
    def half(unit: Any, call: Call) -> Answer:
        (document, *_) = unit.documents("role")
        unit.drop_document("role", document.id)
        raise RuntimeError("half way")

    def roles(unit: Unit) -> int:
        return len(unit.documents("role"))

    before = crm_on.store.read_now(roles)
    serve(crm_on, Route("DELETE", "echo", half, ("ZohoCRM.org.READ",), writes=True))

    assert crm_on.delete("echo").status == 500
    assert crm_on.store.read_now(roles) == before > 0


@pytest.mark.source("assumed: a route that only reads must not write")
def test_a_reading_operation_cannot_write(crm_on: Crm) -> None:
    def sly(unit: Any, call: Call) -> Answer:
        (document, *_) = unit.documents("role")
        unit.drop_document("role", document.id)
        return Answer(204)

    serve(crm_on, Route("GET", "echo", sly, ("ZohoCRM.org.READ",)))

    assert crm_on.get("echo").status == 500
    assert crm_on.store.read_now(lambda unit: unit.documents("role"))


@pytest.mark.source("assumed: a client may go away at any time")
def test_a_client_that_goes_away_gets_no_answer_and_does_no_harm(crm: Crm) -> None:
    scope = _scope(crm, "/crm/v8/Leads", (b"content-length", b"100"))
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    with pytest.raises(IndexError):
        crm.send(scope, messages)
    assert crm.get("org").status == 200


@pytest.mark.source("assumed: whoever watches a server asks it without a token")
def test_what_answers_without_a_token(crm: Crm) -> None:
    assert crm.ask("GET", "/healthz", token="").json == {"status": "ok"}
    about = crm.ask("GET", "/kaizen/v1", token="").json
    assert (about["name"], about["clock"]) == ("Kaizen CRM", "virtual")


def _scope(crm: Crm, path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    authorization = (b"authorization", f"Zoho-oauthtoken {crm.access_token}".encode())
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [authorization, *headers],
    }
