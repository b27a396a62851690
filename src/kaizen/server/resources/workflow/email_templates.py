"""E-mail templates. The service's API only reads them; making them is an operation of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from kaizen.automation.payload.actions.email_template import read_email_template
from kaizen.automation.reading import references
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, Resource
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.stamps import stamps
from kaizen.server.resources.workflow.action_resources import (
    MANAGE,
    bad_parameter,
    by_name,
    in_order,
    of_module,
    parse_with,
    refuse_used,
    word,
)
from kaizen.vocabulary.codes import Code

PATH: Final = "settings/email_templates"
_CATEGORIES: Final = ("favorite", "created_by_me", "shared_with_me", "associated", "draft")
_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {"sort_by": ("modified_time",), "sort_order": ("asc", "desc")}
_FOLDER: Final = "Public Email Templates"
_FOLDER_ID: Final = 9_000_007
_ASSOCIATED: Final = "This email template is associated with at least one of the email notifications"
_NO_STATISTICS: Final = ("tracked", "delivered", "opened", "bounced", "sent", "clicked")


def _choose(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    for name, allowed in _ORDERS.items():
        if call.query.get(name, allowed[0]) not in allowed:
            raise RequestRefusedError(Problem(Code.PATTERN_NOT_MATCHED, {"param_name": name}))
    if "module" in call.query and call.query["module"] not in uow.catalog.by_name:
        raise bad_parameter("module", "Module not found or not allowed")
    chosen = in_order(call, by_name(call, "filters", of_module(uow, call, documents)))
    match word(call, "category", _CATEGORIES):
        case "created_by_me":
            return [template for template in chosen if template.created_by == call.actor.user.id]
        case "associated":
            return [template for template in chosen if template.id in uow.book.used]
        case "":
            return chosen
        case _:
            # Nobody can favour, share or draft templates here.
            return []


def _dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    body = document.body
    module = uow.catalog.by_name.get(document.module)
    shown: dict[str, Json] = {
        **stamps(uow, call, document),
        "last_usage_time": None,
        "category": "normal",
        "folder": {"name": _FOLDER, "id": str(uow.organisation.id_prefix * 10**9 + _FOLDER_ID)},
        "module": references.shown(module) if module else body["module"],
        "name": document.name,
        "id": str(document.id),
        "editor_mode": body["editor_mode"],
        "favorite": False,
        "attachments": [],
        "subject": body["subject"],
        "associated": document.id in uow.book.used,
        "active": True,
        "consent_linked": False,
        "last_version_statistics": dict.fromkeys(_NO_STATISTICS, 0),
    }
    return shown | ({"content": body["content"]} if whole else {})


_parse: Final = parse_with(read_email_template, "email_templates")
_MESSAGES: Final = Messages(
    created="email template created successfully",
    updated="email template updated successfully",
    deleted="email template deleted successfully",
)

READ: Final = Resource(
    path=PATH,
    envelope="email_templates",
    scope="ZohoCRM.templates.email",
    kind="email_template",
    parse=_parse,
    dump=_dump,
    messages=_MESSAGES,
    verbs=("list", "get"),
    choose=_choose,
    per_page=20,
    most_per_page=200,
)

WRITE: Final = Resource(
    path="email_templates",
    envelope="email_templates",
    scope="Kaizen.control",
    kind="email_template",
    parse=_parse,
    dump=_dump,
    messages=_MESSAGES,
    verbs=("create", "update", "delete"),
    missing=Code.INVALID_DATA,
    may_delete=refuse_used(_ASSOCIATED, _ASSOCIATED),
)

ROUTES: Final = tuple(
    replace(route, operation="getTemplates" if route.pattern == PATH else "") for route in READ.routes()
)

#: The same for /kaizen/v1.
CONTROL_ROUTES: Final = tuple(for_managers(WRITE.routes(), MANAGE, operations={}))
