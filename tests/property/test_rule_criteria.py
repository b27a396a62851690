"""Whatever a rule's criteria compare with: what is accepted runs, and what is shown can be sent back."""

import copy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kaizen.automation.actions.action_kind import CurrentNames
from kaizen.automation.engine.react import react
from kaizen.automation.payload.rules.serialize import dump_rule
from kaizen.automation.payload.rules.validate import RuleBody, changed_rule, new_rule
from kaizen.automation.rule_loader import build_book
from kaizen.json_body.json_path import item
from kaizen.model.problem import Problem
from kaizen.vocabulary.comparators import Comparator
from tests.support.automation import Ground
from tests.support.rule_payloads import Payloads
from tests.support.rules import ADA, BOB, CATALOG, World, change

GROUND = Ground(catalog=CATALOG)
PAYLOADS = Payloads(GROUND)
NAMES = CurrentNames(GROUND.facts.users, GROUND.facts.tags, lambda kind, number: None)
STAMPS = {"created_time": "", "created_by": None, "modified_time": "", "modified_by": None}

PATHS = ["Account_Name.Industry", "Account_Name.Owner", "Owner.email", "Owner.role", "Owner.Reporting_To"]
#: Fields of every data type that the standard modules have, each with its module.
FIELDS = [
    (module, field.api_name)
    for module in ("Deals", "Leads", "Contacts", "Tasks")
    for field in CATALOG.by_name[module].fields
] + [("Deals", path) for path in PATHS]

ones = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, 2.5, "", "a", "1", "Closed Lost", "2024-02-29", "2024-02-29T09:00:00+00:00", "x;y"]
    ),
    st.sampled_from(["${EMPTY}", "${NOTEMPTY}", "${TODAY}", "${LAST_N_DAYS:3}", "${AGEINDAYS}+2", "${ANYVALUE}"]),
    st.sampled_from(["${CURRENTUSER}", "${CURRENTUSERROLE}", "${!Deals.Amount}", "${!Deals.Stage}", "${!Deals.Owner}"]),
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from([None, "", "12", 12, "x", "${CURRENTUSER}", "${CURRENTUSERROLE}", "${EMPTY}"]),
            "name": st.sampled_from([None, "Ada", "${CURRENTUSER}", "${CURRENTUSERROLE}", "${TODAY}"]),
            "api_name": st.sampled_from([None, "Amount", "Owner"]),
        },
    ),
)
values = st.one_of(ones, ones, st.lists(ones, max_size=3))
comparators = st.sampled_from([*(comparator.value for comparator in Comparator), "${ANYVALUE}"])


def judged(module: str, raw: Any, *, watched: bool) -> None:
    """Make a rule of criteria; if it is taken, it must run, and its shown form must be taken and change nothing."""
    rule: Any = copy.deepcopy(PAYLOADS.rule)
    rule["module"] = {"api_name": module}
    tag = {"type": "add_tags", "details": {"tags": [{"id": str(TAGS[module].id)}]}}
    condition = {"sequence_number": 1, "instant_actions": {"actions": [tag]}}
    if watched:
        rule["execute_when"] = {"type": "field_update", "details": {"criteria": raw, "repeat": True}}
    else:
        rule["execute_when"] = {"type": "edit", "details": {"repeat": True}}
        condition["criteria_details"] = {"criteria": raw}
    rule["conditions"] = [condition]

    body = new_rule(rule, GROUND.facts, item("workflow_rules"))

    if isinstance(body, Problem):
        assert body.text
        return
    document = GROUND.put("workflow_rule", body.module, body.name, body.body)
    book = build_book(1, GROUND.catalog, {"workflow_rule": [document]})
    shown = dump_rule(document, STAMPS, None, NAMES, whole=True)
    again = changed_rule(shown, body.body, GROUND.facts, item("workflow_rules"))
    assert book.rules[0].problem == ""
    assert isinstance(again, RuleBody), (again, shown)
    assert again.body == body.body
    edit = change({"Owner": ADA}, dict.fromkeys(CATALOG.by_name[module].by_name, None) | {"Owner": BOB}, module)
    assert react(edit, book, World().context()).broken == ()


TAGS = {module: GROUND.tag("T", module) for module in ("Deals", "Leads", "Contacts", "Tasks")}


@pytest.mark.source("assumed: nothing is accepted that cannot run or be sent back")
@settings(max_examples=1_500, deadline=None)
@example(place=("Deals", "Owner"), comparator="equal", value={"id": None}, type_="value", watched=False)
@example(place=("Deals", "Stage"), comparator="equal", value={"id": None, "name": "x"}, type_="value", watched=True)
@example(place=("Deals", "Owner"), comparator="equal", value=["12", "${CURRENTUSER}"], type_="value", watched=False)
@given(
    place=st.sampled_from(FIELDS),
    comparator=comparators,
    value=values,
    type_=st.sampled_from(["value", "value", "value", "field", "merge_field", "pre_defined", None]),
    watched=st.booleans(),
)
def test_accepted_criteria_run_and_can_be_sent_back(
    place: tuple[str, str], comparator: str, value: Any, type_: str | None, watched: bool
) -> None:
    module, name = place
    raw = {"field": {"api_name": name}, "comparator": comparator, "value": value, "type": type_}

    judged(module, raw, watched=watched)
