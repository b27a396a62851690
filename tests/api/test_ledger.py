"""What the server says of every operation of the published API."""

import pytest

from kaizen.server import ledger
from kaizen.server.routes import crm_routes
from tests.support.server import Crm

ROUTES = crm_routes()
NOT_SERVED = [s.operation for s in ledger.standings(ROUTES) if s.route is None and not s.operation.path.startswith("/")]

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


@pytest.mark.source("assumed: an operation that is not served says so")
def test_what_is_not_served_answers_501_with_its_name(crm: Crm) -> None:
    assert NOT_SERVED
    for operation in NOT_SERVED:
        path = "/".join("1" if part.startswith("{") else part for part in operation.path.split("/"))
        bulk = path.startswith("bulk/")
        address = f"/crm/bulk/v8/{path.removeprefix('bulk/')}" if bulk else f"/crm/v8/{path}"

        reply = crm.ask(operation.method, address)

        assert reply.problem == (501, "NOT_IMPLEMENTED"), operation
        assert reply.json["details"]["operation"], operation


@pytest.mark.source("reference: platform H")
@pytest.mark.parametrize(("method", "path"), PROMISED, ids=str)
def test_what_is_promised_is_served(method: str, path: str) -> None:
    served = {(s.operation.method, s.operation.path) for s in ledger.standings(ROUTES) if s.route is not None}

    assert (method, path) in served


@pytest.mark.source("reference: workflow rules A.2")
@pytest.mark.parametrize(("method", "path"), UNDESCRIBED, ids=str)
def test_what_the_description_leaves_out_is_served(method: str, path: str) -> None:
    assert (method, path) in {(route.method, route.pattern) for route in ROUTES}
