"""Whatever is sent about rules and actions gets an answer, and nothing is kept of what is refused."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaizen.automation.actions.action_kind import CurrentNames
from kaizen.automation.payload.actions.email_notification import read_email_notification
from kaizen.automation.payload.actions.email_template import read_email_template
from kaizen.automation.payload.actions.field_update import read_field_update
from kaizen.automation.payload.actions.task import read_task
from kaizen.automation.payload.rules.serialize import dump_rule
from kaizen.automation.payload.rules.validate import RuleBody, changed_rule, new_rule
from kaizen.automation.rule_loader import build_book
from kaizen.json_body.json_path import item
from kaizen.model.problem import Problem
from tests.support.automation import Ground
from tests.support.automation_client import MAILS, RULES, TASKS, UPDATES, Automation
from tests.support.rule_payloads import Payloads, compare
from tests.support.server import Crm

#: What readers of payloads stumble over, if anything: words of the grammar in wrong places, and odd scalars.
WORDS = [
    "", " ", "0", "1", "-1", "9" * 18, "9" * 19, "9" * 40, "²", "٣", "null", "true", "${ANYVALUE}", "${EMPTY}", "${",
    "${!Deals.Amount}", "${!Deals.Account_Name.Industry}", "${CURRENTUSER}", "${LAST_N_DAYS:0}", "${AGEINDAYS}+9",
    "Deals", "Leads", "Users", "Amount", "Stage", "Owner", "Tag", "id", "Account_Name.Industry", "Closed Lost",
    "edit", "create", "field_update", "score_increase", "tasks", "add_tags", "assign_owner", "convert", "webhooks",
    "business_days", "static", "merge_field", "execution_time", "AND", "or", "between", "include_all",
    "\ud800", "x" * 300,
]  # fmt: skip
KEYS = [
    "id", "_delete", "type", "name", "api_name", "module", "details", "value", "comparator", "field", "group",
    "group_operator", "criteria", "conditions", "actions", "execute_when", "status", "lock", "tags", "assign_to",
    "lookup_field", "repeat", "period", "unit", "junk",
]  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=8),
)
garbage = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=12,
)


def places(payload: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of everything in a payload."""
    found = [path] if path else []
    if isinstance(payload, dict):
        for key, value in payload.items():
            found += places(value, (*path, key))
    if isinstance(payload, list):
        for index, value in enumerate(payload):
            found += places(value, (*path, index))
    return found


@st.composite
def mutated(draw: st.DrawFn, payload: dict[str, Any]) -> Any:
    """Draw a payload in which some places hold something else, or nothing, or twice the same."""
    result: Any = copy.deepcopy(payload)
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(places(result) or [("name",)]))
        inside = result
        for step in parents:
            inside = inside[step]
        match draw(st.sampled_from(["replace", "drop", "add", "repeat"])):
            case "drop" if last in inside or isinstance(last, int):
                del inside[last]
            case "repeat" if isinstance(inside, list):
                inside.append(copy.deepcopy(inside[-1]))
            case "add" if isinstance(inside, dict):
                inside[draw(st.sampled_from(KEYS))] = draw(garbage)
            case _:
                inside[last] = draw(garbage)
        if not isinstance(result, dict) or not result:
            break
    return result


def nested(depth: int) -> dict[str, Any]:
    """Write criteria so many groups deep."""
    criteria: dict[str, Any] = compare("Amount", "greater_than", 1)
    for _ in range(depth):
        criteria = {"group_operator": "AND", "group": [criteria, compare("Stage", "equal", "x")]}
    return criteria


GROUND = Ground()
PAYLOADS = Payloads(GROUND)
TEMPLATE = GROUND.put("email_template", "Deals", "Lost")
_STORED = new_rule(PAYLOADS.rule, GROUND.facts, item("workflow_rules"))
assert isinstance(_STORED, RuleBody)
STORED: dict[str, Any] = _STORED.body
GROUP = STORED["conditions"][0]["scheduled_actions"][0]
CHANGE: dict[str, Any] = {
    "name": "Changed",
    "lock": {"status": True, "message": "x"},
    "execute_when": {"type": "field_update", "details": {"criteria": compare("Stage", "equal", "x"), "repeat": False}},
    "conditions": [
        {
            "id": STORED["conditions"][0]["id"],
            "instant_actions": {"actions": [{**STORED["conditions"][0]["instant_actions"]["actions"][0]}]},
            "scheduled_actions": [{"id": GROUP["id"], "_delete": None}],
        }
    ],
}
UPDATE = {
    "name": "x",
    "module": {"api_name": "Deals"},
    "field": {"api_name": "Pipeline"},
    "type": "static",
    "value": "Standard (Standard)",
    "dependent_fields": [{"field": {"api_name": "Stage"}, "value": "Qualification"}],
}
DUE = {"period": "business_days", "unit": "3", "trigger_field": "${CURRENTTIME}", "sign": "plus"}
TASK = {
    "name": "x",
    "module": {"api_name": "Deals"},
    "notify": False,
    "field_mappings": [
        {"field": {"api_name": "Subject"}, "type": "merge_field", "value": "${!Deals.Deal_Name}"},
        {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": DUE},
        {"field": {"api_name": "Status"}, "type": "static", "value": "Not Started"},
        {"field": {"api_name": "Priority"}, "type": "static", "value": "High"},
    ],
}
MAIL = {
    "name": "x",
    "module": {"api_name": "Deals", "id": GROUND.id_of("Deals")},
    "template": {"id": str(TEMPLATE.id)},
    "from_address": {"type": "user", "resource": {"id": str(GROUND.admin.id)}},
    "bulk_email": True,
    "recipients": {"to": [{"type": "record_owner"}], "cc": [{"type": "email", "details": {"email": "a@b.cd"}}]},
}
TEMPLATE_BODY = {"name": "x", "module": {"api_name": "Deals"}, "subject": "x", "content": "${!Deals.Amount}"}
NAMES = CurrentNames(GROUND.facts.users, GROUND.facts.tags, lambda kind, number: None)
STAMPS = {"created_time": "", "created_by": None, "modified_time": "", "modified_by": None}


@pytest.mark.source("assumed: a refusal is an answer, and what is accepted can be shown, run and sent back")
@settings(max_examples=400, deadline=None)
@given(raw=st.one_of(mutated(PAYLOADS.rule), garbage))
def test_a_new_rule_is_accepted_whole_or_refused(raw: Any) -> None:
    rule = new_rule(raw, GROUND.facts, item("workflow_rules"))

    if isinstance(rule, Problem):
        assert rule.text
        return
    document = GROUND.put("workflow_rule", rule.module, rule.name, rule.body)
    (read,) = build_book(1, GROUND.catalog, {"workflow_rule": [document]}).rules
    shown = dump_rule(document, STAMPS, None, NAMES, whole=True)
    again = changed_rule(shown, rule.body, GROUND.facts, item("workflow_rules"))
    assert read.problem == ""
    assert isinstance(again, RuleBody)
    assert again.body == rule.body


@pytest.mark.source("assumed: a refusal is an answer")
@settings(max_examples=400, deadline=None)
@given(raw=st.one_of(mutated(CHANGE), garbage))
def test_a_change_of_a_rule_is_accepted_whole_or_refused(raw: Any) -> None:
    before = copy.deepcopy(STORED)

    rule = changed_rule(raw, STORED, GROUND.facts, item("workflow_rules"))

    assert before == STORED
    if isinstance(rule, RuleBody):
        document = GROUND.put("workflow_rule", rule.module, rule.name, rule.body)
        (read,) = build_book(1, GROUND.catalog, {"workflow_rule": [document]}).rules
        assert read.problem == ""


@pytest.mark.source("assumed: a refusal is an answer, and what is accepted can be run")
@settings(max_examples=200, deadline=None)
@given(
    update=st.one_of(mutated(UPDATE), garbage),
    task=st.one_of(mutated(TASK), garbage),
    mail=st.one_of(mutated(MAIL), garbage),
    template=mutated(TEMPLATE_BODY),
)
def test_an_action_is_accepted_whole_or_refused(update: Any, task: Any, mail: Any, template: Any) -> None:
    facts, place = GROUND.facts, item("x")
    bodies = {
        "field_update": read_field_update(update, None, facts, place),
        "task": read_task(task, None, facts, place),
        "email_notification": read_email_notification(mail, None, facts, place),
        "email_template": read_email_template(template, None, facts, place),
    }

    kept = {
        kind: [GROUND.put(kind, body.module, body.name, body.body)]
        for kind, body in bodies.items()
        if not isinstance(body, Problem)
    }

    book = build_book(1, GROUND.catalog, kept)
    assert book.entities.keys() == {document.id for (document,) in kept.values()}


READERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "field_update": (read_field_update, UPDATE),
    "task": (read_task, TASK),
    "email_notification": (read_email_notification, MAIL),
    "email_template": (read_email_template, TEMPLATE_BODY),
}


@pytest.mark.source("assumed: a refusal is an answer, and what is accepted can be run")
@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_change_of_an_action_is_accepted_whole_or_refused(kind: str, data: st.DataObject) -> None:
    read, payload = READERS[kind]
    facts, place = GROUND.facts, item("x")
    stored = read(payload, None, facts, place).body
    before = copy.deepcopy(stored)
    change = data.draw(st.one_of(mutated(payload), mutated({"name": "y", **stored}), garbage))

    body = read(change, stored, facts, place)

    assert before == stored
    if isinstance(body, Problem):
        assert body.text
        return
    document = GROUND.put(kind, body.module, body.name, body.body)
    book = build_book(1, GROUND.catalog, {kind: [document]})
    assert book.readings[document.id].entity is not None


@pytest.mark.source("reference: automation B.3: groups nest, but not without end")
@pytest.mark.parametrize("depth", [26, 50, 400])
def test_criteria_that_are_too_deep_are_refused(depth: int) -> None:
    raw = copy.deepcopy(PAYLOADS.rule)
    raw["conditions"][0]["criteria_details"]["criteria"] = nested(depth)

    assert isinstance(new_rule(raw, GROUND.facts, item("workflow_rules")), Problem)


class Watched:
    """A server with one rule, and how many rules it has."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.automation = Automation(crm)
        self.update = self.automation.update()
        self.rule = self.automation.rule("There", {"type": "field_updates", "id": self.update})

    def kept(self) -> Any:
        """Say everything that is stored about rules and actions."""
        paths = (RULES, UPDATES, TASKS, MAILS)
        return [
            self.crm.get(path, {"include_inner_details": "true" if path == RULES else "data_type"}).content
            for path in paths
        ]


@pytest.fixture
def watched(crm: Crm) -> Watched:
    return Watched(crm)


def envelope(key: str, rows: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Wrap rows rightly, or not quite."""
    return st.one_of(
        rows.map(lambda row: {key: [row]}),
        st.lists(rows, max_size=3).map(lambda several: {key: several}),
        garbage.map(lambda row: {key: row}),
        garbage,
    )


REQUESTS = st.one_of(
    st.tuples(st.just("POST"), st.just(RULES), envelope("workflow_rules", mutated(PAYLOADS.rule))),
    st.tuples(st.just("PUT"), st.sampled_from([RULES, f"{RULES}/rule"]), envelope("workflow_rules", mutated(CHANGE))),
    st.tuples(st.just("PUT"), st.just(f"{RULES}/actions/reorder?module=Deals"), envelope("reorder", garbage)),
    st.tuples(st.just("POST"), st.just(f"{RULES}/rule/actions/clone"), garbage),
    st.tuples(st.just("POST"), st.just(UPDATES), envelope("field_updates", mutated(UPDATE))),
    st.tuples(st.just("POST"), st.just(TASKS), envelope("tasks", mutated(TASK))),
    st.tuples(st.just("POST"), st.just(MAILS), envelope("email_notifications", mutated(MAIL))),
    st.tuples(st.just("PUT"), st.just(f"{UPDATES}/update"), envelope("field_updates", mutated(UPDATE))),
    st.tuples(st.just("PUT"), st.just("settings/business_hours"), envelope("business_hours", garbage)),
    st.tuples(st.just("POST"), st.just("settings/holidays"), envelope("holidays", garbage)),
)


@pytest.mark.source("reference: automation F.1: what is wrong with a request is a 400; 501 is ours")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=REQUESTS)
def test_a_server_answers_garbage_and_keeps_nothing_of_it(request: tuple[str, str, Any], watched: Watched) -> None:
    method, address, body = request
    path, _, query = address.partition("?")
    before = watched.kept()

    reply = watched.crm.crm(
        method,
        path.replace(f"{RULES}/rule", f"{RULES}/{watched.rule}").replace("/update", f"/{watched.update}"),
        body,
        dict([query.split("=")]) if query else None,
    )

    assert reply.status in (200, 201, 400, 501), reply.content
    if reply.status >= 400:
        assert watched.kept() == before


@pytest.mark.source("reference: automation B.3; the issue: criteria 50 levels deep, a bomb of brackets")
@pytest.mark.parametrize("depth", [50, 2000, 100_000])
def test_a_server_survives_depth(depth: int, watched: Watched) -> None:
    opening, closing = b'{"group_operator":"AND","group":[' * depth, b"]}" * depth
    criteria = opening + b'{"field":{"api_name":"Amount"},"comparator":"equal","value":1}' + closing
    body = (
        b'{"workflow_rules":[{"name":"Deep","module":{"api_name":"Deals"},"execute_when":{"type":"create"},'
        b'"conditions":[{"sequence_number":1,"instant_actions":{"actions":[]},"criteria_details":{"criteria":'
        + criteria
        + b"}}]}]}"
    )

    reply = watched.crm.post(RULES, body)

    assert reply.status == 400
    assert watched.automation.names() == ["There"]
