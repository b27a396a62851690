"""Workflow rules: create, change, show, list, delete (reference: automation A and B)."""

from collections.abc import Sequence
from typing import Final

from kaizen.automation.actions.action_kind import CurrentNames
from kaizen.automation.payload.rules.parse import empties_queue
from kaizen.automation.payload.rules.serialize import dump_rule, is_locked
from kaizen.automation.payload.rules.stored import actions_of, groups_of
from kaizen.automation.payload.rules.validate import RuleBody, changed_rule, new_rule
from kaizen.model.document import Document
from kaizen.model.problem import UNKNOWN_ID, Problem
from kaizen.model.values import Id, Json
from kaizen.records.ports import ActionQueue, OrganisationState, UnitOfWork
from kaizen.server.http import envelope
from kaizen.server.http.call import Call, Route
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.stamps import moment, stamps
from kaizen.server.resources.workflow import workflow_rule_verbs as verbs
from kaizen.server.resources.workflow.action_resources import (
    MANAGE,
    TOO_MANY_IDS,
    by_name,
    flag,
    in_order,
    of_module,
    payload_context,
    word,
)
from kaizen.server.resources.workflow.workflow_rule_usage import show_usage
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.workflow_types import TRIGGER_TYPES

PATH: Final = "settings/automation/workflow_rules"
SCOPE: Final = "ZohoCRM.settings.workflow_rules"
_LOCKED: Final = "Sorry, you cannot perform this operation as the record is locked."
#: All that another user may send about a locked rule: that it no longer is.
_UNLOCKING: Final = frozenset({"id", "lock"})


def _parse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    old = row.old
    if old is not None and _is_closed(call, old) and not row.values.keys() <= _UNLOCKING:
        return Problem(Code.NOT_ALLOWED, {"id": str(old.id)}, _LOCKED)
    context, place = payload_context(uow), row.path
    rule = new_rule(row.values, context, place) if old is None else changed_rule(row.values, old.body, context, place)
    if isinstance(rule, Problem):
        return rule
    taken = uow.documents_named(verbs.KIND, rule.module, rule.name)
    if any(old is None or other.id != old.id for other in taken):
        return Problem(Code.ALREADY_USED, (place / "name").position, verbs.NAME_TAKEN)
    return ParsedDocument(rule.name, _kept(uow, call, row, rule), rule.module)


def _kept(uow: OrganisationState, call: Call, row: Row, rule: RuleBody) -> dict[str, Json]:
    """Add to a rule's body what the server notes about it."""
    before = row.old.body if row.old else {}
    body = {**rule.body, "source": before.get("source", "API"), "lock": before.get("lock")}
    if "order" in before:
        body["order"] = before["order"]
    if rule.lock is not None and row.values.get("lock") is not None:
        payload: Json = {"status": True, "message": rule.lock.message, "locked_by": str(call.actor.user.id)}
        body["lock"] = payload if rule.lock.status else None
    changed = row.old is not None and before["execute_when"] != body["execute_when"]
    body["reset_time"] = uow.now if changed else before.get("reset_time")
    since = before.get("associated_times")
    known = since if isinstance(since, dict) else {}
    body["associated_times"] = {action.key: known.get(action.key, uow.now) for action in actions_of(body)}
    return body


def _is_closed(call: Call, rule: Document) -> bool:
    """Return whether a rule is locked for the caller, because another user locked it."""
    lock = rule.body.get("lock")
    return is_locked(rule.body) and isinstance(lock, dict) and lock["locked_by"] != str(call.actor.user.id)


def _saved(uow: UnitOfWork, call: Call, new: Document, old: Document | None) -> None:
    """Let what is queued and what is used up follow a change (reference: automation G.5, G.7)."""
    if old is None:
        return
    if old.body["execute_when"] != new.body["execute_when"]:
        uow.forget_consumed(new.id)
    (payload,) = envelope.rows(call, "workflow_rules", maximum=1)
    if isinstance(payload, dict) and empties_queue(payload):
        _cancel(uow, old, groups_of(old.body), "RULE_DEACTIVATED")
    remaining = groups_of(new.body)
    _cancel(uow, old, groups_of(old.body) - remaining, "GROUP_REMOVED")
    kept = {(action.group, action.id) for action in actions_of(new.body)}
    for action in actions_of(old.body):
        if action.group in remaining and (action.group, action.id) not in kept:
            uow.cancel(rule_id=old.id, group_id=action.group, action_id=action.id, reason="ACTION_REMOVED")


def _dropped(uow: UnitOfWork, call: Call, rule: Document) -> None:
    _cancel(uow, rule, groups_of(rule.body), "RULE_DELETED")
    uow.forget_consumed(rule.id)


def _cancel(uow: ActionQueue, rule: Document, groups: frozenset[Id], reason: str) -> None:
    # By group: mails of the rule that wait to be delivered were sent and stay.
    for group in groups:
        uow.cancel(rule_id=rule.id, group_id=group, reason=reason)


def _may_delete(uow: UnitOfWork, call: Call, rule: Document) -> Problem | None:
    """Keep locked rules: even the user who locked one must unlock it first."""
    if not is_locked(rule.body):
        return None
    # Of one rule, named in the path, the service says something else than what is true.
    return Problem(Code.NOT_ALLOWED, {"id": str(rule.id)}, UNKNOWN_ID if "id" in call.params else _LOCKED)


def _choose(uow: UnitOfWork, call: Call, rules: Sequence[Document]) -> Sequence[Document]:
    flag(call, "include_inner_details")
    active, trigger = flag(call, "status_active"), word(call, "execute_on", TRIGGER_TYPES)
    chosen = by_name(call, "filter", of_module(uow, call, rules))
    return in_order(
        call,
        [
            rule
            for rule in chosen
            if (active is None or rule.body["status"] == {"active": active})
            and (not trigger or _trigger_of(rule) == trigger)
        ],
    )


def _trigger_of(rule: Document) -> Json:
    when = rule.body["execute_when"]
    return when["type"] if isinstance(when, dict) else None


def _dump(uow: UnitOfWork, call: Call, rule: Document, whole: bool) -> dict[str, Json]:
    def entity_name(kind: str, number: Id) -> str | None:
        entity = uow.document(kind, number)
        return entity.name if entity else None

    last = moment(call, uow.last_executed([rule.id]).get(rule.id))
    names = CurrentNames(uow.users, uow.tags, entity_name)
    inside = whole or flag(call, "include_inner_details") is True
    return dump_rule(rule, stamps(uow, call, rule), last, names, whole=inside)


RULES: Final = Resource(
    path=PATH,
    envelope="workflow_rules",
    scope=SCOPE,
    kind=verbs.KIND,
    parse=_parse,
    dump=_dump,
    messages=Messages(
        created="workflow created",
        updated="workflow updated",
        deleted="workflow deleted",
        deleted_many="WorkFlow Rule deleted successfully",
    ),
    rows_per_call=1,
    ids_per_call=10,
    too_many_ids=TOO_MANY_IDS,
    missing=Code.INVALID_DATA,
    id_missing="The workflow processid is mandatory",
    choose=_choose,
    may_delete=_may_delete,
    saved=_saved,
    dropped=_dropped,
)

_READ: Final = (f"{SCOPE}.READ",)
_ACTIONS: Final = f"{PATH}/actions"

ROUTES: Final = tuple(
    for_managers(
        [
            *RULES.routes(),
            Route("PUT", f"{_ACTIONS}/reorder", verbs.reorder, (f"{SCOPE}.UPDATE",), writes=True),
            Route("GET", f"{_ACTIONS}/actions_count", verbs.count_actions, _READ),
            Route("GET", f"{_ACTIONS}/module_specific_count", verbs.count_by_module, _READ),
            Route("GET", f"{_ACTIONS}/rules_count", verbs.count_rules, _READ),
            Route("GET", f"{PATH}/{{id}}/actions/usage", show_usage, _READ),
            Route("POST", f"{PATH}/{{id}}/actions/clone", verbs.clone, (f"{SCOPE}.CREATE",), writes=True),
        ],
        MANAGE,
        creating=("MANAGE_WORKFLOW",),
        operations={
            f"POST {PATH}": "postWorkflowRule",
            f"PUT {PATH}": "updateWorkflowRule",
            f"GET {PATH}": "getWorkflowRules",
            f"DELETE {PATH}": "deleteWorkflowRules",
            f"PUT {PATH}/{{id}}": "updateWorkflowRuleById",
            f"GET {PATH}/{{id}}": "getWorkflowRuleById",
            f"DELETE {PATH}/{{id}}": "deleteWorkflowRuleById",
            f"GET {_ACTIONS}/actions_count": "getActionsCount",
            f"GET {_ACTIONS}/module_specific_count": "getModuleSpecificActionsCount",
            f"GET {_ACTIONS}/rules_count": "getRulesCount",
            f"GET {PATH}/{{id}}/actions/usage": "getUsage",
            f"PUT {_ACTIONS}/reorder": "putReorder",
        },
    )
)
