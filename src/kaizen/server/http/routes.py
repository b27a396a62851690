"""Every operation of the CRM API that this server serves."""

from importlib import import_module
from typing import Final

from kaizen.server.http.call import Route
from kaizen.server.resources import email_templates

#: Modules that export ROUTES, a list of the operations of one family.
FAMILIES: Final = (
    "kaizen.server.records_api",
    "kaizen.server.resources.custom_views",
    "kaizen.server.resources.fields",
    "kaizen.server.resources.layouts",
    "kaizen.server.resources.modules",
    "kaizen.server.resources.org",
    "kaizen.server.resources.profiles",
    "kaizen.server.resources.related_lists",
    "kaizen.server.resources.roles",
    "kaizen.server.resources.tags",
    "kaizen.server.resources.users",
    "kaizen.server.resources.workflow_rules",
    "kaizen.server.resources.workflow_configurations",
    "kaizen.server.resources.field_updates",
    "kaizen.server.resources.automation_tasks",
    "kaizen.server.resources.email_notifications",
    "kaizen.server.resources.email_templates",
    "kaizen.server.resources.business_hours",
    "kaizen.server.resources.holidays",
)

#: The same for /kaizen/v1.
CONTROL_FAMILIES: Final = (
    "kaizen.server.control.queue",
    "kaizen.server.control.rules",
    "kaizen.server.control.traces",
    "kaizen.server.control.users",
)


def crm_routes() -> list[Route]:
    """Return the operations of all families."""
    return [route for name in FAMILIES for route in import_module(name).ROUTES]


def control_routes() -> list[Route]:
    """Return the operations of the server's own API that need no more than a unit of work."""
    own = [route for name in CONTROL_FAMILIES for route in import_module(name).ROUTES]
    return [*own, *email_templates.CONTROL_ROUTES]
