"""What can be done with rules besides keeping them: order, copy, count (reference: automation A.2, E.2 to E.4)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kaizen.automation.payload.rules.parse import LONGEST_NAME, MOST_ACTIONS, MOST_CONDITIONS, MOST_GROUPS
from kaizen.automation.payload.rules.stored import StoredAction, actions_of, conditions_of
from kaizen.automation.payload.rules.validate import new_rule
from kaizen.automation.reading.wordings import RULES
from kaizen.automation.rule_loader import order_of
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, invalid, missing
from kaizen.json_body.json_path import JsonPath
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import ABSENT, Answer, Call
from kaizen.server.http.resource import ParsedDocument, stamped
from kaizen.server.resources.workflow.action_resources import BAD_PARAMETER, bad_parameter, payload_context
from kaizen.vocabulary.codes import Code

KIND: Final = "workflow_rule"
NAME_TAKEN: Final = "the rule name is already used in the module"
_IDS_PER_COUNT: Final = 100
_MOST_MOVED: Final = 10
_INCOMPLETE: Final = "The required data missing"
#: What an organisation of the service may have; reported, not enforced (reference: automation E.4).
_RULES: Final = 2500
_ACTIVE_RULES: Final = 2000
_RULES_OF_MODULE: Final = 125
_ACTIVE_RULES_OF_MODULE: Final = 75


def reorder(uow: UnitOfWork, call: Call) -> Answer:
    """Move rules of one module to new positions; all are moved, or none."""
    module = params.required(call, "module", "required param not found")
    if module not in uow.catalog.by_name:
        raise bad_parameter("module", "Invalid Module", Code.INVALID_MODULE)
    rules = sorted(uow.documents(KIND, module), key=lambda rule: (order_of(rule), rule.id))
    try:
        wanted = _places(call, rules)
    except RefusedError as refusal:
        return envelope.elements(call, "reorder", [refusal.problem])
    others = iter([rule for rule in rules if rule not in wanted.values()])
    for number, rule in enumerate(rules, start=1):
        del rule  # only the places count
        placed = wanted.get(number) or next(others)
        if placed.body.get("order") != number:
            uow.put_document(replace(placed, body={**placed.body, "order": number}))
    return envelope.elements(
        call,
        "reorder",
        [
            envelope.succeeded("rules reordered successfully", {"id": str(rule.id)})
            for _, rule in sorted(wanted.items(), key=lambda item: item[0])
        ],
    )


def _places(call: Call, rules: Sequence[Document]) -> dict[int, Document]:
    """Read which rule goes where, by place."""
    root = JsonPath(wording=RULES) / "reorder"
    at = root / "workflow_rules"
    body = json_types.mapping(envelope.wrapped(call, "reorder", missing=Code.INVALID_DATA), root)
    elements = json_types.sequence(body.get("workflow_rules"), at)
    if len(elements) > _MOST_MOVED:
        raise invalid(at, "Invalid data", maximum_length=_MOST_MOVED)
    known = {rule.id: rule for rule in rules}
    wanted: dict[int, Document] = {}
    named: set[int] = set()
    for index, element in enumerate(elements):
        payload = json_types.mapping(element, at / index)
        at_id, at_number = at / index / "id", at / index / "module_specific_sequence"
        if payload.get("id") is None:
            raise missing(at_id, _INCOMPLETE)
        if payload.get("module_specific_sequence") is None:
            raise missing(at_number, _INCOMPLETE)
        rule = known.get(json_types.identifier(payload["id"], at_id) or 0)
        if rule is None:
            raise invalid(at_id, "Invalid process id")
        number = json_types.whole(payload["module_specific_sequence"], at_number)
        if not 1 <= number <= len(rules):
            raise invalid(at_number, "Invalid sequence number is given")
        if rule.id in named:
            raise invalid(at_id, "duplicate data")
        if number in wanted:
            raise invalid(at_number, "duplicate data")
        named.add(rule.id)
        wanted[number] = rule
    if not wanted:
        raise invalid(at)
    return wanted


def clone(uow: UnitOfWork, call: Call) -> Answer:
    """Make a rule like another, under a new name; nothing else of the service describes this operation."""
    rule = uow.document(KIND, params.path_id(call))
    if rule is None:
        raise RequestRefusedError(params.bad_path_id(call))
    place = JsonPath() / "workflow_rules" / 0
    payload = {**rule.body, "name": _name_of_copy(uow, call, rule), "status": {"active": True}, "lock": None}
    copy = new_rule(payload, payload_context(uow), place)
    if isinstance(copy, Problem):
        return envelope.elements(call, "workflow_rules", [copy])
    if uow.documents_named(KIND, copy.module, copy.name):
        problem = Problem(Code.ALREADY_USED, (place / "name").position, NAME_TAKEN)
        return envelope.elements(call, "workflow_rules", [problem])
    body: dict[str, Json] = {**copy.body, "status": rule.body["status"], "source": "API", "reset_time": None}
    body["associated_times"] = {action.key: uow.now for action in actions_of(body)}
    document = stamped(uow, call, KIND, ParsedDocument(copy.name, body, copy.module), None)
    uow.put_document(document)
    outcome = envelope.succeeded("Workflow cloned successfully", {"id": str(document.id)})
    return envelope.elements(call, "workflow_rules", [outcome], 201)


def _name_of_copy(uow: UnitOfWork, call: Call, rule: Document) -> Json:
    match call.body:
        case {"workflow_rules": [{"name": name}]} | {"name": name}:
            return name
        case _ if call.body is ABSENT or call.body == {}:
            taken = {other.name for other in uow.documents(KIND, rule.module)}
            names = (
                f"Copy{number} of {rule.name}"[:LONGEST_NAME] for number in ("", *(f" {n}" for n in range(2, 999)))
            )
            return next((name for name in names if name not in taken), rule.name)
        case _:
            raise RequestRefusedError(
                Problem(Code.INVALID_DATA, (JsonPath() / "workflow_rules").position),
            )


def count_actions(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many actions of each type the conditions of some rules have."""
    shown: list[Json] = []
    for number in params.ids(call, maximum=_IDS_PER_COUNT, message="Ids maximum length exceeded"):
        rule = uow.document(KIND, number) if isinstance(number, int) else None
        if rule is not None:
            shown.append({"id": str(rule.id), "conditions": _counted(rule)})
    return Answer(body={"workflow_rules": shown}) if shown else Answer(204)


def _counted(rule: Document) -> list[Json]:
    return [
        {
            "sequence_number": condition.payload["sequence_number"],
            "instant_actions": {"actions_count": _by_type(condition.instant)} if condition.instant else None,
            "scheduled_actions": [{"actions_count": _by_type(group.actions)} for group in condition.groups] or None,
            "id": str(condition.id),
        }
        for condition in conditions_of(rule.body)
    ]


def _by_type(actions: Sequence[StoredAction]) -> list[Json]:
    counts = Counter(action.type for action in actions)
    return [{"type": action_type, "value": count} for action_type, count in counts.items()]


def count_by_module(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many rules each module has, or the one that the query names."""
    name = call.query.get("module")
    if name is not None and name not in uow.catalog.by_name:
        raise bad_parameter("module", BAD_PARAMETER, Code.INVALID_MODULE)
    rules = uow.documents(KIND, name)
    total = Counter(rule.module for rule in rules)
    active = Counter(rule.module for rule in rules if _is_active(rule))
    shown: list[Json] = []
    for module in uow.catalog.modules:
        if module.api_name in total or module.api_name == name:
            reference: Json = {"api_name": module.api_name, "id": str(module.id)}
            shown.append(
                {
                    "active_rules_configured": active[module.api_name],
                    "module": reference,
                    "total_rules_configured": total[module.api_name],
                }
            )
    return Answer(body={"module_specific_count": shown})


def count_rules(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many rules there are and how many an organisation of the service may have."""
    rules = uow.documents(KIND)
    counts: dict[str, Json] = {
        "scheduled_actions_per_rule_limit": MOST_GROUPS,
        "total_rules_limit": _RULES,
        "active_rules_configured": sum(_is_active(rule) for rule in rules),
        "rules_per_process_limit": MOST_CONDITIONS,
        "total_actions_per_rule_limit": MOST_ACTIONS,
        "total_rules_limit_per_module": _RULES_OF_MODULE,
        "active_rules_limit": _ACTIVE_RULES,
        "total_rules_configured": len(rules),
        "active_rules_limit_per_module": _ACTIVE_RULES_OF_MODULE,
    }
    return Answer(body={"rules_count": counts})


def _is_active(rule: Document) -> bool:
    return rule.body["status"] == {"active": True}
