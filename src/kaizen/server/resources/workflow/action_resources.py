"""What all families of workflow automation share: who may use them, their facts, their lists, what rules use."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.json_body.json_path import JsonPath
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.records.query import has_record
from kaizen.server.http import params
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Check, Choose, Parse, ParsedDocument, Row
from kaizen.standard.workflow_configurations import workflow_configurations
from kaizen.vocabulary.codes import Code

SCOPE: Final = "ZohoCRM.settings.automation_actions"
MANAGE: Final = "Crm_Implied_Manage_Workflow"
TOO_MANY_IDS: Final = "Ids maximum length exceeded"
BAD_PARAMETER: Final = "The value provided to the param is Invalid"

#: Features that can use actions; only workflow is one of this server's.
FEATURES: Final = (
    "workflow",
    "approval_process",
    "blueprint",
    "blueprint_transition",
    "blueprint_state",
    "assignment_rules",
    "kiosk",
    "kiosks",
    "commandcenter_service",
    "Blueprint",
    "scoring_rule",
    "case_escalation_rule",
    "review_process",
    "orchestration",
)

#: Reads one entity: (payload, stored body, facts, place).
ReadEntity = Callable[[object, Mapping[str, Json] | None, PayloadContext, JsonPath], ActionBody | Problem]


def payload_context(uow: UnitOfWork) -> PayloadContext:
    """Return the context against which payloads are checked."""
    return PayloadContext(
        catalog=uow.catalog,
        configurations=workflow_configurations(),
        users=uow.users,
        tags=uow.tags,
        document=uow.document,
        has_record=lambda module, record_id: has_record(uow, module, record_id),
        new_id=uow.new_id,
        has_business_hours=lambda: bool(uow.documents("business_hours")),
    )


def parse_with(read: ReadEntity, envelope: str, *, named_once: str = "") -> Parse:
    """Make the reader of a resource from that of a payload.

    `named_once`: the kind of its documents, where no two of the organisation may have the same name.
    """

    def parse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
        place = row.path
        body = read(row.values, row.old.body if row.old else None, payload_context(uow), place)
        if isinstance(body, Problem):
            return body
        namesakes = [each for each in uow.documents(named_once) if each.name == body.name] if named_once else []
        if any(row.old is None or each.id != row.old.id for each in namesakes):
            return Problem(Code.DUPLICATE_DATA, (place / "name").position)
        return ParsedDocument(body.name, body.body, body.module)

    return parse


def refuse_used(one: str, many: str) -> Check:
    """Make the objection to deleting what rules use; the service words it differently for one and for many."""

    def may_delete(uow: UnitOfWork, call: Call, document: Document) -> Problem | None:
        if document.id not in uow.book.used:
            return None
        return Problem(Code.NOT_ALLOWED, {"id": str(document.id)}, one if "id" in call.params else many)

    return may_delete


def word(call: Call, name: str, allowed: Sequence[str], message: str = BAD_PARAMETER) -> str:
    """Read one of a closed set of words from the query; these families do not say which there are."""
    text = call.query.get(name, "")
    if text and text not in allowed:
        raise bad_parameter(name, message)
    return text


def flag(call: Call, name: str) -> bool | None:
    """Read true or false from the query; None: it is not there."""
    text = word(call, name, ("true", "false"))
    return text == "true" if text else None


def bad_parameter(name: str, message: str = BAD_PARAMETER, code: Code = Code.INVALID_DATA) -> RequestRefusedError:
    """Refuse the value of a query parameter."""
    return RequestRefusedError(Problem(code, {"param_name": name}, message))


def of_module(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    """Keep the documents of the module that the query names, if it names one."""
    name = call.query.get("module")
    if name is None:
        return documents
    if name not in uow.catalog.by_name:
        raise bad_parameter("module", code=Code.INVALID_MODULE)
    return [document for document in documents if document.module == name]


def by_name(call: Call, parameter: str, documents: Sequence[Document]) -> Sequence[Document]:
    """Keep the documents whose name contains what a filter in the query asks for."""
    payload = call.query.get(parameter)
    if payload is None:
        return documents
    try:
        wanted = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        raise bad_parameter(parameter) from None
    match wanted:
        case {"field": {"api_name": "name"}, "comparator": "contains", "value": str(value)}:
            part = value.casefold()
            return [document for document in documents if part in document.name.casefold()]
        case _:
            raise bad_parameter(parameter)


def in_order(call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    """Sort by the time of the last change when the query asks for an order."""
    asked = word(call, "sort_by", ("modified_time",))
    order = word(call, "sort_order", ("asc", "desc"))
    if not asked and not order:
        return documents
    return sorted(documents, key=lambda document: (document.modified_at, document.id), reverse=order == "desc")


def check_feature(call: Call) -> bool:
    """Return whether the query asks for actions of workflow rules, or of whatever feature."""
    return word(call, "feature_type", FEATURES, "the given feature name is invalid") in ("", "workflow")


def inner_details(call: Call, offered: Collection[str]) -> frozenset[str]:
    """Read which details inside the query asks for besides what is always shown."""
    asked = frozenset(params.names(call, "include_inner_details"))
    if not asked <= frozenset(offered):
        raise bad_parameter("include_inner_details")
    return asked


def choose_entities(*, filters: Sequence[str] = ("filter", "filters")) -> Choose:
    """Make the selection of a list of entities: by module, feature and name, in order."""

    def choose(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
        is_of_rules = check_feature(call)
        chosen = of_module(uow, call, documents)
        for name in filters:
            chosen = by_name(call, name, chosen)
        related = call.query.get("related_module")
        if related is not None and related not in uow.catalog.by_name:
            raise bad_parameter("related_module", code=Code.INVALID_MODULE)
        # No action here acts on a related module.
        return in_order(call, chosen) if is_of_rules and related is None else []

    return choose
