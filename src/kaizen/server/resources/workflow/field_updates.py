"""Field update actions (reference: automation C.1)."""

from collections.abc import Sequence
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.field_update import INNER_DETAILS, dump_field_update, read_field_update
from kaizen.model.document import Document
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.stamps import stamps
from kaizen.server.resources.workflow.action_resources import (
    MANAGE,
    SCOPE,
    TOO_MANY_IDS,
    choose_entities,
    inner_details,
    parse_with,
    payload_context,
    refuse_used,
)
from kaizen.vocabulary.codes import Code

PATH: Final = "settings/automation/field_updates"
_ASSOCIATED: Final = "This field update is associated with at least one of Approval Process/Workflow Rules/Blueprint"


def _dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    inner = inner_details(call, INNER_DETAILS)
    module = uow.catalog.by_name.get(document.module)
    return {
        **stamps(uow, call, document),
        **action_body.dump_state(document.id in uow.book.used),
        **dump_field_update(document.body, module, payload_context(uow), whole=whole or bool(inner), inner=inner),
        "id": str(document.id),
    }


def _without_id(uow: UnitOfWork, call: Call) -> Answer:
    """Refuse a change that does not name what it changes; the service has its own words for that here."""
    raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": "id"}, UNKNOWN_ID))


_READ: Final = parse_with(read_field_update, "field_updates", named_once="field_update")


def _parse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    parsed = _READ(uow, call, row)
    is_notify = isinstance(parsed, Problem) and parsed.details.get("api_name") == "notify"
    if row.old is not None and isinstance(parsed, Problem) and is_notify and parsed.code is Code.NOT_ALLOWED:
        # Of a change the service says this, and nothing else, without its usual wrapper.
        raise RequestRefusedError(parsed)
    return parsed


def _chosen(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    inner_details(call, INNER_DETAILS)
    return choose_entities()(uow, call, documents)


FIELD_UPDATES: Final = Resource(
    path=PATH,
    envelope="field_updates",
    scope=SCOPE,
    kind="field_update",
    parse=_parse,
    dump=_dump,
    messages=Messages(
        created="fieldupdate created successfully",
        updated="fieldupdate updated successfully",
        deleted="field update deleted successfully",
    ),
    verbs=("list", "get", "create", "update", "delete", "delete_many"),
    rows_per_call=1,
    ids_per_call=10,
    too_many_ids=TOO_MANY_IDS,
    missing=Code.INVALID_DATA,
    choose=_chosen,
    may_delete=refuse_used(_ASSOCIATED, _ASSOCIATED),
)

ROUTES: Final = tuple(
    for_managers(
        [*FIELD_UPDATES.routes(), Route("PUT", PATH, _without_id, (f"{SCOPE}.UPDATE",))],
        MANAGE,
        "Crm_Implied_Customize_Zoho_CRM",
        "Crm_Implied_Manage_ConnectedWorkflow",
        operations={
            f"GET {PATH}": "getFieldUpdates",
            f"POST {PATH}": "postFieldUpdates",
            f"DELETE {PATH}": "deleteFieldUpdates",
            f"GET {PATH}/{{id}}": "getFieldUpdateById",
            f"PUT {PATH}/{{id}}": "putFieldUpdateById",
            f"DELETE {PATH}/{{id}}": "deleteFieldUpdateById",
        },
    )
)
