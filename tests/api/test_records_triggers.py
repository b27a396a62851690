"""Which writes wake workflow rules, and which are asked not to."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.server import Crm


def tagging_rule(crm: Crm, trigger: str, tag: str) -> None:
    """Make a rule that tags leads."""
    tags = crm.post("settings/tags", {"tags": [{"name": tag}]}, {"module": "Leads"})
    tag_id = tags.json["tags"][0]["details"]["id"]
    module = crm.store.read_now(lambda unit: unit.catalog).by_name["Leads"]
    action = {
        "type": "add_tags",
        "details": {"tags": [{"name": tag, "id": tag_id, "color_code": None}], "over_write": False},
    }
    rule = {
        "name": f"{trigger} {tag}",
        "module": {"api_name": "Leads", "id": str(module.id)},
        "execute_when": {
            "type": trigger,
            "details": {"trigger_module": {"api_name": "Leads", "id": str(module.id)}, "repeat": True},
        },
        "conditions": [
            {
                "sequence_number": 1,
                "criteria_details": None,
                "instant_actions": {"actions": [action]},
                "scheduled_actions": None,
            }
        ],
    }
    if trigger == "create":
        del rule["execute_when"]["details"]["repeat"]  # type: ignore[index,union-attr]  # as written above
    reply = crm.post("settings/automation/workflow_rules", {"workflow_rules": [rule]})
    assert reply.status == 201, reply.content


def tags(crm: Crm, lead: str) -> list[str]:
    """The names of a lead's tags."""
    (record,) = crm.get(f"Leads/{lead}").json["data"]
    return [tag["name"] for tag in record["Tag"]]


@dataclass(frozen=True)
class Asked:
    name: str
    extra: dict[str, Any] = field(default_factory=dict)
    fires: bool = True


ASKED = [
    Asked("nothing said is everything"),
    Asked("workflow is asked for", {"trigger": ["workflow"]}),
    Asked("everything is asked for", {"trigger": ["approval", "workflow", "blueprint", "pathfinder", "orchestration"]}),
    Asked("nothing is asked for", {"trigger": []}, fires=False),
    Asked("something else is asked for", {"trigger": ["approval"]}, fires=False),
    Asked("workflow is left out", {"skip_feature_execution": [{"name": "workflow"}]}, fires=False),
    Asked("cadences are left out", {"skip_feature_execution": [{"name": "cadences"}]}),
]


@pytest.mark.source("reference: automation G.1; platform C.1")
@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name)
def test_writes_wake_rules_as_asked(case: Asked, crm: Crm) -> None:
    tagging_rule(crm, "create", "made")
    tagging_rule(crm, "edit", "edited")

    made = crm.post("Leads", {"data": [{"Last_Name": "L"}], **case.extra}).details()["id"]
    after_create = tags(crm, made)
    crm.put(f"Leads/{made}", {"data": [{"Company": "ABC"}], **case.extra})

    assert after_create == (["made"] if case.fires else [])
    assert tags(crm, made) == (["made", "edited"] if case.fires else [])


@pytest.mark.source("assumed: an update without a difference wakes nothing")
def test_the_same_values_again_wake_nothing(crm: Crm) -> None:
    tagging_rule(crm, "edit", "edited")
    made = crm.post("Leads", {"data": [{"Last_Name": "L"}]}).details()["id"]

    crm.put(f"Leads/{made}", {"data": [{"Last_Name": "L"}]})

    assert tags(crm, made) == []


@pytest.mark.source("reference: platform C.4; automation G.1")
def test_upserts_wake_rules_of_what_they_did(crm: Crm) -> None:
    tagging_rule(crm, "create", "made")
    tagging_rule(crm, "edit", "edited")
    row = {"Last_Name": "L", "Email": "l@zylker.test"}

    rows = [row, {**row, "Company": "ABC"}]
    reply = crm.post("Leads/upsert", {"data": rows})

    assert tags(crm, reply.details()["id"]) == ["made", "edited"]


@pytest.mark.source("reference: platform C.1: the feature of an upsert needs the action it is left out of")
def test_a_feature_of_an_upsert_needs_its_action(crm: Crm) -> None:
    body = {"data": [{"Last_Name": "L"}]}

    refused = crm.post("Leads/upsert", {**body, "skip_feature_execution": [{"name": "cadences"}]})
    kept = crm.post("Leads/upsert", {**body, "skip_feature_execution": [{"name": "cadences", "action": "insert"}]})

    assert refused.codes() == ["MANDATORY_NOT_FOUND"]
    assert refused.details() == {"api_name": "action", "json_path": "$.skip_feature_execution[0].action"}
    assert kept.codes() == ["SUCCESS"]


@pytest.mark.source("reference: platform C.1; automation G.1")
def test_workflow_can_be_left_out_of_one_half_of_an_upsert(crm: Crm) -> None:
    tagging_rule(crm, "create", "made")
    tagging_rule(crm, "edit", "edited")
    rows = [{"Last_Name": "L", "Email": "l@zylker.test"}, {"Last_Name": "M", "Email": "l@zylker.test"}]
    left_out = [{"name": "workflow", "action": "insert"}]

    reply = crm.post("Leads/upsert", {"data": rows, "skip_feature_execution": left_out})

    assert tags(crm, reply.details()["id"]) == ["edited"]


@pytest.mark.source("reference: platform C.5")
@pytest.mark.parametrize(("asked", "silent"), [(None, False), ("true", False), ("false", True)])
def test_deletions_wake_rules_as_asked(crm: Crm, asked: str | None, silent: bool) -> None:
    made = int(crm.post("Leads", {"data": [{"Last_Name": "L"}]}).details()["id"])

    crm.delete(f"Leads/{made}", {"wf_trigger": asked})

    last = crm.store.read_now(lambda unit: unit.changes("Leads", made))[0]
    assert (last.change.event, last.change.suppressed) == ("delete", silent)
