"""Every operation of the CRM API that this server serves."""

from typing import Final

from kaizen.server import records_api
from kaizen.server.control import audit, queue, rules, sharing, traces
from kaizen.server.control import users as control_users
from kaizen.server.http.call import Route
from kaizen.server.resources.metadata import custom_views, fields, layouts, modules, related_lists, tags
from kaizen.server.resources.organisation import business_hours, holidays, org, profiles, roles, users
from kaizen.server.resources.shared.guards import for_administrators
from kaizen.server.resources.workflow import (
    automation_tasks,
    email_notifications,
    email_templates,
    field_updates,
    workflow_configurations,
    workflow_rules,
)

#: The operations of each family, in the order in which the router tries them.
FAMILIES: Final = (
    records_api.ROUTES,
    custom_views.ROUTES,
    fields.ROUTES,
    layouts.ROUTES,
    modules.ROUTES,
    org.ROUTES,
    profiles.ROUTES,
    related_lists.ROUTES,
    roles.ROUTES,
    tags.ROUTES,
    users.ROUTES,
    workflow_rules.ROUTES,
    workflow_configurations.ROUTES,
    field_updates.ROUTES,
    automation_tasks.ROUTES,
    email_notifications.ROUTES,
    email_templates.ROUTES,
    business_hours.ROUTES,
    holidays.ROUTES,
)

#: The same for /kaizen/v1.
CONTROL_FAMILIES: Final = (
    queue.ROUTES,
    rules.ROUTES,
    sharing.ROUTES,
    control_users.ROUTES,
    audit.ROUTES,
    email_templates.CONTROL_ROUTES,
)


def crm_routes() -> list[Route]:
    """Return the operations of all families."""
    return [route for family in FAMILIES for route in family]


def control_routes() -> list[Route]:
    """Return the operations of the server's own API that need no more than a unit of work.

    All but traces, which are for users who may read the record, are for administrators.
    """
    return [*map(for_administrators, (route for family in CONTROL_FAMILIES for route in family)), *traces.ROUTES]
