"""Every operation asks for its scope."""

import pytest

from kaizen.server.http.call import Route
from kaizen.server.routes import control_routes, crm_routes
from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.server import Crm, Reply

ROUTES = crm_routes()

#: What a token may allow on one group of operations.
RIGHTS = ("READ", "CREATE", "UPDATE", "DELETE")
MISMATCH = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}


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

        assert (reply.status, reply.json) == (401, MISMATCH), route


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
        assert (reply.status, reply.json) == (401, MISMATCH), route

        # Search asks for one scope more, COQL for the modules it reads: neither comes so far without its parameters.
        assert _ask(crm, route, crm.token(*granted(route, whole=True)), body={}).status != 401 or _searches(route), (
            route
        )


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


def _ask(crm: Crm, route: Route, token: str, body: object = None, *, own: bool = False) -> Reply:
    path = "/".join(_filled(part) for part in route.pattern.split("/"))
    ask = crm.control if own else crm.crm
    return ask(route.method, path, body, {"module": "Leads"}, token=token)


def _searches(route: Route) -> bool:
    return route.pattern.endswith(("/search", "/actions/count"))


def _filled(segment: str) -> str:
    return {"{module}": "Leads"}.get(segment, "1" if segment.startswith("{") else segment)
