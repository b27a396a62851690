"""The route table: which operation a path names in which version, and which are known and not served."""

from dataclasses import dataclass

import pytest

from kaizen.model.problem import RequestRefusedError
from kaizen.records.ports import UnitOfWork
from kaizen.server import ledger
from kaizen.server.http.call import Answer, Call, Route, Unserved
from kaizen.server.http.table import AmbiguousRouteError, RouteTable
from kaizen.server.http.versions import DIALECTS


def nothing(uow: UnitOfWork, call: Call) -> Answer:
    """Answer nothing."""
    return Answer(204)


def route(method: str, pattern: str) -> Route:
    """Make a route."""
    return Route(method, pattern, nothing, ("ZohoCRM.modules.ALL",))


SERVED = [
    route("GET", "{module}"),
    route("POST", "{module}"),
    route("GET", "{module}/{id}"),
    route("PUT", "{module}/{id}"),
    route("POST", "{module}/upsert"),
    route("GET", "{module}/search"),
    route("GET", "{module}/{id}/{related}"),
    route("POST", "{module}/{id}/actions/clone"),
    route("POST", "Leads/{id}/actions/convert"),
    route("GET", "settings/tags"),
    route("GET", "settings/tags/{id}"),
    route("GET", "users"),
]
TABLE = RouteTable([*SERVED, *ledger.unserved(SERVED)])


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    found: str  #: the pattern, or the code of the refusal
    params: tuple[tuple[str, str], ...] = ()


CASES = [
    Case("GET", "Leads", "{module}", (("module", "Leads"),)),
    Case("GET", "Leads/5", "{module}/{id}", (("module", "Leads"), ("id", "5"))),
    Case("PUT", "Leads/5", "{module}/{id}", (("module", "Leads"), ("id", "5"))),
    Case("POST", "Leads/upsert", "{module}/upsert", (("module", "Leads"),)),
    Case("GET", "Leads/upsert", "INVALID_REQUEST_METHOD"),
    Case("DELETE", "Leads/search", "INVALID_REQUEST_METHOD"),
    Case("POST", "Leads/5/actions/convert", "Leads/{id}/actions/convert", (("id", "5"),)),
    Case("POST", "Leads/5/actions/clone", "{module}/{id}/actions/clone", (("module", "Leads"), ("id", "5"))),
    Case("GET", "settings/tags/7", "settings/tags/{id}", (("id", "7"),)),
    Case("GET", "settings", "INVALID_URL_PATTERN"),
    Case("GET", "settings/no_such_thing", "INVALID_URL_PATTERN"),
    Case("GET", "settings/tags/7/8/9", "INVALID_URL_PATTERN"),
    Case("GET", "users", "users"),
    Case("PATCH", "users", "INVALID_REQUEST_METHOD"),
    Case("GET", "", "INVALID_URL_PATTERN"),
    Case("GET", "Leads//", "INVALID_URL_PATTERN"),
    Case("GET", "Leads/5/a/b/c/d", "INVALID_URL_PATTERN"),
    Case("BREW", "Leads", "INVALID_REQUEST_METHOD"),
]


@pytest.mark.source("reference: platform B.1")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.path}")
def test_what_a_path_names(case: Case) -> None:
    try:
        match = TABLE.find(case.method, case.path)
    except RequestRefusedError as refused:
        assert refused.problem.code.value == case.found
    else:
        assert (match.entry.pattern, tuple(match.params.items())) == (case.found, case.params)
        assert isinstance(match.entry, Route)


@pytest.mark.source("reference: platform H")
@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "Leads/5/actions/merge", "mergeRecords"),
        ("GET", "settings/territories", "getAllTerritories"),
        ("POST", "bulk/read", "createBulkReadJob"),
        ("PATCH", "actions/watch", "updateNotificationInfo"),
    ],
)
def test_what_is_known_and_not_served_keeps_its_name(method: str, path: str, operation: str) -> None:
    entry = TABLE.find(method, path).entry

    assert isinstance(entry, Unserved)
    assert entry.operation == operation


@pytest.mark.source("reference: platform H")
def test_the_description_has_405_operations_and_31_more() -> None:
    operations = ledger.operations()

    assert len(operations) == 436
    assert {o.since for o in operations} <= DIALECTS.keys()


@pytest.mark.source("reference: platform H")
def test_operations_of_one_module_are_served_by_the_route_of_every_module() -> None:
    standing = {s.operation.operation: s.route for s in ledger.ledger_rows(SERVED)}

    assert standing["getRecords"] == "{module}"
    assert standing["getNotesModule"] == "{module}"
    assert standing["getNoteById"] == "{module}/{id}"
    # The server knows this module and keeps no records of it.
    assert standing["getAppointmentsS"] is None
    # A literal after the module is a different thing, whatever stands in its place elsewhere.
    assert standing["getContactRolesV2"] is None
    assert standing["getPhoto"] is None
    assert standing["deleteRecords"] is None
    assert standing["token"] is None


@pytest.mark.source("reference: platform A.5")
def test_the_ledger_counts_what_the_accounts_server_serves() -> None:
    standing = {s.operation.operation: s.route for s in ledger.ledger_rows(SERVED, [("POST", "/oauth/v2/token")])}

    assert standing["token"] == "/oauth/v2/token"
    assert standing["revoke"] is None


@pytest.mark.source("assumed: two routes for one address are a defect of the server")
def test_two_routes_for_one_address_are_refused() -> None:
    with pytest.raises(AmbiguousRouteError):
        RouteTable([route("GET", "{module}/{id}"), route("GET", "{module}/{record}")])


@pytest.mark.source("reference: platform B.9")
@pytest.mark.parametrize(
    ("version", "tokens", "fields", "partial"),
    [("v2", False, False, 202), ("v2.1", False, False, 207), ("v3", True, True, 207), ("v8", True, True, 207)],
)
def test_what_versions_differ_in(version: str, tokens: bool, fields: bool, partial: int) -> None:
    dialect = DIALECTS[version]

    assert (dialect.page_tokens, dialect.fields_required, dialect.partial_status) == (tokens, fields, partial)
