"""Every operation asks for its scope."""

from typing import Any

import pytest

from kaizen.server import ledger
from kaizen.server.http.call import AsyncRoute, Route, Unserved
from kaizen.server.routes import control_routes, crm_routes
from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.server import Crm, Reply

ROUTES = crm_routes()

#: What a token may allow on one group of operations.
RIGHTS = ("READ", "CREATE", "UPDATE", "DELETE")
MISMATCH = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}


def _mismatch(route: Route | AsyncRoute) -> dict[str, Any]:
    """Say how a family refuses a token without its scopes."""
    message = route.out_of_scope if isinstance(route, Route) else ""
    return {**MISMATCH, "message": message} if message else MISMATCH


@pytest.mark.source("reference: platform A.9")
def test_every_route_names_a_scope_of_the_service() -> None:
    known = {scope.split(".")[0].lower() for scope in EVERYTHING}
    for route in [*ROUTES, *control_routes()]:
        assert all(scope.split(".")[0].lower() in known for scope in route.scopes), route


@pytest.mark.source("reference: platform A.9, A.10")
def test_no_operation_without_its_scope(crm: Crm) -> None:
    token = crm.token("Kaizen.control.ALL")
    for route in ROUTES:
        reply = _ask(crm, route, token)

        assert (reply.status, reply.json) == (401, _mismatch(route)), route


@pytest.mark.source("reference: platform A.9, A.10; assumed: the server's own API asks for scopes of its own")
def test_no_operation_of_the_servers_own_api_without_its_scope(crm: Crm) -> None:
    token = crm.token(*(scope for scope in EVERYTHING if not scope.startswith("Kaizen.")))
    for route in control_routes():
        reply = _ask(crm, route, token, own=True)

        assert (reply.status, reply.json) == (401, MISMATCH), route
    for method in ("GET", "POST"):
        assert crm.control(method, "clock", {"advance": {"days": 1}}, token=token).problem == (401, MISMATCH["code"])


@pytest.mark.source("reference: platform A.9")
def test_the_right_to_one_operation_is_no_right_to_another(crm: Crm) -> None:
    def granted(route: Route, *, whole: bool) -> list[str]:
        groups = [scope.rpartition(".")[::2] for scope in route.scopes]
        named = [(group.replace("{module}", "leads"), right) for group, right in groups]
        return [f"{group}.{each}" for group, right in named for each in RIGHTS if whole == (each == right)]

    # Tags ask for scopes that depend on the version: tests/api/test_record_tags.py.
    for route in (route for route in ROUTES if route.scopes):
        reply = _ask(crm, route, crm.token(*granted(route, whole=False)))
        assert (reply.status, reply.json) == (401, _mismatch(route)), route

        # Search asks for one scope more, COQL for the modules it reads: neither comes so far without its parameters.
        assert _ask(crm, route, crm.token(*granted(route, whole=True)), body={}).status != 401 or _searches(route), (
            route
        )


UNSERVED = [entry for entry in ledger.unserved(ROUTES) if isinstance(entry, Unserved)]


@pytest.mark.source("reference: platform B.6: scope before address; H; assumed: 501 tells what is not served")
def test_who_has_no_right_to_an_operation_does_not_learn_that_it_is_not_served(crm: Crm) -> None:
    stranger, wide = crm.token("Kaizen.control.ALL"), crm.access_token
    for entry in UNSERVED:
        refused, told = _ask(crm, entry, stranger, older=True), _ask(crm, entry, wide, older=True)

        assert (refused.status, refused.json) == (401, MISMATCH), entry
        assert told.problem in ((501, "NOT_IMPLEMENTED"), (400, "API_NOT_SUPPORTED")), entry
        assert entry.scopes, entry
    assert len(UNSERVED) > 300


@pytest.mark.source(
    "reference: platform B.6: scope before address, A.9; assumed: one of the scopes described is enough"
)
def test_one_scope_is_enough_to_learn_what_is_not_served(crm: Crm) -> None:
    for scope in sorted({scope for entry in UNSERVED for scope in entry.scopes}):
        (entry, *_) = (entry for entry in UNSERVED if scope in entry.scopes)
        # Leads are converted by an operation of their own.
        module = "Quotes" if entry.operation == "convertInventory" else "Leads"
        reply = _ask(crm, entry, crm.token(scope.replace("{module}", "leads")), module=module)

        assert reply.problem == (501, "NOT_IMPLEMENTED"), (scope, entry)


@pytest.mark.source("reference: platform B.6: scope before address")
def test_who_has_no_right_to_an_operation_does_not_learn_which_version_has_it(crm: Crm) -> None:
    newer = [route for route in ROUTES if route.since != "v2" and route.scopes]
    assert newer
    for route in newer:
        assert _ask(crm, route, crm.token("Kaizen.control.ALL"), older=True).json == MISMATCH, route
        assert _ask(crm, route, crm.access_token, older=True).problem == (400, "API_NOT_SUPPORTED"), route


@pytest.mark.source("reference: platform B.6: token before address")
@pytest.mark.parametrize(
    "path", ["/crm/v9/org", "/crm/v8/settings/nothing", "/crm/bulk/v9/read", "/crm/", "/crm/v8/Leads/\0"]
)
def test_a_stranger_does_not_learn_which_versions_and_addresses_there_are(path: str, crm: Crm) -> None:
    assert crm.ask("GET", path, token="").problem == (401, "AUTHENTICATION_FAILURE")
    assert crm.ask("GET", path, token="1000.a.b").problem == (401, "INVALID_TOKEN")
    assert crm.ask("GET", path).problem == (404, "INVALID_URL_PATTERN")


@pytest.mark.source("reference: platform A.9")
@pytest.mark.parametrize(
    ("scope", "module", "status"),
    [
        ("ZohoCRM.modules.ALL", "Leads", 204),
        ("ZohoCRM.modules.READ", "Leads", 204),
        ("ZohoCRM.modules.leads.READ", "Leads", 204),
        ("zohocrm.modules.LEADS.all", "Leads", 204),
        ("ZohoCRM.modules.deals.READ", "Leads", 401),
        ("ZohoCRM.modules.leads.CREATE", "Leads", 401),
        ("ZohoCRM.modules.pricebooks.READ", "Price_Books", 204),
        ("ZohoCRM.modules.salesorders.READ", "Sales_Orders", 204),
        ("ZohoCRM.settings.ALL", "Leads", 401),
    ],
)
def test_scopes_of_one_module(scope: str, module: str, status: int, crm: Crm) -> None:
    assert crm.get(module, {"fields": "id"}, token=crm.token(scope)).status == status


@pytest.mark.source("reference: platform B.6")
def test_an_unknown_module_is_named_whatever_the_scope(crm: Crm) -> None:
    reply = crm.get("No_Such_Module", {"fields": "id"}, token=crm.token("ZohoCRM.modules.leads.READ"))

    assert reply.problem == (400, "INVALID_MODULE")
    assert reply.json["details"] == {"resource_path_index": 0}


def _ask(
    crm: Crm,
    route: Route | Unserved,
    token: str,
    body: object = None,
    *,
    own: bool = False,
    older: bool = False,
    module: str = "Leads",
) -> Reply:
    first, *rest = route.pattern.split("/")
    leading = module if first.startswith("{") else first
    path = "/".join((leading, *map(_filled, rest)))
    base = "/kaizen/v1" if own else "/crm/v2" if older else "/crm/v8"
    if path.startswith("bulk/"):
        base, path = f"/crm/bulk/{base[5:]}", path[5:]
    return crm.ask(route.method, f"{base}/{path}", body, {"module": module}, token=token)


def _searches(route: Route) -> bool:
    return route.pattern.endswith(("/search", "/actions/count"))


def _filled(segment: str) -> str:
    return {"{module}": "Leads"}.get(segment, "1" if segment.startswith("{") else segment)
