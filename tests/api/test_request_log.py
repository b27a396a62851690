"""The line that each request leaves, and its number."""

import io
import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from kaizen.server import logs
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.table import RouteTable
from tests.support.server import Crm, MakeCrm


class Lines:
    """What was logged, as JSON."""

    def __init__(self) -> None:
        self._file = io.BytesIO()
        self.log = logs.direct("json", self._file)

    def taken(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self._file.getvalue().splitlines()]
        self._file.seek(0)
        self._file.truncate()
        return lines


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def told(make_crm: MakeCrm, lines: Lines) -> Crm:
    return make_crm(request_log=lines.log)


@pytest.mark.source("assumed: an operator sees who did what, and how long it took")
def test_a_request_leaves_a_line(told: Crm, lines: Lines) -> None:
    reply = told.get("Leads/search", {"word": "Private", "page": 1})

    (line,) = lines.taken()
    assert line["ms"] >= 0
    assert {
        name: line[name] for name in ("event", "method", "path", "route", "status", "client", "query", "bytes")
    } == {
        "event": "request",
        "method": "GET",
        "path": "/crm/v8/Leads/search",
        "route": "/crm/{version}/{module}/search",
        "status": reply.status,
        "client": "127.0.0.1",
        "query": "word,page",
        "bytes": len(reply.content),
    }
    assert (line["user_id"], line["request_id"]) == (told.user.id, reply.headers["x-request-id"])


@pytest.mark.source("assumed: no value and no secret reaches a log")
def test_a_line_has_no_value(told: Crm, lines: Lines) -> None:
    body = {"data": [{"Last_Name": "Private"}]}
    told.post("Leads", body, {"criteria": "Private"})
    told.get("Leads", {"cvid": "Private"})
    told.ask("GET", f"/crm/v8/{told.access_token}", token="")
    told.ask("POST", "/oauth/v2/token", {"client_secret": "Private"}, {"client_secret": "Private"}, token="")

    found = json.dumps(lines.taken())
    assert found.count('"event"') == 4
    assert "Private" not in found
    assert told.access_token not in found


@pytest.mark.source("assumed: lines are as few as operations, however many addresses are tried")
@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/crm/v8/settings/nothing", ""),
        ("/crm/v99/Leads", ""),
        ("/nowhere", ""),
        ("/healthz", "/healthz"),
        ("/kaizen/v1/clock", "/kaizen/v1/clock"),
        ("/crm/v2/Leads/5", "/crm/{version}/{module}/{id}"),
    ],
)
def test_the_route_is_the_operation(told: Crm, lines: Lines, path: str, route: str) -> None:
    told.ask("GET", path)

    assert [line["route"] for line in lines.taken()] == [route]


@pytest.mark.source("assumed: a client or proxy may number its requests")
@pytest.mark.parametrize(("given", "kept"), [("7d44-abc.D_1", True), ("short", False), ("a b c d e f g", False)])
def test_a_number_that_was_given_is_kept(crm: Crm, given: str, kept: bool) -> None:
    first, second = (crm.ask("GET", "/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] for _ in "12")

    assert (first == given, first == second) == (kept, kept)


@pytest.mark.source("assumed: whatever is logged of a request can be found by its number")
def test_other_lines_have_the_number(told: Crm) -> None:
    def broken(_: Any, __: Call) -> Answer:
        raise LookupError("odd")

    route = Route("GET", "echo", broken, ("ZohoCRM.org.READ",))
    told.server.app.crm = replace(told.server.app.crm, table=RouteTable([route]))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.formatter("json"))
    logging.getLogger("kaizen.server").addHandler(handler)
    try:
        reply = told.get("echo")
    finally:
        logging.getLogger("kaizen.server").removeHandler(handler)

    assert reply.status == 500
    (line,) = map(json.loads, written.getvalue().splitlines())
    assert (line["event"], line["request_id"]) == ("request.failed", reply.headers["x-request-id"])
    assert "LookupError: odd" in line["exception"]


@pytest.mark.source("assumed: a client may go away at any time")
def test_a_client_that_went_away_is_told_by_the_status(told: Crm, lines: Lines) -> None:
    scope = {"type": "http", "method": "POST", "path": "/crm/v8/Leads", "query_string": b"", "client": None}
    headers = [(b"authorization", f"Bearer {told.access_token}".encode()), (b"content-length", b"9")]
    with pytest.raises(IndexError):
        told.send({**scope, "headers": headers}, [{"type": "http.request", "body": b"{", "more_body": True}])

    assert [(line["status"], line["client"]) for line in lines.taken()] == [(499, "")]
