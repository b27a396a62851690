"""The fields of a task that a rule makes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen.automation.actions.action_kind import ActionGround
from kaizen.automation.actions.tasks import KIND
from kaizen.automation.rule_book import RuleBook
from kaizen.model.rule import FieldMapping, RuleAction, TaskDefinition
from kaizen.model.values import Value
from kaizen.records.ports import UnitOfWork
from kaizen.records.reactions.create_task import task_values
from kaizen.records.reactions.merge_field_values import Subject
from kaizen.vocabulary.automation import ActionType
from tests.automation.conftest import Shop
from tests.support.rules import ADA, BOB, CATALOG, DOT, NOW, condition, new_id

DEAL: dict[str, Value] = {"Deal_Name": "Big", "Amount": 45000, "Closing_Date": "2025-11-28", "Owner": BOB}
SUBJECT = FieldMapping("Subject", "static", "Call")


def when(unit: int, period: str = "days", **more: Any) -> dict[str, Any]:
    return {"period": period, "unit": str(unit), "trigger_field": "${CURRENTTIME}", "sign": "plus"} | more


@dataclass(frozen=True)
class Case:
    name: str
    field: str
    type: str
    mapped: Any
    value: Value
    deal: dict[str, Value] = field(default_factory=dict)


CLOSING = {"trigger_field": "${!Deals.Closing_Date}"}
CASES = [
    Case("a fixed text", "Status", "static", "In Progress", "In Progress"),
    Case("a fixed user", "Owner", "static", {"id": str(ADA), "name": "Ada"}, ADA),
    Case("a fixed switch", "Send_Notification_Email", "static", True, True),
    Case(
        "a text with tokens",
        "Description",
        "merge_field",
        "${!Deals.Deal_Name} by ${CURRENTUSER}",
        "Big by Ada Lovelace",
    ),
    Case("a text from an empty field", "Description", "merge_field", "${!Deals.Next_Step}", None),
    Case("an owner from a field", "Owner", "merge_field", "${!Deals.Created_By}", ADA),
    Case("the user who acts", "Owner", "merge_field", "${CURRENTUSER}", ADA),
    Case("a day from a field", "Due_Date", "merge_field", "${!Deals.Closing_Date}", "2025-11-28"),
    Case("a number from an amount", "Exchange_Rate", "merge_field", "${!Deals.Amount}", 45000),
    Case("a number from an empty amount", "Exchange_Rate", "merge_field", "${!Deals.Amount}", None, {"Amount": None}),
    Case("days from now", "Due_Date", "execution_time", when(3), "2025-11-27"),
    Case("business days from now", "Due_Date", "execution_time", when(5, "business_days"), "2025-12-01"),
    Case("hours from now", "Due_Date", "execution_time", when(15, "hours"), "2025-11-25"),
    Case("business days from a date", "Due_Date", "execution_time", when(1, "business_days", **CLOSING), "2025-12-01"),
    Case("days before a date", "Due_Date", "execution_time", when(7, sign="minus", **CLOSING), "2025-11-21"),
    Case("days after no date", "Due_Date", "execution_time", when(7, **CLOSING), None, {"Closing_Date": None}),
    Case("a moment at midnight", "Closed_Time", "execution_time", when(1), NOW + 14 * 3600),
    Case("a moment at a time", "Closed_Time", "execution_time", when(1, time="09:30"), NOW + 23 * 3600 + 1800),
    Case("a moment after hours", "Closed_Time", "execution_time", when(2, "hours"), NOW + 2 * 3600),
    Case(
        "a reminder",
        "Remind_At",
        "execution_time",
        when(1, sign="minus", notify_type="popup", time="09:00", **CLOSING),
        {"ALARM": "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2025-11-27T09:00:00+00:00"},
    ),
]


@pytest.mark.source("reference: automation B.5.2, C.2")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_field_gets_what_its_mapping_says(case: Case, quick_shop: Shop) -> None:
    mappings = (SUBJECT, FieldMapping(case.field, case.type, case.mapped))
    definition = TaskDefinition(new_id(), "Call", "Deals", mappings)
    deal = quick_shop.create(**DEAL | case.deal)

    def fill(uow: UnitOfWork) -> dict[str, Value]:
        module = uow.catalog.by_name["Deals"]
        return task_values(uow, definition, Subject(module, deal, uow.fetch(module, [deal])[deal], ADA))

    values = quick_shop.store.read_now(fill)
    assert values[case.field] == case.value
    assert values.keys() <= touched_by(definition)


def touched_by(definition: TaskDefinition) -> frozenset[str]:
    """Return the fields of the task that the action says it touches."""
    book = RuleBook(1, entities={definition.id: definition})
    action = RuleAction(definition.id, ActionType.TASKS)
    (touched,) = KIND.touches(action, ActionGround(CATALOG.by_name["Deals"], CATALOG, book))
    return touched.fields


@pytest.mark.source("reference: automation B.5.1: who is inactive gets nothing; for tasks assumed")
@pytest.mark.parametrize(
    "mapping",
    [
        FieldMapping("Owner", "static", {"id": str(DOT)}),
        FieldMapping("Owner", "static", {"id": "123"}),
        FieldMapping("Owner", "merge_field", "${!Deals.Account_Name.Owner}"),
    ],
    ids=["an inactive user", "nobody", "an inactive user whom a record names"],
)
def test_the_owner_of_the_record_gets_the_task_of_whom_may_own_none(mapping: FieldMapping, quick_shop: Shop) -> None:
    account = quick_shop.create("Accounts", Account_Name="Zylker", Owner=DOT)
    task = quick_shop.rules.entity("tasks", TaskDefinition(new_id(), "Call", "Deals", (SUBJECT, mapping)))
    quick_shop.rules.add("create", condition(None, task))
    quick_shop.in_force()

    quick_shop.create(**DEAL, Account_Name=account)

    (made,) = quick_shop.tasks()
    assert made["Owner"] == BOB


FAILURES: list[tuple[str, FieldMapping, str]] = [
    ("a field that is gone", FieldMapping("Score", "static", "1"), "there is no field Score in Tasks"),
    ("a day that is none", FieldMapping("Due_Date", "static", "soon"), "Due_Date cannot be 'soon'"),
    (
        "a kind of mapping that is unknown",
        FieldMapping("Status", "magic", "x"),
        "Status has an unknown type of mapping",
    ),
    ("a time for a text", FieldMapping("Status", "execution_time", when(1)), "Status has no time"),
    ("a contact who is gone", FieldMapping("Who_Id", "static", {"id": "5"}), "there is no record 5 that Who_Id can"),
    ("a record that is gone", FieldMapping("What_Id", "static", {"id": "5"}), "there is no record 5 that What_Id can"),
    (
        "a record of another module",
        FieldMapping("Who_Id", "merge_field", "${!Deals.Account_Name}"),
        "that Who_Id can hold",
    ),
    (
        "a start that is no time",
        FieldMapping("Due_Date", "execution_time", when(1, trigger_field="x")),
        "x is not a time",
    ),
]


@pytest.mark.source("assumed: a mapping that was right once can be wrong by now")
@pytest.mark.parametrize(("mapping", "why"), [c[1:] for c in FAILURES], ids=[c[0] for c in FAILURES])
def test_a_task_that_cannot_be_made_is_a_failed_action(mapping: FieldMapping, why: str, quick_shop: Shop) -> None:
    task = quick_shop.rules.entity("tasks", TaskDefinition(new_id(), "Call", "Deals", (SUBJECT, mapping)))
    quick_shop.rules.add("create", condition(None, task))
    quick_shop.in_force()

    deal = quick_shop.create(**DEAL, Account_Name=quick_shop.create("Accounts", Account_Name="Zylker"))

    (fired,) = quick_shop.history(deal)[0].reaction.fired
    assert fired.outcome == "failed"
    assert why in fired.detail
    assert quick_shop.tasks() == []


@pytest.mark.source("reference: automation C.2")
def test_a_long_text_is_cut_to_its_field(quick_shop: Shop) -> None:
    mapping = FieldMapping("Subject", "merge_field", "${!Deals.Description}")
    task = quick_shop.rules.entity("tasks", TaskDefinition(new_id(), "Call", "Deals", (mapping,)))
    quick_shop.rules.add("create", condition(None, task))
    quick_shop.in_force()

    quick_shop.create(**DEAL, Description="x" * 1000)

    (made,) = quick_shop.tasks()
    assert made["Subject"] == "x" * 255


@pytest.mark.source("assumed: what the mail about a new task says")
def test_whoever_gets_a_task_is_told_when_the_definition_says_so(quick_shop: Shop) -> None:
    due = FieldMapping("Due_Date", "execution_time", when(3))
    for notify in (True, False):
        definition = TaskDefinition(new_id(), "Call", "Deals", (SUBJECT, due), notify)
        quick_shop.rules.add("create", condition(None, quick_shop.rules.entity("tasks", definition)))
    quick_shop.in_force()

    quick_shop.create(**DEAL)

    (mail,) = quick_shop.mails()
    assert (mail.to, mail.subject, mail.content) == (("bob@zylker.test",), "Call", "<p>Call</p><p>2025-11-27</p>")
