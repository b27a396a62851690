"""What the server says of every operation of the published API."""

import pytest

from kaizen.server import ledger
from kaizen.server.accounts_api import SERVED
from kaizen.server.routes import crm_routes
from tests.support.server import Crm

ROUTES = crm_routes()
NOT_SERVED = [
    s.operation for s in ledger.ledger_rows(ROUTES) if s.route is None and not s.operation.path.startswith("/")
]

#: What this release promises.
PROMISED = [
    ("GET", "settings/modules"),
    ("GET", "settings/modules/{moduleIdentifier}"),
    ("GET", "settings/fields"),
    ("POST", "settings/fields"),
    ("GET", "settings/fields/{fieldId}"),
    ("GET", "settings/layouts"),
    ("GET", "org"),
    ("GET", "users"),
    ("GET", "users/{user}"),
    ("GET", "settings/tags"),
    ("POST", "settings/tags"),
    ("PUT", "settings/tags/{id}"),
    ("DELETE", "settings/tags/{id}"),
    ("GET", "{module}"),
    ("POST", "{module}"),
    ("PUT", "{module}"),
    ("DELETE", "{module}"),
    ("GET", "{module}/{recordID}"),
    ("PUT", "{module}/{recordID}"),
    ("DELETE", "{module}/{recordID}"),
    ("POST", "{module}/upsert"),
    ("GET", "{module}/search"),
    ("POST", "coql"),
    ("GET", "workflow_configurations"),
    ("GET", "settings/automation/workflow_rules"),
    ("POST", "settings/automation/workflow_rules"),
    ("PUT", "settings/automation/workflow_rules"),
    ("PUT", "settings/automation/workflow_rules/{id}"),
    ("DELETE", "settings/automation/workflow_rules"),
    ("GET", "settings/automation/field_updates"),
    ("POST", "settings/automation/field_updates"),
    ("GET", "settings/automation/tasks"),
    ("POST", "settings/automation/tasks"),
]

#: Promised too, and missing in the description.
UNDESCRIBED = [
    ("GET", "settings/automation/email_notifications"),
    ("POST", "settings/automation/email_notifications"),
    ("PUT", "settings/automation/email_notifications/{id}"),
    ("DELETE", "settings/automation/email_notifications/{id}"),
]


def _address(operation: ledger.Operation) -> str:
    """Ask for something that an operation could be asked for."""
    segments = [
        ("1" if at else "Leads") if part.startswith("{") else part for at, part in enumerate(operation.path.split("/"))
    ]
    path = "/".join(segments)
    if path.startswith("/"):
        return path
    return f"/crm/bulk/v8/{path.removeprefix('bulk/')}" if path.startswith("bulk/") else f"/crm/v8/{path}"


@pytest.mark.source("assumed: what is said to be served answers, if only with a refusal of its own")
@pytest.mark.parametrize(
    "operation",
    [standing.operation for standing in ledger.ledger_rows(ROUTES, SERVED) if standing.route is not None],
    ids=lambda operation: f"{operation.method} {operation.path}",
)
def test_what_is_said_to_be_served_answers(operation: ledger.Operation, crm: Crm) -> None:
    reply = crm.ask(operation.method, _address(operation), body={} if operation.method in ("POST", "PUT") else None)

    assert reply.status != 501
    code = reply.json.get("code") if reply.content and isinstance(reply.json, dict) else None
    assert code not in ("INVALID_URL_PATTERN", "INVALID_REQUEST_METHOD")


@pytest.mark.source("assumed: an operation id names several operations")
def test_an_operation_is_known_by_its_path_not_by_its_id() -> None:
    standing = {(s.operation.method, s.operation.path): s.route for s in ledger.ledger_rows(ROUTES)}

    assert standing["GET", "settings/email_templates"] == "settings/email_templates"
    assert standing["GET", "settings/inventory_templates"] is None


@pytest.mark.source("assumed: an operation that is not served says so")
def test_what_is_not_served_answers_501_with_its_name(crm: Crm) -> None:
    assert NOT_SERVED
    for operation in NOT_SERVED:
        reply = crm.ask(operation.method, _address(operation))

        assert reply.problem == (501, "NOT_IMPLEMENTED"), operation
        assert reply.json["details"]["operation"], operation


@pytest.mark.source("reference: platform H")
@pytest.mark.parametrize(("method", "path"), PROMISED, ids=str)
def test_what_is_promised_is_served(method: str, path: str) -> None:
    served = {(s.operation.method, s.operation.path) for s in ledger.ledger_rows(ROUTES) if s.route is not None}

    assert (method, path) in served


@pytest.mark.source("reference: automation A.2")
@pytest.mark.parametrize(("method", "path"), UNDESCRIBED, ids=str)
def test_what_the_description_leaves_out_is_served(method: str, path: str) -> None:
    assert (method, path) in {(route.method, route.pattern) for route in ROUTES}
